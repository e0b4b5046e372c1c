// JSON text as Go's encoding/json writes it (Go 1.22 and later), byte for byte: what the original API's clients got.
//
// Appends to a string the caller owns. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace proxy_telemetry {

// With quotes. <, >, & and U+2028, U+2029 as \u003c and so on; control characters as \b \f \n \r \t or \u00xx; each
// byte that is not UTF-8 as \ufffd.
void AppendJsonString(std::string_view text, std::string& out);

// The shortest decimal that reads back as the same double; exponent form below 1e-6 and from 1e21 on. `value` is
// finite (JSON has no other numbers); -0 is written as 0.
void AppendJsonNumber(double value, std::string& out);
void AppendJsonInteger(std::int64_t value, std::string& out);

}  // namespace proxy_telemetry
