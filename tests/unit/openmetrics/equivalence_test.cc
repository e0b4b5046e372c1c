// The parser and its slow twin take the same pages, refuse the same lines and see the same samples.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "page_generator.h"
#include "payloads.h"
#include "recording_sink.h"
#include "slow_parser.h"

namespace proxy_telemetry {
namespace {

std::size_t LineOf(const Status& status) {
  std::size_t line = 0;
  return sscanf(status.message().c_str(), "line %zu, column ", &line) == 1 ? line : 0;
}

// The page twice through one sink: the second time all of it comes through known keys.
void ExpectSameOnceKnown(ExpositionFormat format, const std::string& page, std::vector<RecordedSample> expected) {
  RecordingSink sink;
  ASSERT_TRUE(FeedPage(format, page, sink).ok()) << page;
  sink.StartPage();
  ASSERT_TRUE(FeedPage(format, page, sink).ok()) << page;
  ASSERT_EQ(sink.known, expected.size()) << page;
  ASSERT_TRUE(sink.faults.empty()) << sink.faults.front() << "\n" << page;
  // A series repeated in the page stays in the family it had first.
  for (RecordedSample& sample : expected) sample.family.clear();
  for (RecordedSample& sample : sink.samples) sample.family.clear();
  ASSERT_EQ(expected, sink.samples) << page;
}

// `families`: the page's metadata stands before its samples, so that it must be the same at the end.
void ExpectSame(ExpositionFormat format, const std::string& page, bool families) {
  const SlowPage slow = ParseSlowly(format, page);
  const ParsedPage fast = Parse(format, page);
  ASSERT_EQ(slow.bad_line, LineOf(fast.status)) << fast.status.message() << "\n" << page;
  ASSERT_EQ(slow.bad_line == 0, fast.status.ok()) << fast.status.message() << "\n" << page;
  if (slow.bad_line != 0) return;
  ASSERT_EQ(slow.samples, fast.samples) << page;
  ExpectSameOnceKnown(format, page, slow.samples);
  if (!families) return;
  for (const auto& [name, family] : slow.families) {
    ASSERT_TRUE(fast.families.contains(name)) << name << "\n" << page;
    ASSERT_EQ(family, fast.families.at(name)) << name << "\n" << page;
  }
}

class Equivalence : public testing::TestWithParam<ExpositionFormat> {
 protected:
  std::uint64_t seed_ = std::random_device()();
  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
};

TEST_P(Equivalence, HoldsForRandomPages) {
  PageGenerator generator(GetParam(), seed_);
  std::size_t taken = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string page = generator.Page();
    ASSERT_NO_FATAL_FAILURE(ExpectSame(GetParam(), page, true));
    taken += Parse(GetParam(), page).status.ok() ? 1 : 0;
  }
  EXPECT_GT(taken, 2000U) << "too few right pages to mean much";
  EXPECT_LT(taken, 4750U) << "too few wrong pages to mean much";
}

TEST_P(Equivalence, HoldsForDamagedPages) {
  PageGenerator generator(GetParam(), seed_);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_NO_FATAL_FAILURE(ExpectSame(GetParam(), generator.Damaged(generator.Page()), false));
  }
}

TEST_P(Equivalence, HoldsForDamagedPayloads) {
  PageGenerator generator(GetParam(), seed_);
  for (const Payload& payload : LoadPayloads()) {
    if (payload.format != GetParam()) continue;
    ExpectSame(payload.format, payload.body, true);
    for (int i = 0; i < 60; ++i) {
      // A window of whole lines: damage anywhere then decides, not the first one of a long page.
      const std::size_t from = payload.body.find('\n', generator.Below(payload.body.size() - 2)) + 1;
      std::string page = payload.body.substr(from, 4000);
      if (payload.format == ExpositionFormat::kOpenMetrics) page = page.substr(0, page.rfind('\n') + 1) + "# EOF\n";
      ASSERT_NO_FATAL_FAILURE(ExpectSame(payload.format, generator.Damaged(page), false)) << payload.file;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Equivalence, testing::Values(ExpositionFormat::kText, ExpositionFormat::kOpenMetrics),
                         [](const auto& format) {
                           return format.param == ExpositionFormat::kText ? "Text" : "OpenMetrics";
                         });

}  // namespace
}  // namespace proxy_telemetry
