#include "http_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace proxy_telemetry {
namespace {

TEST(HttpText, ComparesWithoutCaseInAsciiOnly) {
  EXPECT_TRUE(EqualsIgnoreCase("Content-Length", "content-LENGTH"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoreCase("[", "{"));
  EXPECT_FALSE(EqualsIgnoreCase("\xC4", "\xE4"));
}

TEST(HttpText, SplitsListsAndDropsEmptyElements) {
  EXPECT_THAT(SplitList(" a ,,\tb;q=1,"), testing::ElementsAre("a", "b;q=1"));
  EXPECT_TRUE(SplitList("").empty());
  EXPECT_TRUE(SplitList(" , ").empty());
}

TEST(HttpText, PlusIsASpaceOnlyWhereAsked) {
  EXPECT_EQ(*PercentDecode("a+b%2B", true), "a b+");
  EXPECT_EQ(*PercentDecode("a+b%2b", false), "a+b+");
}

TEST(HttpText, DecodesEveryEncodedByteBackToItself) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  EXPECT_EQ(*PercentDecode(PercentEncode(all), true), all);
  EXPECT_EQ(*PercentDecode(PercentEncode(all), false), all);
}

TEST(HttpText, DecodesRandomBytesOrRefusesThem) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto left = random() % 12; left > 0; --left) text.push_back("%%%0aF+gz\x80"[random() % 10]);
    // The plainly right twin: every % is followed by two hex digits that are not both 0.
    std::string expected;
    bool good = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        expected.push_back(text[i]);
        continue;
      }
      const std::string digits = text.substr(i + 1, 2);
      if (digits.size() != 2 || digits.find_first_not_of("0aF") != std::string::npos || digits == "00") good = false;
      if (!good) break;
      expected.push_back(static_cast<char>(std::stoi(digits, nullptr, 16)));
      i += 2;
    }
    const auto decoded = PercentDecode(text, false);
    ASSERT_EQ(decoded.ok(), good) << text << " seed " << seed;
    if (!good) continue;
    ASSERT_EQ(*decoded, expected) << text << " seed " << seed;
  }
}

TEST(HttpText, EscapesWhatHtmlWouldRead) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

}  // namespace
}  // namespace proxy_telemetry
