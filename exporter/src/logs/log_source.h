// LogSource: one access log: where its lines come from, what they said so far, and its rounds.
//
// Driven by LogReader's thread. Single thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/labels.h"
#include "config/config.h"
#include "exporter/log_reader.h"
#include "logs/line_parser.h"
#include "logs/log_file.h"
#include "logs/log_hosts.h"
#include "logs/log_receiver.h"
#include "logs/log_rounds.h"
#include "schedule.h"

namespace proxy_telemetry {

// Of a file at once, so that several logs take turns.
inline constexpr std::size_t kReadBytesPerTurn = std::size_t{4} << 20U;

class LogSource final : public LineSink {
 public:
  // `options` outlive the source. `silence_ms`: a host without requests for so long frees its place.
  LogSource(TargetId id, const LogReaderOptions& options, std::shared_ptr<const ScrapeConfig> job,
            std::int64_t silence_ms);
  ~LogSource() override;

  // What names a log in the configuration: a changed one with the same name goes on with its counters.
  static Labels LabelsOf(const ScrapeConfig& job);

  TargetId id() const { return id_; }
  const std::string& job_name() const { return job_->job_name; }
  // Requests since this source began.
  std::uint64_t lines_read() const { return lines_read_; }
  std::uint64_t folded() const { return hosts_.folded(); }
  // Samples that rules made second ones of their series, of all rounds.
  std::uint64_t duplicate_samples() const { return duplicate_samples_; }
  bool is_first_round_over() const { return was_up_.has_value(); }
  // Null while there is no socket.
  const std::shared_ptr<LogListener>& listener() const { return listener_; }

  // Other rules from now on.
  void Configure(std::shared_ptr<const ScrapeConfig> job, std::int64_t silence_ms);

  // Opens the socket when there is none that can be reached; true when listener() changed. Of one that is given up,
  // the next Read() takes what has arrived: by then nobody else may be receiving from it.
  bool KeepListening();
  void StopListening();
  // Reads what waits; true when there is more.
  bool Read();
  // Makes the round that is due, or, for the last time, one that is not.
  void MakeRounds(bool last);

  void OnLine(std::string_view line) override;
  void OnOverlongLine() override;

 private:
  void ReadBacklog(LogListener& listener);
  void ReadGivenUp();
  void NoteState(const Status& status);
  void NoteTrouble();
  void ShowStatus(const ScrapeFacts& facts, const Status& status, std::uint64_t samples) const;
  Status CurrentStatus() const;

  const TargetId id_;
  const LogReaderOptions& options_;
  std::shared_ptr<const ScrapeConfig> job_;
  const Labels labels_;
  LogHosts hosts_;
  LogTotals totals_;
  std::uint64_t lines_read_ = 0;
  std::unique_ptr<LogRounds> rounds_;
  Schedule schedule_;
  std::int64_t due_steady_ms_ = 0;
  std::int64_t last_round_ms_ = 0;
  std::int64_t last_good_ms_ = 0;  // when the last good round was
  std::int64_t now_ms_ = 0;        // when the lines at hand are read
  AccessRecord record_;

  std::optional<LineParser> parser_;
  Status parser_status_;
  std::shared_ptr<LogListener> listener_;
  std::vector<std::shared_ptr<LogListener>> given_up_;  // with lines that are still to be read
  Status listener_status_;
  std::uint64_t lost_before_ = 0;  // by listeners before this one, and by earlier runs
  LineBatch batch_;
  std::unique_ptr<LogFile> file_;

  std::uint64_t duplicate_samples_ = 0;
  std::optional<bool> was_up_;
  std::string unreadable_example_;  // of the first one since the last round
  std::string other_example_;       // the first one
  LogTotals noted_;                 // as of the last round, for what is logged
};

}  // namespace proxy_telemetry
