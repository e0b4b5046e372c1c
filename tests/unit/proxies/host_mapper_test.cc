#include "exporter/host_mapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::HasSubstr;

TEST(NormalizeHost, LowersCutsThePortAndTrailingDots) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"shop.example", "shop.example"},
      {"Shop.Example.:8080", "shop.example"},
      {"shop.example..", "shop.example"},
      {"name:8080", "name"},
      {"name:", "name"},
      {"be_shop", "be_shop"},
      {"be:shop", "be:shop"},
      {"be:80x", "be:80x"},
      {"[::1]:80", "[::1]"},
      {"[::1]", "[::1]"},
      {"[2001:DB8::1]:443", "[2001:db8::1]"},
      {"::1", "::1"},
      {"2001:db8::80", "2001:db8::80"},
      {"a:b:80", "a:b:80"},
      {"*", "*"},
      {"*.Example", "*.example"},
      {"K\xc3\x96LN.example", "k\xc3\x96ln.example"},
      {":80", ""},
      {".", ""},
      {"", ""},
  };
  for (const auto& [name, host] : cases) EXPECT_EQ(NormalizeHost(name), host) << name;
}

TEST(NormalizeHost, ChangesNothingTheSecondTime) {
  for (const std::string name : {"A.b.:1", "[::1]:80", "::1", "x:y", "a..", "[x]:", "a.:80.", "a:1:2", "..:"}) {
    const std::string once = NormalizeHost(name);
    EXPECT_EQ(NormalizeHost(once), once) << name;
  }
}

TEST(HostMapper, TakesTheFirstRuleThatMatchesTheWholeName) {
  const HostMapper mapper = MapperOf({{"be", "part.example"}, {"be_(.*)", "$1.example"}, {"be_shop", "late.example"}});
  EXPECT_EQ(mapper.HostOf("be_shop"), "shop.example");
  EXPECT_EQ(mapper.HostOf("be"), "part.example");
  EXPECT_EQ(mapper.HostOf("xbe_shop"), "xbe_shop");
}

TEST(HostMapper, ExpandsReferencesAsPrometheusDoes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"$1.$2", "a.b"},   {"${1}x${2}", "axb"}, {"$2$1", "ba"},   {"${last}.x", "b.x"},
      {"$last.x", "b.x"}, {"$0", "a-b"},        {"$$1", "$1"},    {"x$", "x$"},
      {"$.x", "$.x"},     {"${1.x", "${1.x"},   {"x$3", "x"},     {"x${nope}", "x"},
      {"x$1_y", "x"},     {"${1}_y", "a_y"},    {"x${}", "x${}"}, {"x$99999999999", "x"},
  };
  for (const auto& [host, expanded] : cases) {
    EXPECT_EQ(MapperOf({{"(.+)-(?P<last>.+)", host}}).HostOf("a-b"), expanded) << host;
  }
}

TEST(HostMapper, LeavesAGroupThatTookNoPartEmpty) { EXPECT_EQ(MapperOf({{"(a)|(b)", "x$1$2"}}).HostOf("b"), "xb"); }

TEST(HostMapper, NormalisesWhatARuleGives) {
  EXPECT_EQ(MapperOf({{"(.*)", "$1.Example.:80"}}).HostOf("Shop"), "shop.example");
}

TEST(HostMapper, NeverGivesAnEmptyHostForAName) {
  EXPECT_EQ(MapperOf({{".*", ""}}).HostOf("Be"), "be");
  EXPECT_EQ(NoRules().HostOf(":80"), ":80");
  EXPECT_EQ(NoRules().HostOf(""), "");
}

TEST(HostMapper, NamesTheExpressionThatIsWrong) {
  const auto mapper = HostMapper::Make({{"ok", "x"}, {"be_(", "x"}});
  ASSERT_FALSE(mapper.ok());
  EXPECT_THAT(mapper.status().message(), HasSubstr("be_("));
}

TEST(HostMapper, AnswersHostileNamesInTheirOwnTime) {
  const HostMapper mapper = MapperOf({{"(a*)*b", "x"}});
  EXPECT_EQ(mapper.HostOf(std::string(50'000, 'a')), std::string(50'000, 'a'));
}

}  // namespace
}  // namespace proxy_telemetry
