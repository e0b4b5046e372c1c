#include "base/clock.h"

namespace proxy_telemetry {
namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t WallMs() const override { return SinceEpochMs<std::chrono::system_clock>(); }
  std::int64_t SteadyMs() const override { return SinceEpochMs<std::chrono::steady_clock>(); }

 private:
  template <typename StdClock>
  static std::int64_t SinceEpochMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(StdClock::now().time_since_epoch()).count();
  }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock kClock;
  return kClock;
}

}  // namespace proxy_telemetry
