#include "host_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "proxies/snapshot_builder.h"

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;

using Requests = std::map<std::string, double>;

// A page on which each host has so many requests, all of class 2xx.
Snapshot PageOf(const Requests& requests) {
  SnapshotBuilder builder;
  for (const auto& [host, count] : requests) {
    builder.Add(ProxyMetric::kHttpRequests, {{"host", host}, {"code", "2xx"}}, count);
    builder.Add(ProxyMetric::kHttpRequestDuration, "_count", {{"host", host}}, count);
    builder.Add(ProxyMetric::kBackendsUp, {{"host", host}}, 1);
    builder.Add(ProxyMetric::kBackendUp, {{"host", host}, {"backend", "b"}}, 1);
  }
  return std::move(builder).Build();
}

// The samples of a metric by host.
Requests ByHost(const Snapshot& snapshot, const std::string& name) {
  Requests by_host;
  for (const SnapshotFamily& family : snapshot.families) {
    for (const SnapshotSample& sample : family.samples) {
      if (sample.name != name) continue;
      const auto host = std::find_if(sample.labels.begin(), sample.labels.end(),
                                     [](const Label& label) { return label.name == "host"; });
      EXPECT_TRUE(by_host.emplace(host->value, sample.value).second) << "twice: " << name << " of " << host->value;
    }
  }
  return by_host;
}

class HostLimitTest : public ::testing::Test {
 protected:
  void Limit(std::uint64_t limit, std::int64_t silence_ms = 0) { limit_->Configure(limit, silence_ms); }
  Requests Fold(const Requests& requests, std::int64_t now_ms = kNowMs) {
    last_ = PageOf(requests);
    folder_.Fold(now_ms, last_);
    return ByHost(last_, "proxy_http_requests_total");
  }

  std::shared_ptr<HostLimit> limit_ = std::make_shared<HostLimit>();
  HostFolder folder_{limit_};
  Snapshot last_;
};

TEST_F(HostLimitTest, LeavesAPageAloneThatHasNoMoreHostsThanAllowed) {
  Limit(2);
  EXPECT_EQ(Fold({{"a", 1}, {"b", 2}}), (Requests{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(limit_->folded(), 0);
}

TEST_F(HostLimitTest, WithoutALimitEveryHostStays) {
  Limit(0);
  EXPECT_EQ(Fold({{"a", 1}, {"b", 2}, {"c", 3}}).size(), 3U);
}

TEST_F(HostLimitTest, HostsBeyondTheLimitAreAddedUp) {
  Limit(1);
  Fold({{"a", 1}});
  EXPECT_EQ(Fold({{"a", 2}, {"b", 10}, {"c", 20}}), (Requests{{"a", 2}, {"_other", 30}}));
  EXPECT_EQ(limit_->folded(), 30);
  EXPECT_EQ(ByHost(last_, "proxy_http_request_duration_seconds_count"), (Requests{{"a", 2}, {"_other", 30}}));
  EXPECT_EQ(ByHost(last_, "proxy_backends_up"), (Requests{{"a", 1}, {"_other", 2}}));
  EXPECT_EQ(ByHost(last_, "proxy_backend_up"), (Requests{{"a", 1}})) << "backends of folded hosts have no series";
}

TEST_F(HostLimitTest, WhatTheProxyFoldedItselfIsInTheSameSum) {
  Limit(1);
  EXPECT_EQ(Fold({{"a", 1}, {"_other", 5}}), (Requests{{"a", 1}, {"_other", 0}}));
  EXPECT_EQ(Fold({{"a", 1}, {"_other", 7}, {"b", 10}}), (Requests{{"a", 1}, {"_other", 12}}));
  EXPECT_EQ(limit_->folded(), 10);
}

TEST_F(HostLimitTest, AFoldedHostThatGoesAwayOrIsResetLowersNothing) {
  Limit(1);
  Fold({{"a", 1}});
  Fold({{"a", 1}, {"b", 10}, {"c", 20}});
  EXPECT_EQ(Fold({{"a", 1}, {"b", 15}})["_other"], 35);
  EXPECT_EQ(Fold({{"a", 1}, {"b", 3}})["_other"], 38);
  EXPECT_EQ(Fold({{"a", 1}})["_other"], 38);
  EXPECT_EQ(Fold({{"a", 1}, {"c", 5}})["_other"], 43);
}

TEST_F(HostLimitTest, ASilentHostFreesItsPlaceForANewOne) {
  constexpr std::int64_t kSilenceMs = 1000;
  Limit(1, kSilenceMs);
  Fold({{"a", 7}}, kNowMs);
  EXPECT_EQ(Fold({{"a", 7}, {"b", 1}}, kNowMs + kSilenceMs - 1), (Requests{{"a", 7}, {"_other", 1}}));
  // b is folded as long as it is shown; c comes when a has been silent for long enough, whose count is not new.
  EXPECT_EQ(Fold({{"a", 7}, {"b", 2}, {"c", 4}}, kNowMs + kSilenceMs)["_other"], 2);
}

TEST_F(HostLimitTest, ABusyHostKeepsItsPlace) {
  constexpr std::int64_t kSilenceMs = 1000;
  Limit(1, kSilenceMs);
  Fold({{"a", 1}}, kNowMs);
  Fold({{"a", 2}}, kNowMs + 900);
  EXPECT_EQ(Fold({{"a", 2}, {"b", 1}}, kNowMs + 1000), (Requests{{"a", 2}, {"_other", 1}}));
}

TEST_F(HostLimitTest, TargetsOfAJobShareItsPlaces) {
  Limit(1);
  Fold({{"a", 1}});
  HostFolder other(limit_);
  Snapshot page = PageOf({{"b", 5}, {"a", 6}});
  other.Fold(kNowMs, page);
  EXPECT_EQ(ByHost(page, "proxy_http_requests_total"), (Requests{{"a", 6}, {"_other", 0}}));
}

// A page is what was counted since the proxy started: after a restart of ours that is no increase.
TEST_F(HostLimitTest, TheFirstPageOfARunIsNoIncrease) {
  Limit(1);
  EXPECT_EQ(Fold({{"a", 900}, {"b", 100}, {"c", 50}}), (Requests{{"a", 900}, {"_other", 0}}));
  EXPECT_EQ(Fold({{"a", 900}, {"b", 107}, {"c", 50}, {"d", 3}})["_other"], 10);
  EXPECT_EQ(limit_->folded(), 10);
}

TEST_F(HostLimitTest, TheBusiestHostsOfTheFirstPageGetThePlaces) {
  Limit(2);
  EXPECT_EQ(Fold({{"a", 1}, {"b", 100}, {"c", 50}, {"d", 2}}), (Requests{{"b", 100}, {"c", 50}, {"_other", 0}}));
}

TEST_F(HostLimitTest, AFoldedHostThatIsMissingForAPageGoesOn) {
  Limit(1);
  Fold({{"a", 1}});
  Fold({{"a", 1}, {"b", 1000}});
  Fold({{"a", 1}});
  EXPECT_EQ(Fold({{"a", 1}, {"b", 1002}})["_other"], 1002);
}

TEST_F(HostLimitTest, InventedNamesAreForgottenInTheEnd) {
  Limit(1);
  Fold({{"a", 1}});
  for (std::size_t i = 0; i < 3 * kFoldedGoneMax; ++i) {
    Fold({{"a", 1}, {"h" + std::to_string(i), 1}});
    ASSERT_LE(folder_.remembered(), kFoldedGoneMax + 10) << i;
  }
}

TEST_F(HostLimitTest, WhereOnlyBackendsCountTheirRequestsAreTheFoldedOnes) {
  Limit(1);
  const auto fold = [this](double of_b) {
    SnapshotBuilder builder;
    builder.Add(ProxyMetric::kBackendRequests, {{"host", "a"}, {"backend", "x"}}, 100);
    builder.Add(ProxyMetric::kBackendRequests, {{"host", "b"}, {"backend", "y"}}, of_b);
    Snapshot page = std::move(builder).Build();
    folder_.Fold(kNowMs, page);
    return ByHost(page, "proxy_backend_requests_total")["_other"];
  };
  EXPECT_EQ(fold(10), 0);
  EXPECT_EQ(fold(15), 5);
  EXPECT_EQ(limit_->folded(), 5);
}

// Whatever comes and goes, the increases of all series together are those of the page.
TEST_F(HostLimitTest, KeepsTheSumOfAllIncreases) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Limit(3);
  Requests page;
  Requests before_page;
  Requests before_shown;
  for (int round = 0; round < 500; ++round) {
    for (auto& [host, count] : page) count += static_cast<double>(random() % 5);
    if (random() % 3 == 0) page.emplace("h" + std::to_string(random() % 9), static_cast<double>(random() % 4));
    if (random() % 4 == 0 && !page.empty())
      page.erase(std::next(page.begin(), static_cast<int>(random() % page.size())));
    const Requests shown = Fold(page);
    const auto increase = [](const Requests& now, const Requests& before) {
      double sum = 0;
      for (const auto& [host, count] : now) {
        const auto old = before.find(host);
        sum += old == before.end() || count < old->second ? count : count - old->second;
      }
      return sum;
    };
    ASSERT_LE(shown.size(), 4U);
    const double expected = round == 0 ? increase(shown, before_shown) : increase(page, before_page);
    ASSERT_EQ(increase(shown, before_shown), expected) << "round " << round;
    // What is missing for a while goes on from its last value.
    const auto remember = [](const Requests& now, Requests& before) {
      for (const auto& [host, count] : now) before[host] = count;
    };
    remember(page, before_page);
    remember(shown, before_shown);
  }
}

}  // namespace
}  // namespace proxy_telemetry
