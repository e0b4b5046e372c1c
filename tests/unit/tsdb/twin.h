// Twin: the plainly right store. A map of vectors, and the contract's rules word for word; its partitions and open
// blocks are only an arithmetic of what is taken and what expires.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "contents.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

struct TwinRound {
  std::int64_t ts_ms;
  std::vector<TestSample> samples;
};

// Right for groups of at most kGroupSlotsMax series.
class Twin {
 public:
  Twin(std::string group_label, std::int64_t retention_ms, std::int64_t span_ms,
       std::size_t block_ticks = kBlockTicksDefault)
      : group_label_(std::move(group_label)),
        retention_ms_(retention_ms),
        span_ms_(span_ms),
        block_ticks_(block_ticks) {}

  AppendResult Append(std::vector<TwinRound> rounds);
  void Expire(std::int64_t now_ms);
  Contents Select(const Selection& selection) const;
  std::vector<std::string> LabelValues(const std::string& name, std::span<const Matcher> matchers) const;
  std::vector<std::string> LabelNames(std::span<const Matcher> matchers) const;
  std::vector<Labels> MatchingSeries(std::span<const Matcher> matchers) const;

  std::int64_t min_ts_ms() const;
  std::int64_t max_ts_ms() const;
  std::size_t series() const { return kept_.size(); }

 private:
  struct Group {
    std::int64_t closed_until_ms = INT64_MIN;
    bool is_open = false;
    std::int64_t start_ms = 0;  // of its partition
    std::int64_t last_ms = 0;
    std::size_t rows = 0;

    void Close();
  };

  std::int64_t SpanStart(std::int64_t ts_ms) const;
  std::string GroupOf(const Labels& labels) const { return std::string(labels.Get(group_label_)); }
  bool Take(Group& group, std::int64_t ts_ms, const std::map<Labels, double>& samples, AppendResult& result);

  const std::string group_label_;
  const std::int64_t retention_ms_;
  const std::int64_t span_ms_;
  const std::size_t block_ticks_;
  Contents kept_;
  std::map<std::string, Group> groups_;
};

}  // namespace proxy_telemetry::tsdb
