// FakeStore: series in a plain vector behind tsdb::View, and a clock that stands still.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/labels.h"
#include "tsdb/store.h"

namespace proxy_telemetry::history_test {

struct FakeSeries {
  Labels labels;
  std::vector<tsdb::Point> points;
};

class FakeStore : public tsdb::View {
 public:
  // One point; times per series ascend.
  void Add(const Labels& labels, std::int64_t ts_ms, double value);
  // {"__name__", name, "job", "j", "instance", "i", "host", "h"} plus `more`, at seconds `ts_s`.
  void Add(std::string_view name, std::vector<Label> more, std::int64_t ts_s, double value);

  std::unique_ptr<tsdb::SeriesCursor> Select(const tsdb::Selection& selection) const override;
  std::vector<std::string> LabelValues(std::string_view name, std::span<const tsdb::Matcher> matchers) const override;
  std::vector<std::string> LabelNames(std::span<const tsdb::Matcher> matchers) const override;
  std::vector<Labels> MatchingSeries(std::span<const tsdb::Matcher> matchers) const override;

  std::uint64_t series_generation() const override { return generation; }

  const std::vector<FakeSeries>& series() const { return series_; }
  std::uint64_t generation = 0;
  // What every cursor says at its end.
  Status cursor_status;
  mutable int select_count = 0;
  mutable std::int64_t earliest_start_ms = std::numeric_limits<std::int64_t>::max();

 private:
  std::vector<FakeSeries> series_;
};

class FakeClock : public Clock {
 public:
  explicit FakeClock(std::int64_t wall_ms) : wall_ms_(wall_ms) {}
  std::int64_t WallMs() const override { return wall_ms_; }
  std::int64_t SteadyUs() const override { return 0; }

 private:
  std::int64_t wall_ms_;
};

}  // namespace proxy_telemetry::history_test
