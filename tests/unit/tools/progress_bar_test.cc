#include "tools/progress_bar.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace proxy_telemetry::tools {
namespace {

class FakeClock final : public Clock {
 public:
  std::int64_t WallMs() const override { return 0; }
  std::int64_t SteadyUs() const override { return now_ms * 1000; }
  std::int64_t now_ms = 5000;
};

struct Terminal {
  std::vector<std::string> lines;
  ProgressBar::Write Writer() {
    return [this](std::string_view text) { lines.emplace_back(text); };
  }
};

TEST(ProgressBar, ShowsPartRatesAndTimeLeft) {
  FakeClock clock;
  Terminal terminal;
  ProgressBar bar("import", clock, terminal.Writer(), 100);
  clock.now_ms += 2000;
  bar.Update(400'000'000, 1'600'000'000, 5'000'000);
  ASSERT_EQ(terminal.lines.size(), 1U);
  EXPECT_EQ(terminal.lines[0], "\rimport  [=====>              ]  25 %  200 MB/s  2.50 M samples/s  ETA 0:06\x1B[K");
  clock.now_ms += 7'998'000;
  bar.Update(800'000'000, 1'600'000'000, 5'000'000);
  EXPECT_EQ(terminal.lines.back(), "\rimport  [==========>         ]  50 %  0 MB/s  625 samples/s  ETA 2:13:20\x1B[K");
  clock.now_ms += 1000;
  bar.Update(1'600'000'000, 1'600'000'000, 5'000'000);
  EXPECT_EQ(terminal.lines.back(), "\rimport  [====================] 100 %  0 MB/s  625 samples/s  ETA 0:00\x1B[K");
  bar.Clear();
  EXPECT_EQ(terminal.lines.back(), "\r\x1B[K");
  bar.Clear();
  EXPECT_EQ(terminal.lines.size(), 4U);
}

TEST(ProgressBar, ShowsBytesWhereTheTotalIsUnknown) {
  FakeClock clock;
  Terminal terminal;
  ProgressBar bar("import", clock, terminal.Writer(), 100);
  clock.now_ms += 1000;
  bar.Update(7'000'000, {}, 100);
  ASSERT_EQ(terminal.lines.size(), 1U);
  EXPECT_EQ(terminal.lines[0], "\rimport  7 MB  7 MB/s  100 samples/s\x1B[K");
}

TEST(ProgressBar, DrawsAtMostTenTimesASecond) {
  FakeClock clock;
  Terminal terminal;
  ProgressBar bar("import", clock, terminal.Writer(), 100);
  for (int ms = 0; ms < 1000; ++ms) {
    ++clock.now_ms;
    bar.Update(1, 2, 3);
  }
  EXPECT_EQ(terminal.lines.size(), 10U);
}

TEST(ProgressBar, NeverWraps) {
  for (const std::size_t columns : {0U, 1U, 20U, 60U}) {
    FakeClock clock;
    Terminal terminal;
    ProgressBar bar("import", clock, terminal.Writer(), columns);
    clock.now_ms += 1000;
    bar.Update(400'000'000, 1'600'000'000, 5'000'000);
    ASSERT_EQ(terminal.lines.size(), 1U);
    EXPECT_LE(terminal.lines[0].size(), std::string("\r\x1B[K").size() + (columns > 0 ? columns - 1 : 0));
  }
}

TEST(ProgressBar, IsSilentWithoutATerminal) {
  FakeClock clock;
  ProgressBar bar("import", clock, {}, 80);
  clock.now_ms += 1000;
  bar.Update(1, 2, 3);
  bar.Clear();
  ::testing::internal::CaptureStderr();
  ProgressBar real = ProgressBar::OnStandardError("import");
  real.Update(1, 2, 3);
  real.Clear();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace proxy_telemetry::tools
