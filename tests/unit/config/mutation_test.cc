// Damaged files: never a crash, always a Config or at least one error that points into the file.
#include <algorithm>
#include <random>
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

constexpr int kRounds = 4000;

// Lines of the text and characters of each, counted in the plainest way.
std::vector<std::size_t> LineLengths(const std::string& text) {
  std::vector<std::size_t> lengths(1, 0);
  for (const char c : text) {
    if (c == '\n') {
      lengths.push_back(0);
    } else {
      ++lengths.back();  // bytes: at least as many as characters
    }
  }
  return lengths;
}

// Errors that stand in the text, in its order, each one line.
void ExpectSoundErrors(const std::string& text, const std::vector<ConfigError>& errors) {
  const std::vector<std::size_t> lengths = LineLengths(text);
  std::size_t line_before = 0;
  for (const ConfigError& error : errors) {
    ASSERT_FALSE(error.message.empty());
    ASSERT_GE(error.line, std::max<std::size_t>(line_before, 1)) << text;
    ASSERT_LE(error.line, lengths.size()) << text;
    ASSERT_GE(error.column, 1U);
    ASSERT_LE(error.column, lengths[error.line - 1] + 1) << FormatConfigError("", error) << "\n" << text;
    const std::string shown = FormatConfigError("f", error);
    ASSERT_TRUE(std::none_of(shown.begin(), shown.end(), [](char c) { return c == '\n' || c == '\0'; })) << shown;
    line_before = error.line;
  }
}

void ExpectSoundResult(const std::string& text) {
  const ConfigResult result = ParseConfig(text, LookupIn({{"SET", "value"}}), "");
  ASSERT_EQ(result.config.has_value(), result.errors.empty()) << text;
  ExpectSoundErrors(text, result.errors);
}

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  void Mutate(std::string& text) {
    const std::size_t at = Below(text.size() + 1);
    switch (Below(7)) {
      case 0:
        text.erase(at, Below(8));
        break;
      case 1:
        text.insert(at, 1, static_cast<char>(Below(256)));
        break;
      case 2:
        text.insert(at, kPieces[Below(kPieces.size())]);
        break;
      case 3:
        text.insert(at, text.substr(Below(text.size() + 1), Below(60)));
        break;
      case 4:
        text.erase(at);
        break;
      case 5:
        SwapLines(text);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(Below(256));
    }
  }
  std::size_t Below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

 private:
  void SwapLines(std::string& text) {
    const std::size_t from = text.find('\n', Below(text.size() + 1));
    if (from == std::string::npos) return;
    const std::size_t end = text.find('\n', from + 1);
    const std::string line = text.substr(from, end == std::string::npos ? end : end - from);
    text.erase(from, line.size());
    text.insert(Below(text.size() + 1), line);
  }

  const std::vector<std::string> kPieces{
      "---\n",  "...\n",      "- ",    "? ",     ": ",        "{",           "}",
      "[",      "]",          ",",     "&a ",    "*a",        "<<: ",        "!!x ",
      "|\n",    ">-\n",       "\t",    "\r\n",   "#",         "\"",          "'",
      "~",      "${",         "${X}",  "${SET}", "$${a}",     "%YAML 1.2\n", "\xEF\xBB\xBF",
      "\\x00",  "\xC3",       "@",     "$1",     "${1}",      "*",           ".json",
      "udp://", "unixgram:/", "1e400", "0.0026", "keepequal", "mapping: ",   "metric: "};
  std::mt19937 random_;
};

TEST(Mutation, OfAGoodFileGivesAConfigOrErrorsInsideTheFile) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutator mutator(seed);
  for (const char* name : {"full.yml", "mapping.yml"}) {
    const std::string good = ReadFixture(name);
    int refused = 0;
    for (int round = 0; round < kRounds && !testing::Test::HasFatalFailure(); ++round) {
      std::string text = good;
      for (std::size_t n = 1 + mutator.Below(4); n > 0 && !text.empty(); --n) mutator.Mutate(text);
      ExpectSoundResult(text);
      refused += Errors(text, {{"SET", "value"}}).empty() ? 0 : 1;
    }
    // Some mutations only touch comments; most break something.
    EXPECT_GT(refused, kRounds / 3) << name;
    EXPECT_LT(refused, kRounds) << name;
  }
}

TEST(Mutation, EveryPrefixOfAGoodFileIsSound) {
  for (const char* name : {"full.yml", "mapping.yml"}) {
    const std::string good = ReadFixture(name);
    for (std::size_t size = 0; size <= good.size() && !testing::Test::HasFatalFailure(); ++size) {
      ExpectSoundResult(good.substr(0, size));
    }
  }
}

TEST(Mutation, OfATargetFileGivesGroupsOrErrorsInsideTheFile) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutator mutator(seed);
  const std::string good =
      "[{\"targets\": [\"a:1\", \"unix:/run/x\"], \"labels\": {\"rack\": \"a3\", \"__param_x\": \"\\u00e9\"}},\n"
      " {\"targets\": []},\n"
      " {\"targets\": [\"[::1]:80\"]}]\n";
  int refused = 0;
  for (int round = 0; round < kRounds && !testing::Test::HasFatalFailure(); ++round) {
    std::string text = good;
    for (std::size_t n = 1 + mutator.Below(2); n > 0 && !text.empty(); --n) mutator.Mutate(text);
    const TargetGroupsResult result = ParseTargetGroups(text);
    ASSERT_EQ(result.groups.has_value(), result.errors.empty()) << text;
    // A file without content is refused as a whole, without a place.
    if (result.errors.size() == 1 && result.errors[0].line == 0) continue;
    ExpectSoundErrors(text, result.errors);
    refused += result.groups ? 0 : 1;
  }
  EXPECT_GT(refused, kRounds / 3);
  EXPECT_LT(refused, kRounds);
}

}  // namespace
}  // namespace proxy_telemetry
