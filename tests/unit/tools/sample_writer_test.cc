#include "tools/sample_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "recording_sample_sink.h"

namespace proxy_telemetry::tools {
namespace {

using Series = std::pair<Labels, std::vector<tsdb::Point>>;

SampleWriter::Write Into(std::string& text) {
  return [&text](std::string_view piece) {
    text += piece;
    return Status::Ok();
  };
}

std::string Written(const std::vector<Series>& all) {
  std::string text;
  SampleWriter writer(Into(text));
  for (const auto& [labels, points] : all) {
    EXPECT_TRUE(writer.StartSeries(labels).ok());
    EXPECT_TRUE(writer.WritePoints(points).ok());
  }
  EXPECT_TRUE(writer.Finish().ok());
  return text;
}

Labels Named(std::string name, std::vector<Label> labels = {}) {
  labels.push_back({std::string(kNameLabel), std::move(name)});
  return Labels(std::move(labels));
}

TEST(SampleWriter, WritesOpenMetrics) {
  const double stale = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
  EXPECT_EQ(Written({{Labels(std::vector<Label>{{"a", "q\"\\\n"}}), {{-1500, 0.1}}},
                     {Named("a.b", {{"c.d", "1"}}), {{1, 1}}},
                     {Named("b_bucket", {{"le", "+Inf"}}), {{1748736000000, 5}, {1748736060001, 1e22}}},
                     {Named("c_total"), {{0, 7}, {1000, stale}, {2000, NAN}, {3000, -INFINITY}}},
                     {Named("d"), {{0, -0.0}}},
                     {Named("d_total"), {{0, 123456789012345}}}}),
            "# TYPE _ unknown\n"
            "{a=\"q\\\"\\\\\\n\"} 0.1 -1.500\n"
            "# TYPE \"a.b\" unknown\n"
            "{\"a.b\",\"c.d\"=\"1\"} 1 0.001\n"
            "# TYPE b_bucket unknown\n"
            "b_bucket{le=\"+Inf\"} 5 1748736000.000\n"
            "b_bucket{le=\"+Inf\"} 1e+22 1748736060.001\n"
            "# TYPE c counter\n"
            "c_total 7 0.000\n"
            "# HELP c proxy-telemetry:value-bits 0x7ff0000000000002\n"
            "c_total NaN 1.000\n"
            "c_total NaN 2.000\n"
            "c_total -Inf 3.000\n"
            "# TYPE d unknown\n"
            "d -0 0.000\n"
            "# TYPE d_total unknown\n"
            "d_total 123456789012345 0.000\n"
            "# EOF\n");
}

TEST(SampleWriter, RefusesANameBelowTheOneBefore) {
  std::string text;
  SampleWriter writer(Into(text));
  ASSERT_TRUE(writer.StartSeries(Named("b")).ok());
  ASSERT_TRUE(writer.StartSeries(Named("b", {{"x", "1"}})).ok());
  EXPECT_EQ(writer.StartSeries(Named("a")).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(SampleWriter::Precedes(Named("a", {{"A", "z"}}), Named("b", {{"A", "a"}})));
  EXPECT_FALSE(SampleWriter::Precedes(Named("b"), Named("b")));
}

TEST(SampleWriter, ReturnsTheFailureOfWhatItWritesTo) {
  SampleWriter writer([](std::string_view) { return Status::IoError("disk full"); });
  ASSERT_TRUE(writer.StartSeries(Named("a")).ok());
  const std::vector<tsdb::Point> points(10'000, {1, 1});
  EXPECT_EQ(writer.WritePoints(points).message(), "disk full");
  EXPECT_EQ(writer.Finish().message(), "disk full");
}

double RandomValue(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0:
      return static_cast<double>(random() % 1000);
    case 1:
      return static_cast<double>(random() % 100000) / 1000;
    case 2:
      return std::bit_cast<double>(std::uint64_t{0x7ff0000000000001} + random() % 4);
    case 3:
      return std::bit_cast<double>(std::uint64_t{0xfff8000000000000} | random());
    case 4:
      return std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 200) - 100);
    default:
      return std::bit_cast<double>(random());
  }
}

std::string RandomText(std::mt19937_64& random) {
  static const std::vector<std::string> kParts = {"a",  "_", ":", ".", " ", "\"", "\\",
                                                  "\n", "é", "{", "}", "=", "0",  "\t"};
  std::string text;
  for (std::size_t parts = 1 + random() % 3; parts > 0; --parts) text += kParts[random() % kParts.size()];
  return text;
}

TEST(SampleWriter, IsReadBackToTheBit) {
  const char* given = std::getenv("PT_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("PT_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<Series> all;
    for (std::size_t n = random() % 8; n > 0; --n) {
      std::vector<Label> labels{{RandomText(random), RandomText(random)}};
      if (random() % 4 != 0) labels.push_back({"__name__", random() % 2 == 0 ? "m_total" : RandomText(random)});
      std::vector<tsdb::Point> points;
      auto ts_ms = static_cast<std::int64_t>(random() >> 3) - kTimestampMsMax;
      if (random() % 2 == 0) ts_ms = 1748736000000 + static_cast<std::int64_t>(random() % 1000);
      for (std::size_t p = random() % 5; p > 0; --p) points.push_back({++ts_ms, RandomValue(random)});
      all.emplace_back(Labels(std::move(labels)), std::move(points));
    }
    const auto by_labels = [](const Series& a, const Series& b) { return SampleWriter::Precedes(a.first, b.first); };
    const auto same = [](const Series& a, const Series& b) { return a.first == b.first; };
    std::sort(all.begin(), all.end(), by_labels);
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    std::vector<RecordedPoint> expected;
    for (const auto& [labels, points] : all) {
      for (const tsdb::Point& point : points) {
        expected.push_back({LabelsKey(labels), point.ts_ms, std::bit_cast<std::uint64_t>(point.value)});
      }
    }
    const std::string text = Written(all);
    const ParsedText parsed = ParseText(SampleFormat::kOpenMetrics, text);
    ASSERT_TRUE(parsed.status.ok()) << parsed.status.message() << "\n" << text;
    ASSERT_EQ(parsed.points, expected) << text;
  }
}

}  // namespace
}  // namespace proxy_telemetry::tools
