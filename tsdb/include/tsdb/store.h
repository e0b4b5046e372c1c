// Store: the history. A general Prometheus data model (labels, float64, millisecond timestamps) on LevelDB.
//
// Lifetime: Open() takes the directory for itself (a second opener gets an error that names it) until the
// Store is destroyed; Views taken from it must be gone by then.
// Threads: Append and Expire are for one thread at a time, the writer. Intern, NewView and stats are safe from any
// thread at any time and never wait for a disk write; but while a partition whose write failed (full disk) is being
// opened anew, NewView waits for it rather than leave its samples out.
// Durability: what Append reported ok is on disk (synced), and only then do views see it, whole rounds at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "base/status.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

struct StoreOptions {
  std::filesystem::path path;
  std::int64_t retention_ms = 0;  // 0 = keep for ever
  // Series that share the values of these labels and their timestamps are kept together.
  std::vector<std::string> group_labels;
};

struct Sample {
  Series* series;  // a handle of this store is held by the caller during Append
  double value;
};

// What one target said at one time.
struct Round {
  std::int64_t ts_ms = 0;       // within +-2^60
  std::vector<Sample> samples;  // one per series
};

struct AppendResult {
  std::uint64_t appended = 0;
  // Samples not newer than the last one of their series (or its group): refused, counted, never overwritten.
  std::uint64_t out_of_order = 0;
};

struct StoreStats {
  std::uint64_t series = 0;  // label sets with a sample kept
  std::uint64_t partitions = 0;
  std::uint64_t disk_bytes = 0;
  std::uint64_t samples_appended = 0;  // since Open
  std::uint64_t out_of_order = 0;      // since Open
  std::uint64_t append_errors = 0;     // since Open
  std::uint64_t quarantined = 0;       // partitions set aside as damaged, since Open
  std::int64_t min_ts_ms = 0;          // of all kept samples; 0 when there is none
  std::int64_t max_ts_ms = 0;
};

struct Selection {
  std::vector<Matcher> matchers;  // all must match; none selects everything
  std::int64_t start_ms = 0;      // both ends inclusive
  std::int64_t end_ms = 0;
  // Each series also brings its last point before start_ms, however old, if one is kept.
  bool with_previous = false;
};

// Walks the series of a Selection. Usage:
//   while (cursor->Next()) use(cursor->labels(), cursor->points());
//   if (!cursor->status().ok()) ...
// Valid while its View lives. One thread at a time. Order of series is unspecified; points ascend in time.
class SeriesCursor {
 public:
  virtual ~SeriesCursor() = default;
  // To the next series with at least one point; false at the end or on an error.
  virtual bool Next() = 0;
  // Both valid until the next call of Next().
  virtual const Labels& labels() const = 0;
  virtual std::span<const Point> points() const = 0;
  // Damage met on the way: what was delivered is right, but some of it is missing.
  virtual Status status() const = 0;
};

// The store as it was at one moment: no half rounds, nothing later. Cheap to make; hold it briefly.
// Safe for concurrent use.
class View {
 public:
  virtual ~View() = default;
  virtual std::unique_ptr<SeriesCursor> Select(const Selection& selection) const = 0;
  // Sorted, distinct values of `name` over the series that match and have a sample kept.
  virtual std::vector<std::string> LabelValues(std::string_view name, std::span<const Matcher> matchers) const = 0;
  virtual std::vector<std::string> LabelNames(std::span<const Matcher> matchers) const = 0;
  // Labels of the series that match and have a sample kept, sorted.
  virtual std::vector<Labels> MatchingSeries(std::span<const Matcher> matchers) const = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Makes the directory if there is none. Damaged partitions are set aside and counted, the rest is served.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options);

  // The handle of this label set; the same object for equal labels while one is held.
  virtual SeriesHandle Intern(const Labels& labels) = 0;

  // All rounds durably, in the order of their time, or none of those behind the first failure. Older samples than
  // kept ones are counted, not errors. After a failed write (full disk) each call tries to get the store going again.
  virtual Result<AppendResult> Append(std::span<const Round> rounds) = 0;

  // Removes the partitions whose every sample is older than now - retention. Returns how many. Views taken before
  // go on reading them; their files go with the first call (or the Store's end) that finds them unread.
  virtual Result<std::uint64_t> Expire(std::int64_t now_ms) = 0;

  virtual std::shared_ptr<const View> NewView() const = 0;
  virtual StoreStats stats() const = 0;
};

}  // namespace proxy_telemetry::tsdb
