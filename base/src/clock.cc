#include "base/clock.h"

namespace proxy_telemetry {
namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t WallMs() const override { return SinceEpoch<std::chrono::system_clock, std::chrono::milliseconds>(); }
  std::int64_t SteadyUs() const override { return SinceEpoch<std::chrono::steady_clock, std::chrono::microseconds>(); }

 private:
  template <typename StdClock, typename Unit>
  static std::int64_t SinceEpoch() {
    return std::chrono::duration_cast<Unit>(StdClock::now().time_since_epoch()).count();
  }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock kClock;
  return kClock;
}

}  // namespace proxy_telemetry
