// What the JSON pages of the nginx family have in common. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "proxies/json_view.h"
#include "proxies/zone_page.h"

namespace proxy_telemetry {

Result<std::string> RequiredString(const JsonView& object, std::string_view key);
Result<std::optional<double>> OptionalCount(const JsonView& object, std::string_view key);
// The whole numbers of an array that may be missing.
Status ReadCounts(const JsonView& object, std::string_view key, std::vector<double>& counts);

// The member `responses`, which must be there, by class: those of "1xx" to "5xx" that are told.
Result<ResponseCounts> ReadResponseClasses(const JsonView& object);
// The same by exact code. "xxx", Angie's word for what is no HTTP status, is "other".
Result<ResponseCounts> ReadResponseCodes(const JsonView& object);

// "200", or "other" for "xxx"; nullopt for what is neither a code nor that.
std::optional<std::string> CodeOf(std::string_view key);

}  // namespace proxy_telemetry
