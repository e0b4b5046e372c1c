#include "base/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;

Labels Of(std::vector<Label> labels) { return Labels(std::move(labels)); }
std::vector<Label> List(const Labels& labels) { return {labels.begin(), labels.end()}; }

TEST(Labels, AreSortedUniqueAndNeverEmpty) {
  const Labels labels = Of({{"b", "2"}, {"a", "1"}, {"b", "3"}, {"c", ""}, {"__name__", "up"}});
  EXPECT_THAT(List(labels), ElementsAre(Label{"__name__", "up"}, Label{"a", "1"}, Label{"b", "2"}));
  EXPECT_EQ(labels.metric_name(), "up");
  EXPECT_EQ(labels.Get("a"), "1");
  EXPECT_EQ(labels.Get("c"), "");
  EXPECT_FALSE(labels.Has("c"));
  EXPECT_TRUE(labels.Has("b"));
  EXPECT_EQ(labels.size(), 3U);
  EXPECT_TRUE(Labels().empty());
}

TEST(Labels, OfWhichOneNameIsGivenTwiceKeepTheFirstThatIsNotEmpty) {
  EXPECT_EQ(Of({{"a", "1"}, {"a", "2"}}).Get("a"), "1");
  EXPECT_EQ(Of({{"a", ""}, {"a", "2"}}).Get("a"), "2");
}

TEST(Labels, AreEqualWhateverTheOrderTheyCameIn) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<Label> given;
    std::map<std::string, std::string> expected;  // the slow twin
    for (int i = 0; i < 20; ++i) {
      const std::string name(1, static_cast<char>('a' + std::uniform_int_distribution<int>(0, 14)(random)));
      const std::string value = std::to_string(std::uniform_int_distribution<int>(0, 9)(random));
      given.push_back({name, value});
      expected.try_emplace(name, value);
    }
    const Labels labels(given);
    std::map<std::string, std::string> found;
    std::vector<Label> in_order;
    for (const Label& label : labels) {
      found[label.name] = label.value;
      in_order.push_back(label);
    }
    ASSERT_EQ(found, expected);
    std::shuffle(in_order.begin(), in_order.end(), random);
    ASSERT_EQ(Labels(in_order), labels);
    ASSERT_EQ(std::hash<Labels>{}(Labels(in_order)), std::hash<Labels>{}(labels));
  }
}

TEST(Labels, WithSetsReplacesAndRemoves) {
  const Labels labels = Of({{"a", "1"}, {"c", "3"}});
  EXPECT_THAT(List(labels.With("b", "2")), ElementsAre(Label{"a", "1"}, Label{"b", "2"}, Label{"c", "3"}));
  EXPECT_THAT(List(labels.With("a", "9")), ElementsAre(Label{"a", "9"}, Label{"c", "3"}));
  EXPECT_THAT(List(labels.With("a", "")), ElementsAre(Label{"c", "3"}));
  EXPECT_THAT(List(labels.With("x", "")), ElementsAre(Label{"a", "1"}, Label{"c", "3"}));
  EXPECT_THAT(List(labels), ElementsAre(Label{"a", "1"}, Label{"c", "3"}));
}

TEST(Labels, CompareByNameThenValue) {
  EXPECT_LT(Of({{"a", "1"}}), Of({{"a", "2"}}));
  EXPECT_LT(Of({{"a", "9"}}), Of({{"b", "1"}}));
  EXPECT_LT(Of({{"a", "1"}}), Of({{"a", "1"}, {"b", "1"}}));
  EXPECT_NE(Of({{"a", "b"}}), Of({{"ab", ""}}));
}

TEST(Labels, PrintAsInAnExposition) {
  EXPECT_EQ(Labels().ToString(), "{}");
  EXPECT_EQ(Of({{"__name__", "up"}}).ToString(), "up");
  EXPECT_EQ(Of({{"a", "1"}, {"b", "2"}}).ToString(), "{a=\"1\",b=\"2\"}");
  EXPECT_EQ(Of({{"__name__", "up"}, {"a", "q\"b\\s\nn"}}).ToString(), "up{a=\"q\\\"b\\\\s\\nn\"}");
  // A name that sorts before __name__.
  EXPECT_EQ(Of({{"__name__", "up"}, {"A", "1"}}).ToString(), "up{A=\"1\"}");
}

TEST(LabelNames, AreCheckedByTheDataModelsRules) {
  for (const char* name : {"a", "_", "A9", "a_b", "__name__"}) {
    EXPECT_TRUE(IsValidLabelName(name)) << name;
    EXPECT_TRUE(IsValidMetricName(name)) << name;
  }
  for (const char* name : {"", "9", "9a", "a-b", "a b", "a.b", "\xC3\xA9", "a\n"}) {
    EXPECT_FALSE(IsValidLabelName(name)) << name;
    EXPECT_FALSE(IsValidMetricName(name)) << name;
  }
  for (const char* name : {":", "a:b", ":a"}) {
    EXPECT_FALSE(IsValidLabelName(name)) << name;
    EXPECT_TRUE(IsValidMetricName(name)) << name;
  }
}

}  // namespace
}  // namespace proxy_telemetry
