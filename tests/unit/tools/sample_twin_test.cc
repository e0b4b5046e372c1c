// SampleParser against its slow twin, and against itself at every border between pieces.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "recording_sample_sink.h"
#include "slow_sample_parser.h"

namespace proxy_telemetry::tools {
namespace {

constexpr SampleFormat kFormats[] = {SampleFormat::kAuto, SampleFormat::kOpenMetrics, SampleFormat::kPrometheusText,
                                     SampleFormat::kTsdbDump};

std::uint64_t Seed() {
  const char* given = std::getenv("PT_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

void ExpectTwinAgrees(SampleFormat format, const std::string& text) {
  const SlowText slow = ParseTextSlowly(format, text);
  const ParsedText fast = ParseText(format, text);
  ASSERT_EQ(slow.bad_line, BadLine(fast.status)) << fast.status.message() << "\n" << text;
  ASSERT_EQ(slow.bad_line == 0, fast.status.ok()) << fast.status.message() << "\n" << text;
  if (slow.bad_line == 0) {
    ASSERT_EQ(slow.points, fast.points) << text;
  }
}

class TextGenerator {
 public:
  explicit TextGenerator(std::uint64_t seed) : random_(seed) {}

  std::string Make() {
    style_ = Below(4);
    std::string text = style_ == 3 ? "" : "# HELP a b\n# TYPE a counter\n";
    for (std::size_t runs = Below(6); runs > 0; --runs) {
      const std::string series = Series();
      for (std::size_t lines = 1 + Below(4); lines > 0; --lines) text += Line(series);
    }
    if (style_ <= 1) text += "# EOF\n";
    for (std::size_t changes = Below(3); changes > 0 && !text.empty(); --changes) Damage(text);
    return text;
  }

 private:
  std::size_t Below(std::size_t limit) { return random_() % limit; }
  std::string Pick(const std::vector<std::string>& choices) { return choices[Below(choices.size())]; }

  std::string Series() {
    const std::string value =
        "\"" + Pick({"x", "", "1}", "\\\\", "\\\"} 1 2", "\\n", "é", "a b", "\\u00e9", "\\q"}) + "\"";
    const std::string name = Pick({"a", "a_total", "b:c"});
    if (style_ == 3) return Pick({"{__name__=\"" + name + "\", x=" + value + "}", "{x=" + value + ", y=\"2\"}"});
    return Pick({name, name + "{x=" + value + "}", name + "{x=" + value + ",y=\"2\"}", "{\"q.n\",x=" + value + "}"});
  }
  std::string Line(const std::string& series) {
    const std::string value = Pick({"0", "1", "-1", "12.5", "483", "0.1", "1e5", "NaN", "+Inf", "-0",
                                    "9007199254740993", "12345.678901234567", "1e-320", "5.", "1e400", "nan"});
    const std::string digits = std::to_string(174873600 + Below(10)) + std::to_string(Below(10));
    const std::string seconds = digits + Pick({"", ".5", ".123", ".000", ".1239", "e0"});
    const std::string time = style_ <= 1 ? seconds : digits + std::to_string(100 + Below(900));
    const std::string bits = Below(20) == 0 ? "# HELP a proxy-telemetry:value-bits 0x7ff0000000000002\n" : "";
    const std::string tail = style_ == 1 ? Pick({"", "", " # {t=\"}\"} 1", " # {} 1 1"}) : "";
    return bits + series + " " + (bits.empty() ? value : "NaN") + " " + time + tail + "\n";
  }
  void Damage(std::string& text) {
    constexpr std::string_view kBytes = " \n\t#{}\"\\=,.-+e019aNx\xFF\0";
    const std::size_t at = Below(text.size());
    switch (Below(4)) {
      case 0:
        text[at] = kBytes[Below(kBytes.size())];
        break;
      case 1:
        text.erase(at, 1 + Below(3));
        break;
      case 2:
        text.insert(at, 1, kBytes[Below(kBytes.size())]);
        break;
      default:
        break;
    }
  }

  std::mt19937_64 random_;
  std::size_t style_ = 0;
};

TEST(SampleParserTwin, AgreesOnRandomTextRightAndWrong) {
  const std::uint64_t seed = Seed();
  SCOPED_TRACE("PT_SEED=" + std::to_string(seed));
  TextGenerator generator(seed);
  std::size_t good = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = generator.Make();
    const SampleFormat format = kFormats[i % 4];
    ASSERT_NO_FATAL_FAILURE(ExpectTwinAgrees(format, text));
    if (ParseText(format, text).status.ok()) ++good;
  }
  EXPECT_GT(good, 500U);
}

TEST(SampleParserTwin, AgreesOnEveryShortTail) {
  // All ways to end a line behind "a " with up to four of these pieces, in both paths: first line and known series.
  const std::vector<std::string> pieces = {"1", "-", ".", " ", "e1", "NaN", "100000000000", "# {} 1", "\t"};
  const std::size_t count = pieces.size();
  std::size_t all = 1;
  for (int i = 0; i < 4; ++i) all *= count;
  for (std::size_t code = 0; code < all; ++code) {
    std::string tail;
    for (std::size_t rest = code; rest > 0; rest /= count) tail += pieces[rest % count];
    const std::string first = "a 1 " + std::string(code % 2 == 0 ? "5" : "1748736000000") + "\n";
    ASSERT_NO_FATAL_FAILURE(ExpectTwinAgrees(SampleFormat::kAuto, "a " + tail + "\n# EOF\n"));
    ASSERT_NO_FATAL_FAILURE(
        ExpectTwinAgrees(SampleFormat::kAuto, first + "a " + tail + "\n" + (code % 2 == 0 ? "# EOF" : "")));
    ASSERT_NO_FATAL_FAILURE(ExpectTwinAgrees(SampleFormat::kOpenMetrics, first + "a " + tail + "\n# EOF\n"));
  }
}

TEST(SampleParserPieces, EverySplitGivesTheSame) {
  const std::uint64_t seed = Seed();
  SCOPED_TRACE("PT_SEED=" + std::to_string(seed));
  TextGenerator generator(seed);
  for (int i = 0; i < 40; ++i) {
    const std::string text = generator.Make();
    const ParsedText whole = ParseText(SampleFormat::kAuto, text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      RecordingSampleSink sink;
      SampleParser parser(SampleFormat::kAuto, "FILE", sink);
      Status status = parser.Feed(std::string(text.substr(0, cut)));
      if (status.ok()) status = parser.Feed(std::string(text.substr(cut)));
      if (status.ok()) status = parser.Finish();
      ASSERT_EQ(status.message(), whole.status.message()) << cut << "\n" << text;
      if (status.ok()) {
        ASSERT_EQ(sink.points, whole.points) << cut << "\n" << text;
      }
    }
    for (std::size_t piece = 1; piece < 8; ++piece) {
      const ParsedText pieces = ParseText(SampleFormat::kAuto, text, piece);
      ASSERT_EQ(pieces.status.message(), whole.status.message()) << piece << "\n" << text;
      if (whole.status.ok()) {
        ASSERT_EQ(pieces.points, whole.points) << piece << "\n" << text;
      }
    }
  }
}

}  // namespace
}  // namespace proxy_telemetry::tools
