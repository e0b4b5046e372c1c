// Keys whose function is not there yet: refused, never ignored, and checked all the same.
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

const std::string kNotYet = ": not supported yet; remove it until a later version has it";

TEST(LaterKeys, OfTheDocumentedExampleAreRefusedAndNothingElseOfIt) {
  EXPECT_THAT(
      Errors(ReadFixture("contract.yml")),
      testing::ElementsAre("4:3: global.external_labels" + kNotYet, "17:5: scrape_configs[0].host_limit" + kNotYet,
                           "20:12: scrape_configs[1].proxy: \"nginx\" is not supported yet; use auto, "
                           "openmetrics, haproxy or agbero",
                           "21:5: scrape_configs[1].access_log" + kNotYet));
}

TEST(LaterKeys, AreAllRefused) {
  ExpectBadJobs({
      {{"host_limit: 1"}, {"3:5: scrape_configs[0].host_limit" + kNotYet}},
      {{"access_log: {file: /x, format: json}"}, {"3:5: scrape_configs[0].access_log" + kNotYet}},
      {{"file_sd_configs: [{files: [a.json], refresh_interval: 5m}]"},
       {"3:5: scrape_configs[0].file_sd_configs" + kNotYet}},
      {{"relabel_configs: [{source_labels: [a], regex: '(.*)', target_label: b, replacement: $1, action: replace}]"},
       {"3:5: scrape_configs[0].relabel_configs" + kNotYet}},
      {{"metric_relabel_configs: []"}, {"3:5: scrape_configs[0].metric_relabel_configs" + kNotYet}},
  });
  for (const std::string proxy : {"nginx", "angie", "caddy", "traefik", "envoy", "apache"}) {
    ExpectBadJobs({{{"proxy: " + proxy},
                    {"3:12: scrape_configs[0].proxy: \"" + proxy +
                     "\" is not supported yet; use auto, openmetrics, haproxy or agbero"}}});
  }
}

TEST(LaterKeys, AreCheckedAsIfTheyWereThere) {
  ExpectBadJobs({
      {{"host_limit: many"},
       {"3:5: scrape_configs[0].host_limit" + kNotYet,
        "3:17: scrape_configs[0].host_limit: must be a whole number such as 1000, not \"many\""}},
      {{"access_log: {listen: tcp:1, file: x, fromat: json}", "static_configs: []"},
       {"3:5: scrape_configs[0].access_log" + kNotYet,
        "3:26: scrape_configs[0].access_log.listen: must be unixgram:/path or udp://host:port, not \"tcp:1\"",
        "3:33: scrape_configs[0].access_log.file: excludes listen; keep one of them",
        "3:42: scrape_configs[0].access_log.fromat: unknown key; expected one of listen, file or format",
        "4:5: scrape_configs[0].static_configs: excludes access_log; keep one of them"}},
      {{"file_sd_configs: [{refresh_interval: 0}]"},
       {"3:5: scrape_configs[0].file_sd_configs" + kNotYet,
        "3:23: scrape_configs[0].file_sd_configs[0].files: required, but missing",
        "3:42: scrape_configs[0].file_sd_configs[0].refresh_interval: must be longer than 0"}},
      {{"relabel_configs: [{regex: '(', action: repalce}]"},
       {"3:5: scrape_configs[0].relabel_configs" + kNotYet,
        "3:31: scrape_configs[0].relabel_configs[0].regex: \"(\" is not a regular expression: \"missing ): (\"",
        "3:44: scrape_configs[0].relabel_configs[0].action: must be replace, lowercase, uppercase, keep, drop, "
        "keepequal, dropequal, hashmod, labelmap, labeldrop or labelkeep, not \"repalce\""}},
  });
  ExpectBad({
      {"global: {external_labels: {a-b: c}}\n",
       {"1:10: global.external_labels" + kNotYet,
        "1:28: global.external_labels.a-b: is not a label name; use letters, digits and _, no digit first"}},
  });
}

}  // namespace
}  // namespace proxy_telemetry
