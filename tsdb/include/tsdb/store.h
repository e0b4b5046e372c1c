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

class StoreEnv;

// Samples kept at intervals: of each series the first and the last of each, and those around every reset of a counter,
// so that what a counter rose by over whole intervals is just what all of its samples tell.
struct TierOptions {
  std::int64_t resolution_ms = 0;
  std::int64_t retention_ms = 0;  // 0 = keep for ever
};

inline constexpr std::size_t kBlockTicksDefault = 480;

struct StoreOptions {
  std::filesystem::path path;
  std::int64_t retention_ms = 0;  // of all samples; 0 = keep for ever
  // Coarser ones, each a multiple of the one before.
  std::vector<TierOptions> tiers;
  // When the files take more, the oldest partitions of all samples go first; 0 = no limit.
  std::uint64_t max_bytes = 0;
  // Series that share the values of these labels and their timestamps are kept together.
  std::vector<std::string> group_labels;
  // Rows after which a group's open block becomes one on disk, 2 to kBlockTicksMax.
  std::size_t block_ticks = kBlockTicksDefault;
  // Where its files are; null: the system's.
  StoreEnv* env = nullptr;
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

// job, instance and host: those of one host from one target.
std::vector<std::string> DefaultGroupLabels();

struct AppendResult {
  std::uint64_t appended = 0;
  // Samples older than what is in a closed block of their group, or there already: refused, never overwritten.
  std::uint64_t out_of_order = 0;
};

struct StoreStats {
  std::uint64_t series = 0;  // label sets with a sample kept
  std::uint64_t partitions = 0;
  std::uint64_t disk_bytes = 0;
  std::uint64_t filesystem_size_bytes = 0;   // of the file system that the store is on; 0: nobody knows
  std::uint64_t filesystem_avail_bytes = 0;  // what this process may still write to it, while the size is known
  std::uint64_t samples_appended = 0;        // since Open
  std::uint64_t out_of_order = 0;            // since Open
  std::uint64_t append_errors = 0;           // since Open
  std::uint64_t quarantined = 0;             // partitions set aside as damaged, since Open
  std::uint64_t repaired = 0;                // of them, since Open: what can be read of it is served
  std::uint64_t lost_records = 0;            // of the log, missing or damaged when it was opened
  std::uint64_t blocks_written = 0;          // since Open
  std::uint64_t waiting_blocks = 0;          // closed, in the log, but not yet in a partition
  bool read_only = false;                    // the last write failed
  std::int64_t min_ts_ms = 0;                // of all kept samples; 0 when there is none
  std::int64_t max_ts_ms = 0;
  struct Tier {
    std::int64_t resolution_ms = 0;  // 0: all samples
    std::uint64_t partitions = 0;
    std::uint64_t blocks = 0;
    std::uint64_t samples = 0;  // in blocks
    std::int64_t min_ts_ms = 0;
    std::int64_t max_ts_ms = 0;
  };
  std::vector<Tier> tiers;
};

// What one cursor may read before it ends with an error that names the limit. 0: any number.
struct QueryLimits {
  std::uint64_t series = 0;   // that match: kResourceExhausted before anything is read
  std::uint64_t samples = 0;  // decoded: kResourceExhausted
  std::int64_t time_ms = 0;   // since Select(): kTimeout
};

struct Selection {
  std::vector<Matcher> matchers;  // all must match; none selects everything
  std::int64_t start_ms = 0;      // both ends inclusive
  std::int64_t end_ms = 0;
  // Each series also brings its last point before start_ms, however old, if one is kept.
  bool with_previous = false;
  // The coarsest tier that divides this will do; 0: all samples. Either way what only a coarser tier still has comes
  // from there, and what the tier does not have yet from finer ones.
  std::int64_t resolution_ms = 0;
  // Of each whole interval of this length a series' first and last point are enough; 0: all points. Others may come.
  std::int64_t ends_of_ms = 0;
  // Before this time all samples come, where they are kept: what is asked about begins within an interval.
  std::int64_t all_until_ms = INT64_MIN;
  QueryLimits limits = {};
};

// Walks the series of a Selection. Usage:
//   while (cursor->Next()) use(cursor->labels(), cursor->points());
//   if (!cursor->status().ok()) ...
// Valid while its View lives, and to be gone before that: of many groups a thread reads ahead. One thread at a time.
// Order of series is unspecified; points ascend in time.
class SeriesCursor {
 public:
  virtual ~SeriesCursor() = default;
  // To the next series with at least one point; false at the end or on an error.
  virtual bool Next() = 0;
  // Both valid until the next call of Next(). The labels are put together by the first call.
  virtual const Labels& labels() const = 0;
  virtual std::span<const Point> points() const = 0;
  // One of the labels, "" without it: cheaper than all of them. Valid as long.
  virtual std::string_view label(std::string_view name) const { return labels().Get(name); }
  // kCorruption: damage was met on the way; what was delivered is right, but some of it is missing. kResourceExhausted,
  // kTimeout: one of the limits ended it early.
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
  // Two views of one store with the same number, that is not 0, have the same series: what was made of their labels
  // may be used again.
  virtual std::uint64_t series_generation() const { return 0; }
};

class Store {
 public:
  virtual ~Store() = default;

  // Makes the directory if there is none. Damaged partitions are set aside and counted, the rest is served.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options);

  // The handle of this label set; the same object for equal labels while one is held.
  virtual SeriesHandle Intern(const Labels& labels) = 0;

  // All rounds durably, or none. Samples that come late are sorted in while their group's block is open. After a
  // failed write (full disk) each call tries to get the store going again.
  virtual Result<AppendResult> Append(std::span<const Round> rounds) = 0;

  // Closes all open blocks and writes them to their partitions: what they take is small then, but what comes late is
  // refused. For imports, and before a copy.
  virtual Status Flush() = 0;

  // Removes the partitions whose every sample is older than now - retention, and the oldest while there are more bytes
  // than allowed. Returns how many. Views taken before go on reading them; their files go with the first call (or the
  // Store's end) that finds them unread. Call it now and then: it also tidies.
  virtual Result<std::uint64_t> Expire(std::int64_t now_ms) = 0;

  virtual std::shared_ptr<const View> NewView() const = 0;
  virtual StoreStats stats() const = 0;
};

}  // namespace proxy_telemetry::tsdb
