// JsonLine against its slow twin: on lines at random, on all lines of the fixtures, and on both with bytes changed.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "slow_json_line.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kValues[] = {"200",
                                        "\"200\"",
                                        "404",
                                        "000",
                                        "-",
                                        "\"-\"",
                                        "\"\"",
                                        "",
                                        "null",
                                        "-1",
                                        "0",
                                        "0.002",
                                        "\"0.002\"",
                                        "1.5",
                                        "17",
                                        "+17",
                                        "4718956",
                                        "1e-3",
                                        "1e400",
                                        "99999999",
                                        "true",
                                        "\"a.example\"",
                                        "\"A:80\"",
                                        "\"_\"",
                                        "\"x\\\"y\"",
                                        "\"\\u0041\"",
                                        "\"\\ud83d\\ude00\"",
                                        "\"\\ud83d\"",
                                        "\"\\x41\\xff\"",
                                        "\"\\q\"",
                                        "\"caf\xc3\xa9\"",
                                        "\"\xff\"",
                                        "[1,\"a\",[]]",
                                        "{\"host\":\"in\",\"b\":{}}",
                                        "{}",
                                        "[]",
                                        "\"0.000, 0.002 : 0.001\"",
                                        "\"-, 0.1\"",
                                        "\"12ms\"",
                                        "\"1m2.5s\"",
                                        "\"handled request\"",
                                        "\"http.log.access.log0\"",
                                        "\"http.log.error\"",
                                        "\"info\"",
                                        "\"0\\u002e5\"",
                                        "12345678901234567890123",
                                        "\"nan\"",
                                        "\"\tx\""};
constexpr std::string_view kOtherNames[] = {"uri",        "method",  "ts",  "",     "h\\u006fst",
                                            "st\\x61tus", "request", "hos", "hostt"};
constexpr std::string_view kPieces[] = {",",     "\"",   "\\",   "}", "{", "[", "]", ":", "\xff",
                                        "\\u12", "\\x4", "null", " ", "-", "e", "1", "\n"};

class Lines {
 public:
  explicit Lines(unsigned seed) : random_(seed) {}

  template <typename Choices>
  const auto& OneOf(const Choices& choices) {
    return choices[Below(std::size(choices))];
  }

  std::string Make() {
    std::string line = "{";
    for (std::size_t members = Below(9), i = 0; i < members; ++i) {
      if (i > 0) line += ",";
      line += "\"" + std::string(Name()) + "\":" + std::string(OneOf(kValues));
      if (Below(20) == 0) line += " ";
    }
    return line + "}";
  }

  std::string Mutate(std::string line) {
    for (std::size_t changes = 1 + Below(3); changes > 0 && !line.empty(); --changes) {
      const std::size_t at = Below(line.size());
      switch (Below(5)) {
        case 0:
          line[at] = static_cast<char>(Below(256));
          break;
        case 1:
          line.insert(at, OneOf(kPieces));
          break;
        case 2:
          line.erase(at, 1 + Below(8));
          break;
        case 3:
          line.insert(Below(line.size()), line.substr(at, Below(30)));
          break;
        default:
          line.resize(at);
      }
    }
    return line;
  }

  LogKind Kind() { return static_cast<LogKind>(Below(kLogKinds)); }
  std::size_t Below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

 private:
  std::string_view Name() {
    switch (Below(8)) {
      case 0:
        return OneOf(kOtherNames);
      case 1:
        return OneOf(LineHintRows()).name;
      case 2:
        return "status";
      default:
        return OneOf(LineFieldRows()).name;
    }
  }
  std::mt19937 random_;
};

unsigned Seed() {
  const char* const given = std::getenv("PT_SEED");
  return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

bool IsSame(std::optional<double> a, std::optional<double> b) {
  if (a.has_value() != b.has_value()) return false;
  return !a.has_value() || std::fabs(*a - *b) <= 1e-12 * std::fabs(*b);
}

void Compare(JsonLine& fast, LogKind kind, const std::string& line, int (&outcomes)[3]) {
  AccessRecord record;
  const LineOutcome outcome = fast.Parse(line, record);
  const ReadLine slow = ReadSlowly(line, kind);
  ++outcomes[static_cast<std::size_t>(outcome)];
  ASSERT_EQ(outcome, slow.outcome) << static_cast<int>(kind) << " " << line << " " << fast.problem();
  if (outcome != LineOutcome::kRecord) return;
  ASSERT_EQ(record.host, slow.host) << line;
  ASSERT_EQ(record.status, slow.status) << line;
  ASSERT_TRUE(IsSame(record.seconds, slow.seconds)) << static_cast<int>(kind) << line;
  ASSERT_TRUE(IsSame(record.upstream_seconds, slow.upstream_seconds)) << static_cast<int>(kind) << line;
  ASSERT_TRUE(IsSame(record.request_bytes, slow.request_bytes)) << static_cast<int>(kind) << line;
  ASSERT_TRUE(IsSame(record.response_bytes, slow.response_bytes)) << static_cast<int>(kind) << line;
}

TEST(JsonTwin, AgreesOnLinesAtRandom) {
  const unsigned seed = Seed();
  SCOPED_TRACE("PT_SEED=" + std::to_string(seed));
  Lines lines(seed);
  int outcomes[3] = {};
  for (int round = 0; round < 6'000 && !testing::Test::HasFatalFailure(); ++round) {
    const LogKind kind = lines.Kind();
    JsonLine fast(kind);
    const std::string line = lines.Make();
    Compare(fast, kind, round % 2 == 0 ? line : lines.Mutate(line), outcomes);
  }
  for (const int count : outcomes) EXPECT_GT(count, 200);
}

TEST(JsonTwin, AgreesOnRealLinesWithBytesChanged) {
  const unsigned seed = Seed();
  SCOPED_TRACE("PT_SEED=" + std::to_string(seed));
  Lines lines(seed);
  int outcomes[3] = {};
  for (const char* fixture : {"nginx122-access-json.log", "caddy262-access.json", "apache24-access-json.log"}) {
    int round = 0;
    for (const std::string& line : LinesOf(fixture)) {
      if (++round % 3 != 0 || testing::Test::HasFatalFailure()) continue;
      const LogKind kind = lines.Kind();
      JsonLine fast(kind);
      Compare(fast, kind, lines.Mutate(line), outcomes);
      if (round % 30 == 0) Compare(fast, kind, line, outcomes);
    }
  }
  EXPECT_GT(outcomes[0], 20);
  EXPECT_GT(outcomes[2], 20);
}

}  // namespace
}  // namespace proxy_telemetry
