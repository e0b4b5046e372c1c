#include "target_spec.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace proxy_telemetry {
namespace {

ScrapeConfig JobOf(std::vector<std::string> targets, ProxyKind proxy = ProxyKind::kOpenMetrics) {
  ScrapeConfig job;
  job.job_name = "edge";
  job.proxy = proxy;
  job.static_configs.push_back({std::move(targets), {}});
  return job;
}

RelabelRule Replace(std::vector<std::string> sources, std::string regex, std::string target, std::string replacement) {
  RelabelRule rule;
  rule.source_labels = std::move(sources);
  rule.regex = std::move(regex);
  rule.target_label = std::move(target);
  rule.replacement = std::move(replacement);
  return rule;
}

RelabelRule Set(std::string target, std::string value) {
  return Replace({}, "(.*)", std::move(target), std::move(value));
}

TargetSet Made(std::vector<ScrapeConfig> jobs, const DiscoveredGroups& discovered = {}) {
  Config config;
  config.scrape_configs = std::move(jobs);
  return TargetsOf(config, discovered);
}

TargetSpec Only(const ScrapeConfig& job) {
  TargetSet set = Made({job});
  EXPECT_EQ(set.targets.size(), 1U);
  return set.targets.empty() ? TargetSpec{std::make_shared<ScrapeConfig>(), "", {}, {}} : set.targets.front();
}

TEST(TargetSpec, KnowsWhatPrometheusKnowsBeforeRelabelling) {
  ScrapeConfig job = JobOf({"h:1"});
  job.params = {{"b", "2"}, {"a", "1"}, {"b", "3"}};
  job.static_configs[0].labels = {{"rack", "a3"}};
  const TargetSpec spec = Only(job);
  EXPECT_EQ(spec.discovered.ToString(),
            R"({__address__="h:1",__metrics_path__="/metrics",__param_a="1",__param_b="2",__scheme__="http",)"
            R"(__scrape_interval__="1m",__scrape_timeout__="10s",job="edge",rack="a3"})");
  EXPECT_EQ(spec.labels.ToString(), R"({instance="h:1",job="edge",rack="a3"})");
  using Params = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(spec.config->params, (Params{{"a", "1"}, {"b", "2"}, {"b", "3"}}));
}

TEST(TargetSpec, APathIsOnlyThereWhereOneIsKnown) {
  const TargetSpec spec = Only(JobOf({"h:1"}, ProxyKind::kAuto));
  EXPECT_FALSE(spec.discovered.Has("__metrics_path__"));
  EXPECT_EQ(spec.config->metrics_path, std::nullopt) << "the reader may search";
  ScrapeConfig job = JobOf({"h:1"}, ProxyKind::kHaproxy);
  job.metrics_path = "/admin?stats";
  EXPECT_EQ(Only(job).discovered.Get("__metrics_path__"), "/admin?stats");
  EXPECT_EQ(Only(job).config->metrics_path, "/admin?stats");
}

TEST(TargetSpec, LabelsOfAGroupDecideLikeRelabelledOnes) {
  ScrapeConfig job = JobOf({"h:1"}, ProxyKind::kAuto);
  job.static_configs[0].labels = {{"__scheme__", "https"},
                                  {"__metrics_path__", "x y"},
                                  {"__scrape_interval__", "5s"},
                                  {"__scrape_timeout__", "2s"},
                                  {"__param_q", "v"},
                                  {"job", "own"},
                                  {"instance", "named"},
                                  {"__secret", "s"}};
  const TargetSpec spec = Only(job);
  EXPECT_EQ(spec.config->scheme, "https");
  EXPECT_EQ(spec.config->metrics_path, "/x%20y");
  EXPECT_EQ(spec.config->scrape_interval_ms, 5000);
  EXPECT_EQ(spec.config->scrape_timeout_ms, 2000);
  ASSERT_EQ(spec.config->params.size(), 1U);
  EXPECT_EQ(spec.config->params[0], (std::pair<std::string, std::string>("q", "v")));
  EXPECT_EQ(spec.labels.ToString(), R"({instance="named",job="own"})");
  EXPECT_EQ(spec.config->job_name, "edge");
}

TEST(TargetSpec, RelabellingDecidesWhereAndHow) {
  ScrapeConfig job = JobOf({"shop.example"});
  job.params = {{"target", "old"}, {"target", "second"}};
  job.relabel_configs = {Replace({"__address__"}, "(.*)", "__param_target", "$1"),
                         Replace({"__param_target"}, "(.*)", "instance", "$1"), Set("__address__", "127.0.0.1:9115"),
                         Set("__metrics_path__", "/probe"), Set("__tmp", "x")};
  const TargetSpec spec = Only(job);
  EXPECT_EQ(spec.address, "127.0.0.1:9115");
  EXPECT_EQ(spec.config->metrics_path, "/probe");
  EXPECT_EQ(spec.config->params[0].second, "shop.example");
  EXPECT_EQ(spec.config->params[1].second, "second");
  EXPECT_EQ(spec.labels.ToString(), R"({instance="shop.example",job="edge"})");
}

TEST(TargetSpec, APathThatRelabellingTookAwayIsTheRoot) {
  ScrapeConfig job = JobOf({"h:1"});
  job.relabel_configs = {Set("__metrics_path__", "")};
  EXPECT_EQ(Only(job).config->metrics_path, "/");
}

TEST(TargetSpec, TargetsWithTheSameSettingsShareThem) {
  ScrapeConfig job = JobOf({"a:1", "b:1", "c:1"});
  job.relabel_configs = {Replace({"__address__"}, "c:.*", "__scheme__", "https")};
  const TargetSet set = Made({job});
  ASSERT_EQ(set.targets.size(), 3U);
  EXPECT_EQ(set.targets[0].config, set.targets[1].config);
  EXPECT_NE(set.targets[0].config, set.targets[2].config);
  EXPECT_TRUE(set.targets[0].config->static_configs.empty()) << "a target does not carry all the others";
}

TEST(TargetSpec, ADroppedTargetIsKeptForPeople) {
  ScrapeConfig job = JobOf({"a:1", "b:1"});
  RelabelRule drop = Replace({"__address__"}, "a.*", "", "$1");
  drop.action = RelabelAction::kDrop;
  job.relabel_configs = {drop};
  const TargetSet set = Made({job});
  ASSERT_EQ(set.targets.size(), 1U);
  EXPECT_EQ(set.targets[0].address, "b:1");
  ASSERT_EQ(set.dropped.size(), 1U);
  EXPECT_EQ(set.dropped[0].discovered.Get("__address__"), "a:1");
  EXPECT_EQ(set.dropped[0].error, "");
}

TEST(TargetSpec, WhatPrometheusLeavesOutIsDroppedWithItsReason) {
  const auto error = [](const RelabelRule& rule) {
    ScrapeConfig job = JobOf({"h:1"});
    job.relabel_configs = {rule};
    const TargetSet set = Made({job});
    EXPECT_TRUE(set.targets.empty() && set.refused.empty());
    return set.dropped.size() == 1 ? set.dropped[0].error : "not dropped";
  };
  EXPECT_EQ(error(Set("__address__", "")), "relabelling left no __address__");
  EXPECT_NE(error(Set("__address__", "http://h:1/x")).find("must be host:port only"), std::string::npos);
  EXPECT_NE(error(Set("__scrape_interval__", "soon")).find("__scrape_interval__"), std::string::npos);
  EXPECT_EQ(error(Set("__scrape_timeout__", "0s")), "__scrape_timeout__ must be above 0");
  EXPECT_EQ(error(Set("__scrape_timeout__", "2m")), "__scrape_timeout__ 2m is longer than __scrape_interval__ 1m");
}

TEST(TargetSpec, WhatCannotBeScrapedIsRefusedAndShown) {
  for (const auto& [label, value] : {std::pair("__address__", "h:99999"), std::pair("__scheme__", "ftp")}) {
    ScrapeConfig job = JobOf({"h:1"});
    job.relabel_configs = {Set(label, value)};
    const TargetSet set = Made({job});
    EXPECT_TRUE(set.targets.empty() && set.dropped.empty());
    ASSERT_EQ(set.refused.size(), 1U);
    EXPECT_NE(set.refused[0].reason.message().find(label), std::string::npos);
  }
}

TEST(TargetSpec, TheSameTargetTwiceIsOne) {
  const TargetSet set = Made({JobOf({"a:1"})}, {{"edge", {{{"a:1"}, {{"__meta_filepath", "/f.yml"}}}, {{"b:1"}, {}}}}});
  ASSERT_EQ(set.targets.size(), 2U);
  EXPECT_EQ(set.targets[1].address, "b:1");
  EXPECT_TRUE(set.refused.empty());
}

TEST(TargetSpec, OfTwoTargetsWithTheSameLabelsTheSecondIsRefused) {
  ScrapeConfig job = JobOf({"a:1", "b:1"});
  job.relabel_configs = {Set("instance", "same")};
  const TargetSet set = Made({job});
  ASSERT_EQ(set.targets.size(), 1U);
  EXPECT_EQ(set.targets[0].address, "a:1");
  ASSERT_EQ(set.refused.size(), 1U);
  EXPECT_EQ(set.refused[0].spec.address, "b:1");
  EXPECT_NE(set.refused[0].reason.message().find("same labels"), std::string::npos);
}

TEST(TargetSpec, DiscoveredGroupsBelongToTheirJobAlone) {
  ScrapeConfig other = JobOf({});
  other.job_name = "other";
  const TargetSet set = Made({JobOf({}), other}, {{"other", {{{"x:1"}, {{"rack", "a"}}}}}});
  ASSERT_EQ(set.targets.size(), 1U);
  EXPECT_EQ(set.targets[0].labels.ToString(), R"({instance="x:1",job="other",rack="a"})");
}

TEST(TargetSpec, IdentityIsWhatARunningTargetDependsOn) {
  const ScrapeConfig job = JobOf({"h:1"});
  const std::string identity = Only(job).Identity();
  EXPECT_EQ(Only(job).Identity(), identity);

  ScrapeConfig more = job;
  more.static_configs[0].targets.push_back("other:1");
  more.static_configs[0].labels["__meta"] = "seen anew";
  EXPECT_EQ(Made({more}).targets[0].Identity(), identity) << "neither other targets nor meta labels matter";

  std::vector<ScrapeConfig> changed(8, job);
  changed[0].metric_relabel_configs = {Set("a", "b")};
  changed[1].mapping.emplace();
  changed[2].host_limit = 7;
  changed[3].static_configs[0].labels["rack"] = "a3";
  changed[4].relabel_configs = {Set("__scheme__", "https")};
  changed[5].sample_limit = 5;
  changed[6].params = {{"a", "b"}};
  changed[7].scrape_timeout_ms = 1;
  for (const ScrapeConfig& one : changed) EXPECT_NE(Only(one).Identity(), identity);

  ScrapeConfig mapped = changed[1];
  mapped.mapping->requests.push_back({"m", "", "", "", {{"a", "b"}}, "", 1});
  EXPECT_NE(Only(mapped).Identity(), Only(changed[1]).Identity());
}

TEST(TargetSpec, TargetsAreBounded) {
  std::vector<std::string> targets;
  for (std::size_t i = 0; i <= kTargetsMax; ++i) targets.push_back("h" + std::to_string(i));
  const TargetSet set = Made({JobOf(targets)});
  EXPECT_EQ(set.targets.size(), kTargetsMax);
  ASSERT_EQ(set.dropped.size(), 1U);
  EXPECT_EQ(set.dropped[0].error, "there are more than 100000 targets");
}

TEST(TargetSpec, DroppedTargetsAreBounded) {
  std::vector<std::string> targets;
  for (std::size_t i = 0; i < kDroppedTargetsMax + 5; ++i) targets.push_back("h" + std::to_string(i));
  ScrapeConfig job = JobOf(targets);
  RelabelRule drop;
  drop.action = RelabelAction::kDrop;
  job.relabel_configs = {drop};
  EXPECT_EQ(Made({job}).dropped.size(), kDroppedTargetsMax);
}

}  // namespace
}  // namespace proxy_telemetry
