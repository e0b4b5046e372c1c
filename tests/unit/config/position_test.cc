// Lines and columns are those a person counts, also where characters have several bytes.
#include <random>
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;

TEST(Position, CountsCharactersNotBytes) {
  EXPECT_THAT(Errors("storage: {path: \"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\", x: 1}"),
              ElementsAre("1:24: storage.x: unknown key; expected one of path, retention or max_size"));
}

TEST(Position, DoesNotCountAByteOrderMarkOrCarriageReturns) {
  EXPECT_THAT(Errors("\xEF\xBB\xBFhistory: {aggregate: x}"),
              ElementsAre("1:22: history.aggregate: must be first, last, max or avg, not \"x\""));
  EXPECT_THAT(Errors("# a\r\n\r\nhistory:\r\n  aggregate: x\r\n"),
              ElementsAre("4:14: history.aggregate: must be first, last, max or avg, not \"x\""));
}

TEST(Position, StaysOnTheLastLineWhenTheTextEndsTooEarly) {
  EXPECT_THAT(Errors("global: {\n\n\n"), ElementsAre("1:10: not valid YAML: end of map flow not found"));
}

TEST(Position, AgreesWithASlowCountForUnknownKeysAnywhere) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> filler{"# \xC3\xA9\xC3\xA9\n", "\n", "#\r\n", "\r\n", "# x\n"};
  std::string text = "storage:\n";
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    for (auto n = random() % 3; n > 0; --n) text += filler[random() % filler.size()];
    std::size_t lines = 1;
    for (const char c : text) lines += c == '\n' ? 1 : 0;
    expected.push_back(std::to_string(lines) + ":3: storage.k" + std::to_string(i) +
                       ": unknown key; expected one of path, retention or max_size");
    text += "  k" + std::to_string(i) + ": \xE2\x82\xAC\n";
  }
  EXPECT_EQ(Errors(text), expected);
}

}  // namespace
}  // namespace proxy_telemetry
