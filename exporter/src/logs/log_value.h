// What the values in access logs mean: status codes, times with their unit, sizes. Pure functions, any thread, no
// allocation; quotes and escapes are gone already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace proxy_telemetry {

// Longer requests have no time: numbers of that size are times in a smaller unit than their name says.
inline constexpr double kLogSecondsMax = 7 * 86'400.0;
// The largest size that a double holds exactly; larger ones are none.
inline constexpr double kLogBytesMax = 9'007'199'254'740'992.0;

// By how many decimal digits a number has to be shifted to be in seconds.
enum class TimeUnit : std::uint8_t { kSeconds = 0, kMilliseconds = 3, kMicroseconds = 6, kNanoseconds = 9 };

// False: the text is no status at all. "200"; 0 for "", "-", "000", "-1", "null" and whatever is not in 100 to 999.
bool ParseLogStatus(std::string_view text, int& status);

// A size in bytes; none for "-", "", "null", negative ones and what is no number. HAProxy's "+17" (logasap) is 17.
std::optional<double> ParseLogBytes(std::string_view text);

// A time in seconds. Plain numbers are in `unit`, "4.7ms" and "1m2.5s" (as Go writes them) in their own. None for "-",
// "", negative (HAProxy's -1), not finite, beyond kLogSecondsMax.
std::optional<double> ParseLogSeconds(std::string_view text, TimeUnit unit);

// The sum of a list as nginx writes one: "0.000, 0.002 : 0.001", tries without a time being "-". None when no try has
// one, or when an element is no time.
std::optional<double> ParseLogSecondsList(std::string_view text, TimeUnit unit);

}  // namespace proxy_telemetry
