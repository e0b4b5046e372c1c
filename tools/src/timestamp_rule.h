// TimestampRule: reads timestamps, and decides from the first one what unit a file of unknown format has.
//
// Lifetime: one file. Single thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/sample_format.h"

namespace proxy_telemetry::tools {

// Below this a timestamp of unknown unit is in seconds (the year 5138), else in milliseconds (from 1973 on).
inline constexpr std::int64_t kUnitLimit = 100'000'000'000;

class TimestampRule {
 public:
  explicit TimestampRule(SampleFormat format) : format_(format), detected_(format == SampleFormat::kAuto) {}

  // kAuto until Decide() or the first Read().
  SampleFormat format() const { return format_; }
  // Whether the format was found, not given: then every timestamp must be of its magnitude.
  bool detected() const { return detected_; }
  void Decide(SampleFormat format) { format_ = format; }

  // False: `reason` says why.
  bool Read(std::string_view token, std::int64_t& ts_ms, std::string& reason);

 private:
  bool ReadSeconds(std::string_view token, std::int64_t& ts_ms, std::string& reason) const;
  bool ReadMilliseconds(std::string_view token, std::int64_t& ts_ms, std::string& reason) const;

  SampleFormat format_;
  const bool detected_;
};

}  // namespace proxy_telemetry::tools
