// static_configs: addresses, labels, and that no two targets write the same series.
#include <string>
#include <utility>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Targets(const std::string& list) { return JobText({"static_configs: [{targets: [" + list + "]}]"}); }

TEST(Targets, AreKeptAsWritten) {
  const std::string longest_path = "unix:/" + std::string(106, 'p');
  for (const std::string& address :
       {std::string("127.0.0.1:8404"), std::string("host"), std::string("host.example.:65535"), std::string("a_b-c:1"),
        std::string("[::1]:80"), std::string("[fe80::1%eth0]:80"), std::string("[2001:db8::1]"),
        std::string("unix:/run/haproxy/admin.sock"), std::string("unix:/with space"), longest_path}) {
    const Config config = Good(Targets('"' + address + '"'));
    ASSERT_EQ(config.scrape_configs.size(), 1U);
    EXPECT_THAT(config.scrape_configs[0].static_configs.at(0).targets, ElementsAre(address));
  }
}

TEST(Targets, ThatAreNoAddressesSayWhatWouldBeRight) {
  const std::string path = "3:33: scrape_configs[0].static_configs[0].targets[0]: ";
  const std::string url = " must be host:port only; scheme and path go to scheme: and metrics_path:";
  const std::string none = " is not a target; write host:port or unix:/path";
  const std::vector<std::pair<std::string, std::string>> bad{
      {"", "must not be empty; write host:port or unix:/path"},
      {"http://x:1", "\"http://x:1\"" + url},
      {"https://x/metrics", "\"https://x/metrics\"" + url},
      {"x:1/metrics", "\"x:1/metrics\"" + url},
      {"/run/x.sock", "\"/run/x.sock\"" + url},
      {"a b:1", "\"a b:1\"" + none},
      {"user@x:1", "\"user@x:1\"" + none},
      {"x?y", "\"x?y\"" + none},
      {"x:0", "port \"0\" must be a number from 1 to 65535"},
      {"x:65536", "port \"65536\" must be a number from 1 to 65535"},
      {"x:", "port \"\" must be a number from 1 to 65535"},
      {"x:http", "port \"http\" must be a number from 1 to 65535"},
      {"x:80 ", "port \"80 \" must be a number from 1 to 65535"},
      {":80", "\":80\" has no host before the port"},
      {"::1", "\"::1\" needs brackets: [IPv6 address]:port"},
      {"[::1", "\"[::1\" is not [IPv6 address]:port"},
      {"[]:80", "\"[]:80\" is not [IPv6 address]:port"},
      {"[::1]80", "\"[::1]80\" is not [IPv6 address]:port"},
      {"unix:run/x.sock", "the path behind unix: must be absolute, as in unix:/run/haproxy/admin.sock"},
      {"unix:", "the path behind unix: must be absolute, as in unix:/run/haproxy/admin.sock"},
      {"unix:/" + std::string(107, 'p'), "the path behind unix: is longer than 107 bytes, the system's limit"},
  };
  for (const auto& [address, why] : bad) ExpectBad({{Targets('"' + address + '"'), {path + why}}});
  ExpectBad({{Targets("\"unix:/a\\nb\""), {path + "the path behind unix: holds a control character"}}});
}

TEST(Targets, LabelsAreCheckedByName) {
  const std::string path = "scrape_configs[0].static_configs[0].labels";
  ExpectBad({
      {JobText({"static_configs:", "  - targets: [a]", "    labels: {\"a-b\": x, 1a: y, __x-y: z, \"\": w}"}),
       {"5:18: " + path + ".a-b: is not a label name; use letters, digits and _, no digit first",
        "5:28: " + path + ".1a: is not a label name; use letters, digits and _, no digit first",
        "5:35: " + path + ".__x-y: is not a label name; use letters, digits and _, no digit first",
        "5:45: " + path + "[\"\"]: is not a label name; use letters, digits and _, no digit first"}},
      {JobText({"static_configs: [{targets: [a], labels: {x: [1]}}]"}),
       {"3:49: " + path + ".x: must be a single value, not a list"}},
  });
}

TEST(Targets, LabelsForRelabellingAreTaken) {
  const ScrapeConfig job = GoodJob({"static_configs: [{targets: [a], labels: {__metrics_path__: /x, __param_m: y}}]"});
  EXPECT_THAT(job.static_configs.at(0).labels,
              ElementsAre(testing::Pair("__metrics_path__", "/x"), testing::Pair("__param_m", "y")));
}

TEST(Targets, OfAJobWithRulesMayBeAnyText) {
  const ScrapeConfig job =
      GoodJob({"static_configs: [{targets: ['https://shop.example/']}]", "relabel_configs: [{target_label: a}]"});
  EXPECT_THAT(job.static_configs.at(0).targets, ElementsAre("https://shop.example/"));
}

TEST(Targets, LabelValuesAreAnyText) {
  const ScrapeConfig job =
      GoodJob({"static_configs: [{targets: [a], labels: {job: j, instance: i, n: 1, e: '', u: \"\\u00fc\\n\"}}]"});
  EXPECT_THAT(job.static_configs.at(0).labels,
              ElementsAre(testing::Pair("e", ""), testing::Pair("instance", "i"), testing::Pair("job", "j"),
                          testing::Pair("n", "1"), testing::Pair("u", "\xC3\xBC\n")));
}

TEST(Targets, WithTheSameLabelsAreRefused) {
  const std::string mix = ", their series would mix; remove one";
  const std::string first = " has the same labels as scrape_configs[0].static_configs[0].targets[0]" + mix;
  ExpectBad({
      {Targets("a:1, b:1, a:1"), {"3:43: scrape_configs[0].static_configs[0].targets[2]:" + first}},
      {JobText({"static_configs:", "  - targets: [a]", "    labels: {x: y, e: ''}", "  - targets: [b, a]",
                "    labels: {x: y}"}),
       {"6:22: scrape_configs[0].static_configs[1].targets[1]:" + first}},
      {JobText({"static_configs: [{targets: [a, b], labels: {instance: i}}]"}),
       {"3:36: scrape_configs[0].static_configs[0].targets[1]:" + first}},
      // Labels that relabelling alone sees, and one that is none.
      {JobText({"static_configs: [{targets: [a]}, {targets: [a], labels: {__metrics_path__: /x, job: ''}}]"}),
       {"3:49: scrape_configs[0].static_configs[1].targets[0]:" + first}},
      {"scrape_configs:\n  - job_name: x\n    static_configs: [{targets: [a]}]\n  - job_name: y\n"
       "    static_configs: [{targets: [a], labels: {job: x}}]\n",
       {"5:33: scrape_configs[1].static_configs[0].targets[0]:" + first}},
  });
}

TEST(Targets, OfOneAddressAreFineWhenTheirLabelsDiffer) {
  Good(JobText(
      {"static_configs: [{targets: [a], labels: {x: '1'}}, {targets: [a], labels: {x: '2'}}, {targets: [a]}]"}));
  Good(
      "scrape_configs:\n  - {job_name: x, static_configs: [{targets: [a]}]}\n"
      "  - {job_name: y, static_configs: [{targets: [a]}]}\n");
  // Names and values that only look alike when they are glued together.
  Good(JobText({"static_configs: [{targets: [a], labels: {x: yz}}, {targets: [a], labels: {xy: z}}]"}));
}

TEST(Targets, ManyWithLongLabelsStayCheap) {
  std::string text =
      "scrape_configs:\n  - job_name: a\n    static_configs:\n      - labels: {x: " + std::string(400'000, 'x') +
      "}\n        targets:\n";
  for (int i = 0; i < 20'000; ++i) text += "          - h" + std::to_string(i) + ":1\n";
  const Config config = Good(text);
  ASSERT_EQ(config.scrape_configs.size(), 1U);
  EXPECT_EQ(config.scrape_configs[0].static_configs.at(0).targets.size(), 20'000U);
}

}  // namespace
}  // namespace proxy_telemetry
