// The real promtool reads what SampleWriter writes, and SampleParser what promtool dumps. Skipped where promtool is
// neither unpacked below build/tools nor installed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "../unit/tools/recording_sample_sink.h"
#include "support/scratch_dir.h"
#include "tools/sample_writer.h"

namespace proxy_telemetry::tools {
namespace {

constexpr std::int64_t kStartMs = 1'748'736'000'000;

std::string FindPromtool() {
  for (const char* path : {PT_TOOLS "/bin/promtool", "/usr/bin/promtool"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return "";
}

class Promtool : public testing::Test {
 protected:
  void SetUp() override {
    promtool_ = FindPromtool();
    if (promtool_.empty()) GTEST_SKIP() << "no promtool: ./scripts/test unpacks it";
  }

  // Its output; `good` says whether it ended with 0.
  std::string Run(const std::string& arguments, bool& good) const {
    const std::string command = "'" + promtool_ + "' " + arguments + " 2>&1";
    FILE* const pipe = popen(command.c_str(), "r");
    std::string output;
    std::array<char, 65536> block;
    for (std::size_t got = 0; (got = fread(block.data(), 1, block.size(), pipe)) > 0;) output.append(block.data(), got);
    good = pclose(pipe) == 0;
    return output;
  }
  // What promtool dumps of the blocks that it makes of `text`.
  std::string ThroughPromtool(const std::string& text) const {
    std::ofstream(dir_.path() / "text", std::ios::binary) << text;
    const std::string blocks = dir_.path() / "blocks";
    bool good = false;
    const std::string made =
        Run("tsdb create-blocks-from openmetrics '" + std::string(dir_.path() / "text") + "' '" + blocks + "'", good);
    EXPECT_TRUE(good) << made;
    std::filesystem::create_directories(dir_.path() / "blocks/wal");  // 2.42 does not dump without one
    std::string dump = Run("tsdb dump '" + blocks + "'", good);
    EXPECT_TRUE(good) << dump;
    return dump;
  }

  std::string promtool_;
  const ScratchDir dir_;
};

struct Written {
  std::string text;
  std::vector<RecordedPoint> points;
};

// Series of all kinds, with stale markers and labels that need escapes.
Written SomeHistory(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Labels> all;
  for (const char* name : {"a_total", "b:c", "d_bucket", "up"}) {
    for (const char* value : {"x", "q\"b\\c\nd\te", "é\u2028 {}", "1,2=\"3"}) {
      all.push_back(Labels({{"__name__", name}, {"host", value}, {"le", "0.5"}}));
    }
  }
  std::sort(all.begin(), all.end(), SampleWriter::Precedes);
  Written written;
  SampleWriter writer([&written](std::string_view piece) {
    written.text += piece;
    return Status::Ok();
  });
  for (const Labels& labels : all) {
    std::int64_t ts_ms = kStartMs;
    std::vector<tsdb::Point> points;
    for (int i = 0; i < 300; ++i) {
      ts_ms += 1 + static_cast<std::int64_t>(random() % 60'000);
      std::uint64_t bits = std::bit_cast<std::uint64_t>(static_cast<double>(random() % 100'000) / 1000);
      if (i % 7 == 0) bits = random();
      if (i % 50 == 1) bits = 0x7ff0000000000002;
      if (i % 50 == 2) bits = 0x7ff8000000000000;
      points.push_back({ts_ms, std::bit_cast<double>(bits)});
      written.points.push_back({LabelsKey(labels), ts_ms, bits});
    }
    EXPECT_TRUE(writer.StartSeries(labels).ok());
    EXPECT_TRUE(writer.WritePoints(points).ok());
  }
  EXPECT_TRUE(writer.Finish().ok());
  return written;
}

TEST_F(Promtool, TakesWhatIsWrittenAndItsDumpIsReadBack) {
  const char* given = std::getenv("PT_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("PT_SEED=" + std::to_string(seed));
  Written written = SomeHistory(seed);
  ParsedText dumped = ParseText(SampleFormat::kAuto, ThroughPromtool(written.text));
  ASSERT_TRUE(dumped.status.ok()) << dumped.status.message();
  EXPECT_EQ(dumped.format, SampleFormat::kTsdbDump);
  // promtool knows one NaN only; everything else comes back to the bit.
  for (RecordedPoint& point : written.points) {
    if (std::isnan(std::bit_cast<double>(point.bits))) point.bits = 0x7ff8000000000000;
  }
  std::sort(written.points.begin(), written.points.end());
  std::sort(dumped.points.begin(), dumped.points.end());
  EXPECT_EQ(dumped.points.size(), 16U * 300U);
  EXPECT_EQ(dumped.points, written.points);
}

TEST_F(Promtool, CutsFractionsOfAMillisecondAsWeDo) {
  std::string text = "# TYPE a unknown\n";
  for (int i = 0; i < 1000; ++i) {
    text += "a{i=\"" + std::to_string(i) + "\"} 1 " + std::to_string(1'748'736'000 + i) + "." +
            std::to_string(1000 + i).substr(1) + "5\n";
  }
  text += "# EOF\n";
  ParsedText ours = ParseText(SampleFormat::kAuto, text);
  ParsedText theirs = ParseText(SampleFormat::kAuto, ThroughPromtool(text));
  ASSERT_TRUE(ours.status.ok() && theirs.status.ok()) << ours.status.message() << theirs.status.message();
  std::sort(ours.points.begin(), ours.points.end());
  std::sort(theirs.points.begin(), theirs.points.end());
  EXPECT_EQ(ours.points.size(), 1000U);
  EXPECT_EQ(ours.points, theirs.points);
}

}  // namespace
}  // namespace proxy_telemetry::tools
