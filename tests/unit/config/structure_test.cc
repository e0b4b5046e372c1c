// Wrong kinds of nodes, unknown and missing keys, and the order of what is said about them.
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr const char* kJobKeysText =
    "unknown key; expected one of job_name, proxy, static_configs, scheme, metrics_path, params, basic_auth, "
    "authorization, tls_config, follow_redirects, headers, scrape_interval, scrape_timeout, sample_limit, label_limit, "
    "label_name_length_limit, label_value_length_limit, body_size_limit, honor_labels, hosts, host_limit, access_log, "
    "mapping, file_sd_configs, relabel_configs or metric_relabel_configs";

TEST(Structure, UnknownKeysAreNamedWithTheKnownOnes) {
  const std::string root = "unknown key; expected one of global, scrape_configs, storage or history";
  ExpectBad({
      {"rule_files: [a.yml]\nalerting: {}\nremote_write: []\n",
       {"1:1: rule_files: " + root, "2:1: alerting: " + root, "3:1: remote_write: " + root}},
      {"global: {evaluation_interval: 15s}\n",
       {"1:10: global.evaluation_interval: unknown key; expected one of scrape_interval, scrape_timeout or "
        "external_labels"}},
      {JobText({"metrics_paht: /x"}), {std::string("3:5: scrape_configs[0].metrics_paht: ") + kJobKeysText}},
      {"history: {agregate: first}\n", {"1:11: history.agregate: unknown key; expected aggregate"}},
      {"storage: {tsdb: x}\n", {"1:11: storage.tsdb: unknown key; expected one of path, retention or max_size"}},
      {JobText({"hosts: [{match: a, host: b, to: c}]"}),
       {"3:33: scrape_configs[0].hosts[0].to: unknown key; expected one of match or host"}},
  });
}

TEST(Structure, PathsQuoteKeysThatAreNoPlainWords) {
  const std::string root = "unknown key; expected one of global, scrape_configs, storage or history";
  const std::string long_key(500, 'k');
  ExpectBad({
      {"a.b: 1\n", {"1:1: [\"a.b\"]: " + root}},
      {"\"x\\ny\\e\": 1\n", {"1:1: [\"x?y?\"]: " + root}},
      {"'': 1\n", {"1:1: [\"\"]: " + root}},
      {long_key + ": 1\n", {"1:1: [\"" + long_key.substr(0, 80) + "...\"]: " + root}},
  });
}

TEST(Structure, WrongKindsSayWhatIsThereAndWhatShouldBe) {
  ExpectBad({
      {"just text\n", {"1:1: must be a map of keys, not a single value"}},
      {"- a\n", {"1:1: must be a map of keys, not a list"}},
      {"global: 15s\n", {"1:9: global: must be a map of keys, not a single value"}},
      {"scrape_configs: {job_name: a}\n", {"1:17: scrape_configs: must be a list, not a map of keys"}},
      {"scrape_configs: [edge]\n", {"1:18: scrape_configs[0]: must be a map of keys, not a single value"}},
      {"storage: {path: [a, b]}\n", {"1:17: storage.path: must be a single value, not a list"}},
      {"storage: {retention: 30d}\n", {"1:22: storage.retention: must be a map of keys, not a single value"}},
      {"storage: {retention: {raw: {a: b}}}\n",
       {"1:28: storage.retention.raw: must be a single value, not a map of keys"}},
      {JobText({"static_configs: {targets: [a]}"}),
       {"3:21: scrape_configs[0].static_configs: must be a list, not a map of keys"}},
      {JobText({"static_configs: [{targets: a:1}]"}),
       {"3:32: scrape_configs[0].static_configs[0].targets: must be a list, not a single value"}},
      {JobText({"static_configs: [{targets: [a], labels: [x]}]"}),
       {"3:45: scrape_configs[0].static_configs[0].labels: must be a map of keys, not a list"}},
      {JobText({"params: {a: b}"}), {"3:17: scrape_configs[0].params.a: must be a list, not a single value"}},
      {JobText({"hosts: {be: x}"}), {"3:12: scrape_configs[0].hosts: must be a list, not a map of keys"}},
      {JobText({"basic_auth: reader:pw"}),
       {"3:17: scrape_configs[0].basic_auth: must be a map of keys, not a single value"}},
      {JobText({"authorization: [x]"}), {"3:20: scrape_configs[0].authorization: must be a map of keys, not a list"}},
      {JobText({"tls_config: true"}),
       {"3:17: scrape_configs[0].tls_config: must be a map of keys, not a single value"}},
      {JobText({"headers: [X]"}), {"3:14: scrape_configs[0].headers: must be a map of keys, not a list"}},
      {JobText({"headers: {X: [a]}"}), {"3:18: scrape_configs[0].headers.X: must be a single value, not a list"}},
      {JobText({"headers: {X: {values: a}}"}),
       {"3:27: scrape_configs[0].headers.X.values: must be a list, not a single value"}},
  });
}

TEST(Structure, AbsentValuesAreReportedAtTheirKey) {
  ExpectBad({
      {"global:\nscrape_configs:\nstorage: {path: a}\n",
       {"1:1: global: has no value; write a map of keys, or remove it",
        "2:1: scrape_configs: has no value; write a list, or remove it"}},
      {"storage:\n  path:\n\n\n", {"2:3: storage.path: has no value; write a single value, or remove it"}},
      {"storage:\n  path: null\n", {"2:3: storage.path: has no value; write a single value, or remove it"}},
      {JobText({"hosts: ~"}), {"3:5: scrape_configs[0].hosts: has no value; write a list, or remove it"}},
      {"scrape_configs:\n  -\n  - job_name: a\n  -\n\n",
       {"2:3: scrape_configs[0]: has no value; write a map of keys, or remove it",
        "4:3: scrape_configs[2]: has no value; write a map of keys, or remove it"}},
      {JobText({"static_configs: [{targets: [null, a, ]}]"}),
       {"3:33: scrape_configs[0].static_configs[0].targets[0]: has no value; write a single value, or remove it"}},
  });
}

TEST(Structure, MissingKeysAreReportedAtTheMapThatLacksThem) {
  ExpectBad({
      {"scrape_configs:\n  - proxy: agbero\n", {"2:5: scrape_configs[0].job_name: required, but missing"}},
      {"scrape_configs: [{}]\n", {"1:18: scrape_configs[0].job_name: required, but missing"}},
      {"storage:\n  retention: {}\n", {"2:14: storage.retention.raw: required, but missing"}},
      {JobText({"static_configs:", "  - labels: {a: b}"}),
       {"4:9: scrape_configs[0].static_configs[0].targets: required, but missing"}},
      {JobText({"hosts: [{match: a}, {host: b}]"}),
       {"3:13: scrape_configs[0].hosts[0].host: required, but missing",
        "3:25: scrape_configs[0].hosts[1].match: required, but missing"}},
  });
}

TEST(Structure, ExternalLabelsAreRefusedUntilThereIsAnOutsideAndCheckedAllTheSame) {
  const std::string not_yet = ": not supported yet; remove it until a later version has it";
  ExpectBad({
      {"global: {external_labels: {}}\n", {"1:10: global.external_labels" + not_yet}},
      {"global: {external_labels: {a-b: c, __d: e}}\n",
       {"1:10: global.external_labels" + not_yet,
        "1:28: global.external_labels.a-b: is not a label name; use letters, digits and _, no digit first",
        "1:36: global.external_labels.__d: is reserved; label names must not start with __"}},
      // Of the documented example that is all.
      {ReadFixture("contract.yml"), {"4:3: global.external_labels" + not_yet}},
  });
}

TEST(Structure, JobNamesAreUniqueAndNotEmpty) {
  ExpectBad({
      {"scrape_configs: [{job_name: a}, {job_name: b}, {job_name: a}]\n",
       {"1:59: scrape_configs[2].job_name: \"a\" is the name of scrape_configs[0] too; each job needs its own"}},
      {"scrape_configs: [{job_name: ''}, {job_name: \"\"}]\n",
       {"1:29: scrape_configs[0].job_name: must not be empty", "1:45: scrape_configs[1].job_name: must not be empty"}},
  });
}

TEST(Structure, AllErrorsComeInOneGoInFileOrder) {
  const std::vector<std::string> errors = Errors(ReadFixture("all_wrong.yml"));
  EXPECT_THAT(
      errors,
      ElementsAre("3:9: storage.path: must not be empty",
                  "4:3: storage.retantion: unknown key; expected one of "
                  "path, retention or max_size",
                  "7:7: scrape_configs[0].scrape_interval: duplicate key; give it once",
                  "8:23: scrape_configs[0].scrape_timeout: 20s is longer than the scrape_interval, 10s; make it "
                  "that or less",
                  "10:21: scrape_configs[0].static_configs[0].targets[0]: \"http://a:1/x\" must be host:port "
                  "only; scheme and path go to scheme: and metrics_path:",
                  "10:43: scrape_configs[0].static_configs[0].targets[2]: port \"99999\" must be a number from "
                  "1 to 65535",
                  "11:5: scrape_configs[1].job_name: required, but missing",
                  "11:12: scrape_configs[1].proxy: \"squid\" is not a known proxy; use auto, openmetrics, "
                  "haproxy, agbero, nginx, angie, caddy, traefik, envoy or apache",
                  "13:20: global.scrape_interval: must be longer than 0",
                  "14:22: history.aggregate: must be first, last, max or avg, not \"median\""));
}

TEST(Structure, MoreErrorsThanTheLimitAreCutAndSaidSo) {
  std::string text = "global:\n";
  for (int i = 0; i < 1500; ++i) text += "  k" + std::to_string(i) + ": 1\n";
  const std::vector<std::string> errors = Errors(text);
  ASSERT_THAT(errors, SizeIs(1001));
  EXPECT_EQ(errors[0],
            "2:3: global.k0: unknown key; expected one of scrape_interval, scrape_timeout or external_labels");
  EXPECT_EQ(errors.back(), "1001:3: more than 1000 errors; the rest is not shown");
}

}  // namespace
}  // namespace proxy_telemetry
