#include "timestamp_rule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "base/text.h"

namespace proxy_telemetry::tools {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::int64_t kPowerOfTenMax = 1'000'000;

enum class Outcome { kOk, kSyntax, kRange };

// The significant digits of a decimal and how many of them stand in front of its point.
class DecimalDigits {
 public:
  void Add(char digit, bool behind_point) {
    if (count_ == 0 && digit == '0') {
      if (behind_point) --point_;
      return;
    }
    if (!behind_point) ++point_;
    if (count_ < digits_.size()) digits_[count_++] = digit;
  }
  void Shift(std::int64_t powers_of_ten) { point_ += powers_of_ten; }
  // What stands in front of the point; false when it is beyond kTimestampMsMax.
  bool Integer(std::int64_t& out) const {
    out = 0;
    if (count_ == 0 || point_ <= 0) return true;
    if (point_ > static_cast<std::int64_t>(digits_.size())) return false;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(point_); ++i) {
      number = number * 10 + static_cast<std::uint64_t>(i < count_ ? digits_[i] - '0' : 0);
    }
    if (number > static_cast<std::uint64_t>(kTimestampMsMax)) return false;
    out = static_cast<std::int64_t>(number);
    return true;
  }

 private:
  std::array<char, 19> digits_{};  // as many as fit 64 bits
  std::size_t count_ = 0;
  std::int64_t point_ = 0;
};

// [sign] digits [.digits] [e[sign]digits], cut off towards zero behind the millisecond.
Outcome SecondsToMs(std::string_view text, std::int64_t& ms) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  DecimalDigits digits;
  bool any = false;
  bool behind_point = false;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.' && !behind_point) {
      behind_point = true;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return Outcome::kSyntax;
    digits.Add(text[i], behind_point);
    any = true;
  }
  if (!any) return Outcome::kSyntax;
  if (i < text.size()) {
    std::string_view exponent = text.substr(i + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(exponent.size() > 1 && exponent[1] == '-' ? 0 : 1);
    std::int64_t power = 0;
    const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
    if (error == std::errc::invalid_argument || end != exponent.data() + exponent.size()) return Outcome::kSyntax;
    if (error != std::errc()) power = exponent.starts_with('-') ? -kPowerOfTenMax : kPowerOfTenMax;
    digits.Shift(std::clamp(power, -kPowerOfTenMax, kPowerOfTenMax));
  }
  digits.Shift(3);
  if (!digits.Integer(ms)) return Outcome::kRange;
  if (negative) ms = -ms;
  return Outcome::kOk;
}

std::int64_t Magnitude(std::int64_t number) { return number < 0 ? -number : number; }

bool Refuse(std::string_view token, std::string_view why, std::string& reason) {
  reason = "timestamp " + QuotedToken(token) + " " + std::string(why);
  return false;
}

}  // namespace

bool TimestampRule::Read(std::string_view token, std::int64_t& ts_ms, std::string& reason) {
  if (format_ == SampleFormat::kAuto) {
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), whole);
    const bool integer = error == std::errc() && end == token.data() + token.size();
    const bool milliseconds = integer && (whole >= kUnitLimit || whole <= -kUnitLimit);
    format_ = milliseconds ? SampleFormat::kPrometheusText : SampleFormat::kOpenMetrics;
  }
  return format_ == SampleFormat::kOpenMetrics ? ReadSeconds(token, ts_ms, reason)
                                               : ReadMilliseconds(token, ts_ms, reason);
}

bool TimestampRule::ReadSeconds(std::string_view token, std::int64_t& ts_ms, std::string& reason) const {
  switch (SecondsToMs(token, ts_ms)) {
    case Outcome::kSyntax:
      return Refuse(token, "is no number of seconds", reason);
    case Outcome::kRange:
      return Refuse(token, "is out of range", reason);
    case Outcome::kOk:
      break;
  }
  if (!detected_ || Magnitude(ts_ms) < kUnitLimit * kMsPerSecond) return true;
  return Refuse(token,
                "looks like milliseconds, but the file's first timestamp was in seconds; if it is right, "
                "give --format openmetrics",
                reason);
}

bool TimestampRule::ReadMilliseconds(std::string_view token, std::int64_t& ts_ms, std::string& reason) const {
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), ts_ms);
  if (error == std::errc::invalid_argument || end != token.data() + token.size()) {
    return Refuse(token,
                  "is no whole number of milliseconds, as this file's format (" +
                      std::string(SampleFormatName(format_)) + ") has it",
                  reason);
  }
  if (error != std::errc() || ts_ms > kTimestampMsMax || ts_ms < -kTimestampMsMax) {
    return Refuse(token, "is out of range", reason);
  }
  if (!detected_ || format_ == SampleFormat::kTsdbDump || Magnitude(ts_ms) >= kUnitLimit) return true;
  return Refuse(token,
                "looks like seconds, but the file's first timestamp was in milliseconds; if it is right, "
                "give --format prometheus",
                reason);
}

}  // namespace proxy_telemetry::tools
