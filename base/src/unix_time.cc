#include "base/unix_time.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kMinSeconds = -62'167'219'200;  // 0000-01-01T00:00:00Z
constexpr std::int64_t kMaxSeconds = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::int32_t kNanosPerSecond = 1'000'000'000;

// Reads fixed-width fields from the front of a text; sticks at the first one that is not there.
class FieldReader {
 public:
  explicit FieldReader(std::string_view rest) : rest_(rest) {}

  // `width` digits.
  int Number(std::size_t width) {
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if (!IsDigitNext()) {
        failed_ = true;
        return 0;
      }
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool Take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(char c) {
    if (!Take(c)) failed_ = true;
  }
  // Digits behind the decimal point; those beyond the ninth are dropped.
  std::int32_t Nanos() {
    if (!IsDigitNext()) failed_ = true;
    std::int32_t nanos = 0;
    for (std::int32_t unit = kNanosPerSecond / 10; IsDigitNext(); unit /= 10) {
      nanos += (rest_[0] - '0') * unit;
      rest_.remove_prefix(1);
    }
    return nanos;
  }
  bool DoneWell() const { return !failed_ && rest_.empty(); }

 private:
  bool IsDigitNext() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }

  std::string_view rest_;
  bool failed_ = false;
};

std::optional<UnixTime> InRange(const UnixTime& time) {
  if (time.seconds < kMinSeconds || time.seconds > kMaxSeconds) return std::nullopt;
  return time;
}

// Seconds east of UTC: "Z", "+01:00"; out of range where it is no offset.
constexpr int kBadOffset = 1'000'000;
int ReadOffset(FieldReader& reader) {
  if (reader.Take('Z') || reader.Take('z')) return 0;
  const int sign = reader.Take('-') ? -1 : 1;
  if (sign > 0) reader.Expect('+');
  const int hours = reader.Number(2);
  reader.Expect(':');
  const int minutes = reader.Number(2);
  if (hours > 23 || minutes > 59) return kBadOffset;
  return sign * (hours * 3600 + minutes * 60);
}

std::optional<UnixTime> ParseRfc3339(std::string_view text) {
  FieldReader reader(text);
  const std::chrono::year year{reader.Number(4)};
  reader.Expect('-');
  const std::chrono::month month{static_cast<unsigned>(reader.Number(2))};
  reader.Expect('-');
  const std::chrono::day day{static_cast<unsigned>(reader.Number(2))};
  if (!reader.Take('t')) reader.Expect('T');
  const int hour = reader.Number(2);
  reader.Expect(':');
  const int minute = reader.Number(2);
  reader.Expect(':');
  const int second = reader.Number(2);
  UnixTime time;
  if (reader.Take('.')) time.nanos = reader.Nanos();
  const int offset_s = ReadOffset(reader);
  const std::chrono::year_month_day date{year, month, day};
  if (!reader.DoneWell() || !date.ok() || hour > 23 || minute > 59 || second > 59 || offset_s == kBadOffset) {
    return std::nullopt;
  }
  const std::chrono::seconds of_day =
      std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  time.seconds = (std::chrono::sys_days{date}.time_since_epoch() + of_day).count() - offset_s;
  return InRange(time);
}

}  // namespace

std::optional<UnixTime> ParseUnixTime(std::string_view text) {
  std::int64_t whole = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
      error == std::errc() && end == text.data() + text.size()) {
    return InRange({whole, 0});
  }
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return ParseRfc3339(text);
  if (!(std::fabs(seconds) <= static_cast<double>(kMaxSeconds))) return std::nullopt;
  const double floor_s = std::floor(seconds);
  const auto nanos = static_cast<std::int32_t>((seconds - floor_s) * kNanosPerSecond);
  return InRange({static_cast<std::int64_t>(floor_s), nanos});
}

std::string FormatUtc(std::int64_t ts_ms) {
  const std::int64_t seconds = (ts_ms - (ts_ms % 1000 + 1000) % 1000) / 1000;
  if (seconds < kMinSeconds || seconds > kMaxSeconds) return std::to_string(ts_ms) + " ms";
  const std::chrono::sys_seconds time{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const std::int64_t ms = ts_ms - seconds * 1000; ms != 0) text += fmt::format(".{:03}", ms);
  return text + "Z";
}

}  // namespace proxy_telemetry
