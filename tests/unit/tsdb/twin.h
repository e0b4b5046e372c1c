// Twin: the plainly right store. A map of vectors, and the contract's rules word for word; its partitions are only
// an arithmetic of expiry.
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
  Twin(std::string group_label, std::int64_t retention_ms, std::int64_t span_ms)
      : group_label_(std::move(group_label)), retention_ms_(retention_ms), span_ms_(span_ms) {}

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
  std::int64_t SpanStart(std::int64_t ts_ms) const;

  const std::string group_label_;
  const std::int64_t retention_ms_;
  const std::int64_t span_ms_;
  Contents kept_;
};

}  // namespace proxy_telemetry::tsdb
