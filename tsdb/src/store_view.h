// StoreView and its cursor: reading. See tsdb/store.h for the contract.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/series_index.h"
#include "group_reader.h"
#include "read_ahead.h"
#include "store_state.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

class StoreView final : public View {
 public:
  // The index must outlive it.
  StoreView(const SeriesIndex& index, std::shared_ptr<const StoreState> state)
      : index_(index), state_(std::move(state)) {}

  std::unique_ptr<SeriesCursor> Select(const Selection& selection) const override;
  std::vector<std::string> LabelValues(std::string_view name, std::span<const Matcher> matchers) const override;
  std::vector<std::string> LabelNames(std::span<const Matcher> matchers) const override;
  std::vector<Labels> MatchingSeries(std::span<const Matcher> matchers) const override;
  std::uint64_t series_generation() const override { return state_->series_generation; }

 private:
  const SeriesIndex& index_;
  const std::shared_ptr<const StoreState> state_;
};

// Reads the selected series of one group after the other, so that its memory is bounded by what a group can hold, or
// by that and what ReadAhead may have waiting.
class StoreCursor final : public SeriesCursor {
 public:
  StoreCursor(const StoreState& state, const Selection& selection, std::vector<SelectedGroup> groups);

  bool Next() override;
  const Labels& labels() const override;
  std::string_view label(std::string_view name) const override;
  std::span<const Point> points() const override { return of_group()[position_].points(); }
  Status status() const override;

 private:
  const std::vector<PointBuffer>& of_group() const { return ahead_ ? ahead_->points() : reader_->points(); }
  bool NextGroup();

  const Selection selection_;
  const std::vector<SelectedGroup> groups_;
  // One of them, the latter where there are many groups; none when there are too many series.
  std::optional<GroupReader> reader_;
  std::optional<ReadAhead> ahead_;
  Status too_many_;
  std::size_t next_group_ = 0;
  std::size_t position_ = 0;
  bool in_group_ = false;
  mutable std::optional<Labels> labels_;  // of the series at position_, once asked for
};

}  // namespace proxy_telemetry::tsdb
