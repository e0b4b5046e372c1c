// RoundBuilder: takes one page of a target, sample by sample, and makes a TargetRound of it.
//
// One per attempt to read a page; the SeriesTable outlives it. Single thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "exporter/page_sink.h"
#include "exporter/round.h"
#include "series_table.h"

namespace proxy_telemetry {

// What a scrape is about besides its samples.
struct ScrapeFacts {
  TargetId target = 0;
  std::int64_t ts_ms = 0;
  double duration_seconds = 0;
  bool up = false;
  double last_success_seconds = 0;  // Unix time of the last good scrape, this one included; 0 = never
};

class RoundBuilder final : public PageSink {
 public:
  // `stamp` differs from every earlier one given with this table. `sample_limit` 0 = none.
  RoundBuilder(SeriesTable& table, std::uint64_t stamp, std::uint64_t sample_limit);

  FamilyId AddFamily(const MetricFamily& family) override;
  bool AddKnown(std::string_view raw, double value) override;
  Status AddSeries(std::string_view raw, FamilyId family, std::string_view name, std::span<const LabelView> labels,
                   double value) override;

  // A sample of a series of the table; `shown`: on /metrics too. False where it is dropped, or a second one.
  bool AddIndexed(std::uint32_t index, double value, bool shown);

  // Samples beyond the first of their series in this round.
  std::uint64_t duplicates() const { return duplicates_; }
  // Samples kept, and those that relabelling dropped.
  std::size_t samples() const { return samples_.size(); }
  std::size_t dropped() const { return dropped_; }
  // Fails when the page had more samples than sample_limit, second ones of a series included, dropped ones not.
  Status CheckSampleLimit() const;

  // The round of a page that was read whole.
  std::shared_ptr<const TargetRound> Finish(const ScrapeFacts& facts) &&;
  // The round of a failed scrape: nothing but what is known about the target.
  static std::shared_ptr<const TargetRound> Failed(SeriesTable& table, const ScrapeFacts& facts);

 private:
  void Take(std::uint32_t index, double value);

  SeriesTable& table_;
  const std::uint64_t stamp_;
  const std::uint64_t sample_limit_;
  std::uint64_t duplicates_ = 0;
  std::size_t dropped_ = 0;
  std::vector<ScrapedSample> samples_;
  std::vector<ScrapedSample> unshown_;
};

}  // namespace proxy_telemetry
