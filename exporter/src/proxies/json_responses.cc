#include "proxies/json_responses.h"

#include <algorithm>
#include <array>

namespace proxy_telemetry {
namespace {

constexpr std::array<std::string_view, 5> kClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr std::size_t kCodeDigits = 3;

Result<JsonView> Responses(const JsonView& object) {
  const std::optional<JsonView> responses = object.Member("responses");
  if (!responses.has_value()) return Status::Corruption(object.Pointer() + ": has no responses");
  PT_RETURN_IF_ERROR(responses->RequireObject());
  return *responses;
}

}  // namespace

Result<std::string> RequiredString(const JsonView& object, std::string_view key) {
  const std::optional<JsonView> member = object.Member(key);
  if (!member.has_value()) return Status::Corruption(object.Pointer() + ": has no " + std::string(key));
  return member->String();
}

Result<std::optional<double>> OptionalCount(const JsonView& object, std::string_view key) {
  const std::optional<JsonView> member = object.Member(key);
  if (!member.has_value()) return std::optional<double>();
  PT_ASSIGN_OR_RETURN(const double count, member->Count());
  return std::optional(count);
}

Status ReadCounts(const JsonView& object, std::string_view key, std::vector<double>& counts) {
  const std::optional<JsonView> array = object.Member(key);
  if (!array.has_value()) return Status::Ok();
  return array->EachElement([&counts](const JsonView& element) -> Status {
    PT_ASSIGN_OR_RETURN(const double count, element.Count());
    counts.push_back(count);
    return Status::Ok();
  });
}

Result<ResponseCounts> ReadResponseClasses(const JsonView& object) {
  PT_ASSIGN_OR_RETURN(const JsonView responses, Responses(object));
  ResponseCounts counts;
  for (const std::string_view name : kClasses) {
    PT_ASSIGN_OR_RETURN(const std::optional<double> count, OptionalCount(responses, name));
    if (count.has_value()) counts.emplace(name, *count);
  }
  return counts;
}

std::optional<std::string> CodeOf(std::string_view key) {
  if (key == "xxx") return "other";
  const bool is_code =
      key.size() == kCodeDigits && std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_code ? std::optional(std::string(key)) : std::nullopt;
}

Result<ResponseCounts> ReadResponseCodes(const JsonView& object) {
  PT_ASSIGN_OR_RETURN(const JsonView responses, Responses(object));
  ResponseCounts counts;
  PT_RETURN_IF_ERROR(responses.EachMember([&counts](const std::string& key, const JsonView& member) -> Status {
    const std::optional<std::string> code = CodeOf(key);
    if (!code.has_value()) return Status::Ok();
    PT_ASSIGN_OR_RETURN(const double count, member.Count());
    counts.emplace(*code, count);
    return Status::Ok();
  }));
  return counts;
}

}  // namespace proxy_telemetry
