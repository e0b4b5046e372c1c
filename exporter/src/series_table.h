// SeriesTable: the series of one target, found by the bytes they were spelled with.
//
// A page repeats the series of the page before, mostly in the same order; so the next one is guessed first, and
// only a wrong guess is hashed. Series are stable in memory; stale ones are shed by making a new table. A series that
// metric_relabel_configs drop is remembered by its spelling as well: no expression runs twice for it.
// Single thread (the collector's); the ScrapedSeries themselves are immutable and may be read by any.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/labels.h"
#include "base/status.h"
#include "exporter/page_sink.h"
#include "exporter/relabel.h"
#include "exporter/round.h"

namespace proxy_telemetry {

using InternSeries = std::function<tsdb::SeriesHandle(const Labels&)>;

// How the labels of a target's pages become those of the series.
struct LabelPolicy {
  Labels target_labels;           // job, instance and the target's own
  bool honor_labels = false;      // a label of the page wins over the target's
  std::uint64_t label_limit = 0;  // 0 = none, as the two below
  std::uint64_t label_name_length_limit = 0;
  std::uint64_t label_value_length_limit = 0;
  std::shared_ptr<const Relabeler> relabeler = nullptr;  // metric_relabel_configs; null: none
};

class SeriesTable {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // `intern` must outlive the table.
  SeriesTable(std::shared_ptr<const LabelPolicy> policy, const InternSeries& intern);

  // A family of the target's page; a reserved name gets "exported_" in front.
  std::uint32_t FamilyOf(const MetricFamily& family);
  // A family of this program.
  std::uint32_t OwnFamily(const MetricFamily& family);

  // The series spelled `raw`, or kNone.
  std::uint32_t Find(std::string_view raw);
  // Adds the series, or finds it under another spelling. Fails when a label limit is hit, or relabelling leaves no
  // valid metric name.
  Result<std::uint32_t> Add(std::string_view raw, std::uint32_t family, std::string_view name,
                            std::span<const LabelView> labels);
  // Adds or finds a series that is in no page; `shown`: it comes on /metrics, so its text is needed.
  Result<std::uint32_t> AddMade(std::uint32_t family, std::string_view name, std::span<const LabelView> labels,
                                bool shown);
  // A series of this program about the target: no renaming, no limits.
  std::uint32_t AddOwn(std::uint32_t family, std::string_view name);
  // With labels of its own; `shown` as for AddMade().
  std::uint32_t AddOwn(std::uint32_t family, std::string_view name, std::span<const LabelView> labels, bool shown);

  // Relabelling drops it: it is no series, nothing else may be asked about it.
  bool IsDropped(std::uint32_t index) const { return entries_[index].series == nullptr; }
  const ScrapedSeries& series(std::uint32_t index) const { return *entries_[index].series; }
  // Spellings known: what bounds the table's memory.
  std::size_t size() const { return storage_->spellings.size(); }
  std::size_t series_count() const { return entries_.size(); }
  // As of now; the same object until a family is added or changed.
  std::shared_ptr<const std::vector<MetricFamily>> families();
  // Another target may have the same series.
  bool may_collide() const { return policy_->honor_labels || policy_->relabeler; }
  // Keeps all series of this table alive.
  std::shared_ptr<const void> owner() const { return storage_; }

  // True once per `stamp` and series: a second sample of it in one page gives false.
  bool Touch(std::uint32_t index, std::uint64_t stamp);

 private:
  struct Entry {
    const ScrapedSeries* series;  // null: dropped
    std::string_view raw;         // in storage_; "" for an own series, which no page may spell
    std::uint64_t stamp = 0;
  };
  struct Storage {
    std::deque<ScrapedSeries> series;
    std::deque<std::string> spellings;
  };

  Labels WithTargetLabels(std::string_view name, std::span<const LabelView> labels) const;
  Status CheckLimits(const Labels& labels) const;
  // The series, or a place that says it is dropped.
  Result<std::uint32_t> Resolve(std::uint32_t family, std::string_view name, std::span<const LabelView> labels,
                                bool shown);
  std::uint32_t Insert(std::uint32_t family, const Labels& labels, bool shown);
  std::uint32_t InsertDropped();
  std::uint32_t InsertFamily(MetricFamily family);
  std::uint32_t FamilyOfRenamed(std::uint32_t family, std::string_view page_name, std::string_view name);

  std::shared_ptr<const LabelPolicy> policy_;
  const InternSeries& intern_;
  std::shared_ptr<Storage> storage_ = std::make_shared<Storage>();
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::uint32_t> by_raw_;
  std::unordered_map<const tsdb::Series*, std::uint32_t> by_identity_;
  std::vector<MetricFamily> families_;
  std::shared_ptr<const std::vector<MetricFamily>> shared_families_;  // null when families_ has changed
  std::unordered_map<std::string, std::uint32_t> family_by_name_;
  std::unordered_map<std::string, std::uint32_t> renamed_family_by_name_;
  std::uint32_t guess_ = 0;
};

// What a page sends under a name that is about this program or its scrapes is about somebody else.
bool IsReservedMetricName(std::string_view name);

}  // namespace proxy_telemetry
