#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>

#include "contents.h"
#include "seed.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

bool Matches(MatchType type, const char* pattern, std::string_view value) {
  const auto matcher = Matcher::Make(type, "name", pattern);
  EXPECT_TRUE(matcher.ok()) << matcher.status().message();
  return matcher.ok() && matcher->Matches(value);
}

TEST(Matcher, ComparesWholeValues) {
  EXPECT_TRUE(Matches(MatchType::kEqual, "a", "a"));
  EXPECT_FALSE(Matches(MatchType::kEqual, "a", "ab"));
  EXPECT_TRUE(Matches(MatchType::kNotEqual, "a", "ab"));
  EXPECT_FALSE(Matches(MatchType::kNotEqual, "a", "a"));
  EXPECT_TRUE(Matches(MatchType::kEqual, "", ""));
}

TEST(Matcher, AnchorsExpressionsAtBothEnds) {
  EXPECT_TRUE(Matches(MatchType::kRegex, "a|bc", "bc"));
  EXPECT_FALSE(Matches(MatchType::kRegex, "a|bc", "abc"));
  EXPECT_FALSE(Matches(MatchType::kRegex, "b", "abc"));
  EXPECT_TRUE(Matches(MatchType::kNotRegex, "b", "abc"));
  EXPECT_FALSE(Matches(MatchType::kNotRegex, "a.c", "abc"));
  EXPECT_TRUE(Matches(MatchType::kRegex, "a.c", "a\nc"));
  EXPECT_TRUE(Matches(MatchType::kRegex, "", ""));
  EXPECT_FALSE(Matches(MatchType::kRegex, ".+", ""));
  EXPECT_TRUE(Matches(MatchType::kRegex, "(?i)ab", "AB"));
}

// Lists of plain texts are compared without RE2.
TEST(Matcher, SaysOfEveryExpressionWhatRe2Says) {
  std::mt19937_64 random = SeededRandom();
  const auto text = [&random](std::string_view letters, std::size_t size_max) {
    std::string made;
    for (std::size_t left = Below(random, size_max + 1); left > 0; --left)
      made += letters[Below(random, letters.size())];
    return made;
  };
  std::size_t matched = 0;
  std::size_t tried = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string expression = text("aab|||.\\.-", 8);
    const RE2 twin(expression, RE2::Quiet);
    const auto matcher = Matcher::Make(MatchType::kRegex, "name", expression);
    ASSERT_EQ(matcher.ok(), twin.ok()) << expression;
    if (!matcher.ok()) continue;
    const auto inverse = Matcher::Make(MatchType::kNotRegex, "name", expression);
    for (int i = 0; i < 8; ++i) {
      const std::string value = text("aab.|\\-", 4);
      const bool expected = RE2::FullMatch(value, twin);
      ASSERT_EQ(matcher->Matches(value), expected) << expression << " on " << value;
      ASSERT_NE(inverse->Matches(value), expected) << expression << " on " << value;
      matched += expected ? 1 : 0;
      ++tried;
    }
  }
  EXPECT_GT(matched, tried / 50);
}

TEST(Matcher, RefusesABrokenExpressionAndNamesIt) {
  const auto matcher = Matcher::Make(MatchType::kRegex, "host", "a(");
  ASSERT_FALSE(matcher.ok());
  EXPECT_EQ(matcher.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(matcher.status().message().find("a("), std::string::npos);
  EXPECT_NE(matcher.status().message().find("host"), std::string::npos);
  EXPECT_TRUE(Matcher::Make(MatchType::kEqual, "host", "a(").ok());
}

class Matching : public testing::Test {
 protected:
  void SetUp() override {
    store_ = OpenStore(scratch_.path());
    MustAppend(*store_, 1000,
               {{MakeLabels({{"__name__", "m"}, {"host", "a"}, {"code", "2xx"}}), 1},
                {MakeLabels({{"__name__", "m"}, {"host", "a"}}), 2},
                {MakeLabels({{"__name__", "m"}, {"host", "b"}, {"code", "5xx"}}), 3},
                {MakeLabels({{"__name__", "other"}}), 4}});
  }
  // The values of what matches, sorted by labels.
  std::vector<double> Select(std::vector<Matcher> matchers) const {
    std::map<Labels, double> found;
    Selection selection = Everything();
    selection.matchers = std::move(matchers);
    const auto view = store_->NewView();
    const auto cursor = view->Select(selection);
    while (cursor->Next()) found[cursor->labels()] = cursor->points().front().value;
    std::vector<double> values;
    for (const auto& [labels, value] : found) values.push_back(value);
    std::sort(values.begin(), values.end());
    return values;
  }
  static Matcher Make(MatchType type, const char* name, const char* value) { return *Matcher::Make(type, name, value); }

  ScratchDir scratch_;
  std::unique_ptr<Store> store_;
};

using Values = std::vector<double>;

TEST_F(Matching, TreatsAMissingLabelAsEmpty) {
  EXPECT_EQ(Select({Make(MatchType::kEqual, "code", "")}), (Values{2, 4}));
  EXPECT_EQ(Select({Make(MatchType::kNotEqual, "code", "")}), (Values{1, 3}));
  EXPECT_EQ(Select({Make(MatchType::kNotEqual, "code", "2xx")}), (Values{2, 3, 4}));
  EXPECT_EQ(Select({Make(MatchType::kRegex, "code", "|2..")}), (Values{1, 2, 4}));
  EXPECT_EQ(Select({Make(MatchType::kNotRegex, "code", ".xx")}), (Values{2, 4}));
  EXPECT_EQ(Select({Make(MatchType::kRegex, "nowhere", ".*")}), (Values{1, 2, 3, 4}));
}

TEST_F(Matching, NeedsAllMatchers) {
  EXPECT_EQ(Select({}), (Values{1, 2, 3, 4}));
  EXPECT_EQ(Select({Matcher::Equal("__name__", "m"), Matcher::Equal("host", "a")}), (Values{1, 2}));
  EXPECT_EQ(Select({Matcher::Equal("host", "a"), Make(MatchType::kNotRegex, "code", "2..")}), (Values{2}));
  EXPECT_EQ(Select({Matcher::Equal("host", "a"), Matcher::Equal("host", "b")}), Values{});
  EXPECT_EQ(Select({Matcher::Equal("host", "nobody")}), Values{});
  EXPECT_EQ(Select({Matcher::Equal("nothing", "a")}), Values{});
}

TEST_F(Matching, ListsNamesValuesAndSeriesSorted) {
  const auto view = store_->NewView();
  EXPECT_EQ(view->LabelValues("host", {}), (std::vector<std::string>{"a", "b"}));
  const std::vector<Matcher> coded{Make(MatchType::kNotEqual, "code", "")};
  EXPECT_EQ(view->LabelValues("__name__", coded), (std::vector<std::string>{"m"}));
  EXPECT_EQ(view->LabelNames({}), (std::vector<std::string>{"__name__", "code", "host"}));
  const std::vector<Matcher> other{Matcher::Equal("__name__", "other")};
  EXPECT_EQ(view->LabelNames(other), (std::vector<std::string>{"__name__"}));
  const std::vector<Labels> all = view->MatchingSeries({});
  EXPECT_EQ(all.size(), 4U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
