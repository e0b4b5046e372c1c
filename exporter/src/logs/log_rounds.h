// LogRounds: makes rounds of what a log's hosts have counted, as the collector makes them of pages.
//
// Single thread. Keeps the series of its hosts from round to round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/status.h"
#include "exporter/log_reader.h"
#include "exporter/round.h"
#include "logs/log_file.h"
#include "logs/log_hosts.h"
#include "round_builder.h"
#include "series_table.h"

namespace proxy_telemetry {

// Requests of a host by fine bin, not cumulative and only bins that have any: what /history takes its p99 from. In the
// history alone. The label `bin` is the bound in seconds.
inline constexpr const char* kDurationBinName = "proxy_http_request_duration_bin_total";
inline constexpr const char* kBinLabel = "bin";

inline constexpr const char* kLogOtherLinesName = "proxy_telemetry_log_other_lines_total";
inline constexpr const char* kLogUnreadableLinesName = "proxy_telemetry_log_unreadable_lines_total";
inline constexpr const char* kLogLostLinesName = "proxy_telemetry_log_lost_lines_total";
inline constexpr const char* kLogFileOffsetName = "proxy_telemetry_log_file_offset_bytes";
// These in the history alone: how the file is known again. Of renamed files that are still read, all four are, with the
// label `renamed`, counted from 1.
inline constexpr const char* kLogFileInodeName = "proxy_telemetry_log_file_inode";
inline constexpr const char* kLogFileFingerprintName = "proxy_telemetry_log_file_fingerprint";
inline constexpr const char* kLogFileNamedName = "proxy_telemetry_log_file_named_timestamp_milliseconds";
inline constexpr const char* kRenamedLabel = "renamed";

// In the history alone: until when the host had requests, in whole hours rounded up, so that it stays the same from
// round to round. Else a host would keep its place for ever where the program is restarted now and then.
inline constexpr const char* kLogHostSeenName = "proxy_telemetry_log_host_seen_timestamp_seconds";
inline constexpr std::int64_t kHostSeenStepMs = 3'600'000;

// In front of a name: the series as it is before metric_relabel_configs. Of logs that have such rules a later run takes
// up these, in the history alone, for what a rule renames or drops cannot be known again.
inline constexpr const char* kKeptPrefix = "proxy_telemetry_log_kept_";

// Lines of one log since counting began.
struct LogTotals {
  std::uint64_t lines = 0;       // access log lines, each a request
  std::uint64_t other = 0;       // of the same stream, about something else
  std::uint64_t unreadable = 0;  // refused
  std::uint64_t lost = 0;        // there was no room for them
};

struct LogRound {
  // To be stored before the other: hosts that are new get zeros at the time of the round before, so that their first
  // requests are an increase and not lost as the value that a series begins with. Null: there is none.
  std::shared_ptr<const TargetRound> zeros;
  std::shared_ptr<const TargetRound> round;
  std::size_t samples = 0;  // as proxy_scrape_samples has it
};

class LogRounds {
 public:
  // `buckets`: bounds shown on /metrics, in seconds, fine ones, ascending; `sample_limit`: of a round, 0 = none;
  // `intern` outlives this.
  LogRounds(std::shared_ptr<const LabelPolicy> policy, const InternSeries& intern, std::vector<double> buckets,
            std::uint64_t sample_limit);
  ~LogRounds();

  // `previous_ms`: when the target's last good round was; 0: never. Fails when a limit is hit.
  // `positions`: of a file, as LogFile has them.
  Result<LogRound> Make(LogHosts& hosts, const LogTotals& totals, const std::vector<LogFile::Position>& positions,
                        const ScrapeFacts& facts, std::int64_t previous_ms);
  // The round of a log that cannot be read, or was not yet.
  std::shared_ptr<const TargetRound> MakeFailed(const ScrapeFacts& facts);
  // Samples that rules made second ones of their series, in the round made last.
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  class Filler;

  void ShedStaleSeries(LogHosts& hosts);
  void AddPosition(const LogFile::Position& position, std::size_t renamed, RoundBuilder& builder);

  const std::shared_ptr<const LabelPolicy> policy_;
  const InternSeries& intern_;
  const std::vector<double> buckets_;
  const std::uint64_t sample_limit_;
  std::unique_ptr<SeriesTable> table_;
  std::size_t live_series_ = 0;
  std::uint64_t stamp_ = 0;
  std::uint64_t duplicates_ = 0;
};

}  // namespace proxy_telemetry
