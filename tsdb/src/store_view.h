// StoreView and its cursor: reading. See tsdb/store.h for the contract.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store_impl.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

class StoreView final : public View {
 public:
  // `incomplete`: not ok when the store has samples that cannot be read now.
  StoreView(const StoreImpl& store, std::uint64_t version, Status incomplete, std::vector<PartitionView> partitions)
      : store_(store), version_(version), incomplete_(std::move(incomplete)), partitions_(std::move(partitions)) {}

  std::unique_ptr<SeriesCursor> Select(const Selection& selection) const override;
  std::vector<std::string> LabelValues(std::string_view name, std::span<const Matcher> matchers) const override;
  std::vector<std::string> LabelNames(std::span<const Matcher> matchers) const override;
  std::vector<Labels> MatchingSeries(std::span<const Matcher> matchers) const override;

  const StoreImpl& store() const { return store_; }
  const std::vector<PartitionView>& partitions() const { return partitions_; }
  const Status& incomplete() const { return incomplete_; }

 private:
  const StoreImpl& store_;
  const std::uint64_t version_;
  const Status incomplete_;
  const std::vector<PartitionView> partitions_;
};

// Reads the selected series of one group after the other, so that its memory is bounded by what a group can hold.
class StoreCursor final : public SeriesCursor {
 public:
  StoreCursor(const StoreView& view, const Selection& selection, const std::vector<SeriesHandle>& series);

  bool Next() override;
  const Labels& labels() const override { return turn_->series[position_]->labels(); }
  std::span<const Point> points() const override { return points_[position_]; }
  Status status() const override { return status_; }

 private:
  // Series that are read together.
  struct Turn {
    std::string group_key;
    std::vector<SeriesHandle> series;
  };

  // Turns of at most kGroupSlotsMax series that, as far as possible, are one group.
  void AddTurns(const std::string& group_key, std::vector<SeriesHandle> series);
  void ReadTurn();
  void ReadPrevious(const WantedSeries& wanted);
  void ReadPreviousIn(const PartitionView& partition, const GroupPlaces& group, std::vector<bool>& found);
  void ReadRows(const PartitionView& partition, const GroupPlaces& group);
  void SetSlots(const GroupPlaces& group);
  // Adds what the row has for the slots set, but for series marked in `skip`; notes damage.
  void TakeRow(const PartitionView& partition, std::string_view key, std::string_view row, std::int64_t ts_ms,
               const std::vector<bool>* skip);
  void NoteDamage(const PartitionView& partition, const std::string& what);

  const StoreView& view_;
  const std::int64_t start_ms_;
  const std::int64_t end_ms_;
  const bool with_previous_;
  std::vector<Turn> turns_;
  std::size_t next_turn_ = 0;
  const Turn* turn_ = nullptr;
  std::size_t position_ = 0;
  std::vector<std::vector<Point>> points_;    // by position in the turn's series
  std::vector<std::int64_t> series_of_slot_;  // -1: not wanted
  std::vector<std::pair<std::size_t, double>> row_;
  Status status_;
};

}  // namespace proxy_telemetry::tsdb
