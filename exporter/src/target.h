// Target: one thing that is scraped, with all that is known about it from round to round.
//
// A round: Begin(), then fetches are taken from NextFetches() and each reported by OnFetched() until round() is
// there. The collector owns it and drives it; single thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/labels.h"
#include "config/config.h"
#include "exporter/host_mapper.h"
#include "exporter/round.h"
#include "fetch.h"
#include "host_limit.h"
#include "page_intake.h"
#include "round_builder.h"
#include "schedule.h"
#include "scrape_plan.h"
#include "series_table.h"
#include "target_spec.h"

namespace proxy_telemetry {

class Target {
 public:
  // `limit` is that of the target's job.
  Target(TargetId id, TargetSpec spec, HostMapper hosts, std::shared_ptr<HostLimit> limit, const InternSeries& intern,
         std::int64_t wall_now_ms);

  TargetId id() const { return id_; }
  const TargetSpec& spec() const { return spec_; }
  const Schedule& schedule() const { return schedule_; }
  bool busy() const { return busy_; }

  // The round that stands for a target not scraped yet.
  std::shared_ptr<const TargetRound> NotYetScraped();

  // Starts a round; `steady_now_us` starts its timeout.
  void Begin(std::int64_t wall_now_ms, std::int64_t steady_now_us);
  // Fetches to add to the multi handle now; they belong to the target and are gone after the last of them is reported.
  std::vector<Fetch*> NextFetches(std::int64_t steady_now_us);
  // `fetch` has ended. Returns the round when it is over; else ask NextFetches() again.
  std::shared_ptr<const TargetRound> OnFetched(const Fetch& fetch, CURLcode code, std::int64_t steady_now_us);
  // The round when NextFetches() had none to give (a secret unreadable), else null.
  std::shared_ptr<const TargetRound> TakeFinished() { return std::move(finished_); }

  // Samples dropped as second ones of their series, in the round just over.
  std::uint64_t duplicates() const { return duplicates_; }

  // The target was found anew, and what was discovered about it may have changed.
  void set_discovered(Labels discovered) { spec_.discovered = std::move(discovered); }
  // As of the last round.
  std::shared_ptr<const TargetStatus> MakeStatus() const;

 private:
  void StartAttempt();
  void OnAttemptOver(const Status& status, bool final, std::int64_t steady_now_us);
  void FinishRound(const Status& status, std::int64_t steady_now_us);
  void NoteState(const Status& status);
  void ShedStaleSeries(std::size_t live);
  std::size_t AttemptAfter(std::size_t attempt, std::optional<PageReader> wanted) const;
  Status Judge(std::size_t page, const Status& fetched, long http_status);

  const TargetId id_;
  TargetSpec spec_;
  const HostMapper hosts_;
  HostFolder folder_;
  const InternSeries& intern_;
  const std::shared_ptr<const LabelPolicy> policy_;
  const std::vector<ScrapeAttempt> plan_;
  Schedule schedule_;
  std::unique_ptr<SeriesTable> table_;
  std::uint64_t stamp_ = 0;
  double last_success_seconds_ = 0;
  std::optional<bool> was_up_;          // absent: never scraped
  std::optional<std::size_t> settled_;  // the attempt that worked last
  std::size_t resume_at_ = 0;           // where a search goes on in the next round
  std::size_t shown_attempt_ = 0;       // as settled_, also when it stopped working
  PageReader read_as_ = PageReader::kDetect;
  Status last_status_;
  double last_duration_seconds_ = 0;
  std::int64_t last_ts_ms_ = 0;  // 0 = never
  std::size_t last_samples_ = 0;

  // The round in flight.
  bool busy_ = false;
  std::int64_t ts_ms_ = 0;
  std::int64_t begun_us_ = 0;
  std::size_t attempt_ = 0;
  bool attempt_pending_ = false;
  Status first_failure_;  // of the attempts before this one in the round
  std::size_t open_fetches_ = 0;
  Status attempt_status_;
  bool attempt_final_ = false;
  std::unique_ptr<RoundBuilder> builder_;
  std::unique_ptr<PageIntake> intake_;
  std::vector<std::unique_ptr<Fetch>> fetches_;
  std::shared_ptr<const TargetRound> finished_;
  std::uint64_t duplicates_ = 0;
};

}  // namespace proxy_telemetry
