// Time behind a seam, so that tests can jump it. Wall time stamps samples; steady time measures.
#pragma once

#include <chrono>
#include <cstdint>

namespace proxy_telemetry {

class Clock {
 public:
  virtual ~Clock() = default;
  // Unix time in milliseconds. May jump either way.
  virtual std::int64_t WallMs() const = 0;
  // Never goes back; only differences mean something.
  virtual std::int64_t SteadyUs() const = 0;
  std::int64_t SteadyMs() const { return SteadyUs() / 1000; }

  // The machine's clock; lives for ever, safe for any thread.
  static const Clock& System();
};

}  // namespace proxy_telemetry
