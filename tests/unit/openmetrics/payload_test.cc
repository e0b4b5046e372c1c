// Pages of real programs are taken, with all their samples and metadata.
#include <gtest/gtest.h>

#include "payloads.h"
#include "recording_sink.h"

namespace proxy_telemetry {
namespace {

TEST(Payloads, AreTakenWithAllTheirSamples) {
  for (const Payload& payload : LoadPayloads()) {
    const ParsedPage page = Parse(payload.format, payload.body);
    ASSERT_TRUE(page.status.ok()) << payload.file << ": " << page.status.message();
    EXPECT_EQ(page.samples.size(), payload.samples) << payload.file;
    for (const RecordedSample& sample : page.samples) {
      EXPECT_TRUE(page.families.contains(sample.family)) << payload.file << ": " << sample;
      // All of these programs declare what they send.
      EXPECT_FALSE(page.families.at(sample.family).help.empty()) << payload.file << ": " << sample;
    }
  }
}

TEST(Payloads, KeepHaproxysCountersWithTheirFamily) {
  for (const Payload& payload : LoadPayloads()) {
    if (payload.file != "haproxy26-metrics.prom") continue;
    const ParsedPage page = Parse(payload.format, payload.body);
    const MetricFamily family{"haproxy_backend_http_responses_total", MetricType::kCounter,
                              "Total number of HTTP responses with status 100-199 returned by this object since the "
                              "worker process started"};
    EXPECT_EQ(page.families.at("haproxy_backend_http_responses_total"), family);
    const RecordedSample sample{family.name, family.name, Labels({{"proxy", "be_shop"}, {"code", "2xx"}}), 0};
    std::size_t found = 0;
    for (RecordedSample seen : page.samples) {
      seen.value = 0;
      found += seen == sample ? 1 : 0;
    }
    EXPECT_EQ(found, 1U);
  }
}

TEST(Payloads, ComeThroughKnownSeriesTheSecondTime) {
  for (const Payload& payload : LoadPayloads()) {
    RecordingSink sink;
    ASSERT_TRUE(FeedPage(payload.format, payload.body, sink).ok()) << payload.file;
    const std::vector<RecordedSample> first = sink.samples;
    const FamilyMap families = sink.families;
    sink.StartPage();
    ASSERT_TRUE(FeedPage(payload.format, payload.body, sink).ok()) << payload.file;
    EXPECT_EQ(sink.samples, first) << payload.file;
    EXPECT_EQ(sink.known, payload.samples) << payload.file;
    // What a page declares is told again; families that only samples bring about are not.
    for (const auto& [name, family] : sink.families) EXPECT_EQ(family, families.at(name)) << payload.file;
    EXPECT_TRUE(sink.faults.empty()) << sink.faults.front();
  }
}

}  // namespace
}  // namespace proxy_telemetry
