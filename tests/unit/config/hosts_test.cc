// hosts: expressions and what may stand in their replacement.
#include <string>
#include <utility>

#include "load.h"

namespace proxy_telemetry {
namespace {

std::string Rule(const std::string& match, const std::string& host) {
  return JobText({"hosts: [{match: '" + match + "', host: '" + host + "'}]"});
}

TEST(Hosts, ReplacementsMayUseTheGroupsThatExist) {
  const std::vector<std::pair<std::string, std::string>> good{
      {"be_(.*)", "$1.example"}, {"(a)(b)", "${2}-$1"}, {"a", "$0.example"}, {"(a)", "${1}${1}"}, {"a|b", "plain"}};
  for (const auto& [match, host] : good) {
    const Config config = Good(Rule(match, host));
    ASSERT_EQ(config.scrape_configs.size(), 1U);
    ASSERT_EQ(config.scrape_configs[0].hosts.size(), 1U);
    EXPECT_EQ(config.scrape_configs[0].hosts[0].match, match);
    EXPECT_EQ(config.scrape_configs[0].hosts[0].host, host);
  }
}

TEST(Hosts, GroupsMayHaveNamesWhichTheEnvironmentDoesNotTouchWithoutBraces) {
  EXPECT_EQ(GoodJob({"hosts: [{match: '(?P<shop>.*)_x', host: '$shop.example'}]"}, {{"shop", "env"}}).hosts.at(0).host,
            "$shop.example");
  EXPECT_EQ(
      GoodJob({"hosts: [{match: '(?P<shop>.*)_x', host: '${shop}.example'}]"}, {{"shop", "env"}}).hosts.at(0).host,
      "env.example");
  EXPECT_EQ(GoodJob({"hosts: [{match: '(?P<shop>.*)_x', host: '$${shop}.example'}]"}).hosts.at(0).host,
            "${shop}.example");
}

TEST(Hosts, ReplacementsThatUseNoGroupAreRefused) {
  const std::string no_group = "has a $ that is no group; write $1 or ${1} for what the first (...) of match found";
  const auto unknown = [](const std::string& group) {
    return "uses \"$" + group + "\", but match has no such (...); write $1 or ${1} for its first";
  };
  const std::vector<std::pair<std::string, std::string>> bad{
      {"$2.example", unknown("2")},
      {"${12}", unknown("12")},
      {"$1x", unknown("1x")},
      {"$x", unknown("x")},
      {"$99999999999", unknown("99999999999")},
      {"$", no_group},
      {"a$", no_group},
      {"$$1", no_group},
      {"${1", no_group},
      {"${}", no_group},
      {"${-1}", no_group},
      {"$-1", no_group},
  };
  for (const auto& [host, why] : bad) {
    ExpectBad({{Rule("be_(.*)", host), {"3:38: scrape_configs[0].hosts[0].host: " + why}}});
  }
  ExpectBad({{Rule("be_.*", "$1"), {"3:36: scrape_configs[0].hosts[0].host: " + unknown("1")}}});
}

TEST(Hosts, ExpressionsThatRe2RefusesAreRefused) {
  const std::string path = "3:21: scrape_configs[0].hosts[0].match: ";
  ExpectBad({
      {Rule("be_(", "x"), {path + "\"be_(\" is not a regular expression: \"missing ): be_(\""}},
      {Rule("a**", "x"), {path + "\"a**\" is not a regular expression: \"bad repetition operator: **\""}},
      {Rule("(?=a)", "x"), {path + "\"(?=a)\" is not a regular expression: \"invalid perl operator: (?=\""}},
      {Rule("((((a{100}){100}){100}){100})", "x"),
       {path + "\"((((a{100}){100}){100}){100})\" is not a regular expression: \"invalid repetition size: {100}\""}},
      {Rule("", "x"), {path + "must not be empty"}},
  });
}

TEST(Hosts, OneFaultyRuleDoesNotHideTheOthers) {
  ExpectBad({{JobText({"hosts:", "  - {match: '(', host: $9}", "  - {match: a, host: ''}", "  - {match: a, host: $3}"}),
              {"4:17: scrape_configs[0].hosts[0].match: \"(\" is not a regular expression: \"missing ): (\"",
               "5:26: scrape_configs[0].hosts[1].host: must not be empty",
               "6:26: scrape_configs[0].hosts[2].host: uses \"$3\", but match has no such (...); write $1 or ${1} for "
               "its first"}}});
}

}  // namespace
}  // namespace proxy_telemetry
