#include "target.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace proxy_telemetry {
namespace {

// More spellings than this beyond twice the live ones, and the table is made anew.
constexpr std::size_t kStaleSeriesMax = 1024;

bool IsNotOffered(long http_status) {
  return http_status == 401 || http_status == 403 || http_status == 404 || http_status == 405 || http_status == 501;
}

// That nothing to read was found. Every page that was tried would be too much to read.
std::string SearchFailure(const std::vector<ScrapeAttempt>& plan, const Status& first) {
  const bool is_auto = plan.back().reader == PageReader::kOpenMetrics;
  std::string kinds;
  for (auto it = plan.begin(); it != plan.end(); ++it) {
    const bool is_kind = it->reader != PageReader::kDetect && it->reader != PageReader::kOpenMetrics;
    const bool is_new = std::none_of(plan.begin(), it, [it](const auto& a) { return a.reader == it->reader; });
    if (is_kind && is_new) kinds.append(kinds.empty() ? "" : ", ").append(PageReaderName(it->reader));
  }
  return std::string("nothing found to read: set ") + (is_auto ? "proxy and metrics_path" : "metrics_path") +
         ". Looked for " + kinds + "; the first page, " + first.message();
}

std::shared_ptr<const LabelPolicy> MakePolicy(const TargetSpec& spec) {
  auto policy = std::make_shared<LabelPolicy>();
  policy->target_labels = spec.labels;
  policy->honor_labels = spec.config->honor_labels;
  policy->label_limit = spec.config->label_limit;
  policy->label_name_length_limit = spec.config->label_name_length_limit;
  policy->label_value_length_limit = spec.config->label_value_length_limit;
  policy->relabeler = spec.metric_relabeler;
  return policy;
}

}  // namespace

Target::Target(TargetId id, TargetSpec spec, HostMapper hosts, std::shared_ptr<HostLimit> limit,
               const InternSeries& intern, std::int64_t wall_now_ms)
    : id_(id),
      spec_(std::move(spec)),
      hosts_(std::move(hosts)),
      folder_(std::move(limit)),
      intern_(intern),
      policy_(MakePolicy(spec_)),
      plan_(MakeScrapePlan(*spec_.config, spec_.address)),
      schedule_(spec_.labels.ToString(), spec_.config->scrape_interval_ms, wall_now_ms),
      table_(std::make_unique<SeriesTable>(policy_, intern_)) {}

std::shared_ptr<const TargetRound> Target::NotYetScraped() {
  ScrapeFacts facts;
  facts.target = id_;
  return RoundBuilder::Failed(*table_, facts);
}

void Target::Begin(std::int64_t wall_now_ms, std::int64_t steady_now_us) {
  busy_ = true;
  ts_ms_ = schedule_.Begin(wall_now_ms);
  begun_us_ = steady_now_us;
  duplicates_ = 0;
  first_failure_ = Status::Ok();
  attempt_ = settled_.value_or(std::exchange(resume_at_, 0));
  StartAttempt();
}

void Target::StartAttempt() {
  builder_ = std::make_unique<RoundBuilder>(*table_, ++stamp_, spec_.config->sample_limit);
  const Mapping* const mapping = spec_.config->mapping ? &*spec_.config->mapping : nullptr;
  intake_ = std::make_unique<PageIntake>(plan_[attempt_].reader, plan_[attempt_].fetches.size(), *builder_, hosts_,
                                         mapping, [this](Snapshot& snapshot) { folder_.Fold(ts_ms_, snapshot); });
  attempt_status_ = Status::Ok();
  attempt_final_ = false;
  attempt_pending_ = true;
}

std::vector<Fetch*> Target::NextFetches(std::int64_t steady_now_us) {
  std::vector<Fetch*> next;
  if (!attempt_pending_) return next;
  attempt_pending_ = false;
  fetches_.clear();
  const std::int64_t spent_ms = (steady_now_us - begun_us_) / 1000;
  const std::int64_t left_ms = std::max<std::int64_t>(1, spec_.config->scrape_timeout_ms - spent_ms);
  for (std::size_t page = 0; page < plan_[attempt_].fetches.size(); ++page) {
    auto fetch = Fetch::Make(plan_[attempt_].fetches[page], *spec_.config, left_ms,
                             [this, page](std::string_view content_type, std::string_view piece) {
                               return intake_->OnBody(page, content_type, piece);
                             });
    if (!fetch.ok()) {
      fetches_.clear();
      FinishRound(fetch.status(), steady_now_us);
      return {};
    }
    fetches_.push_back(std::move(*fetch));
    next.push_back(fetches_.back().get());
  }
  open_fetches_ = next.size();
  return next;
}

// What a page's outcome means for the attempt; ok also when an optional page is not offered.
Status Target::Judge(std::size_t page, const Status& fetched, long http_status) {
  const FetchPlan& plan = plan_[attempt_].fetches[page];
  if (fetched.code() == StatusCode::kNotFound && plan.optional && IsNotOffered(http_status)) {
    intake_->SetAbsent(page);
    return Status::Ok();
  }
  return fetched;
}

std::shared_ptr<const TargetRound> Target::OnFetched(const Fetch& fetch, CURLcode code, std::int64_t steady_now_us) {
  const auto page = static_cast<std::size_t>(
      std::find_if(fetches_.begin(), fetches_.end(), [&fetch](const auto& f) { return f.get() == &fetch; }) -
      fetches_.begin());
  const Status status = Judge(page, fetch.Finish(code), fetch.http_status());
  if (!status.ok() && attempt_status_.ok()) {
    attempt_final_ = status.code() == StatusCode::kUnavailable || status.code() == StatusCode::kTimeout;
    attempt_status_ = fetch.url().starts_with("gopher:") ? status : status.Prefixed(fetch.url());
  }
  if (--open_fetches_ != 0) return nullptr;
  if (attempt_status_.ok()) {
    attempt_status_ = intake_->Finish();
    if (attempt_status_.ok()) attempt_status_ = builder_->CheckSampleLimit();
    // Of several pages people could not tell which one.
    if (plan_.size() > 1) attempt_status_ = attempt_status_.Prefixed(SourceOf(plan_[attempt_].fetches.front()));
  }
  attempt_final_ = attempt_final_ || intake_->recognized();
  OnAttemptOver(attempt_status_, attempt_final_, steady_now_us);
  return std::move(finished_);
}

std::size_t Target::AttemptAfter(std::size_t attempt, std::optional<PageReader> wanted) const {
  std::size_t next = attempt + 1;
  while (wanted && next < plan_.size() && plan_[next].reader != *wanted) ++next;
  return next;
}

void Target::OnAttemptOver(const Status& status, bool final, std::int64_t steady_now_us) {
  if (status.ok()) {
    settled_ = attempt_;
    shown_attempt_ = attempt_;
    read_as_ = intake_->reader();
    FinishRound(status, steady_now_us);
    return;
  }
  // What worked before and does not now is looked for afresh in the next round.
  const bool searching = !settled_ || intake_->leads_to();
  settled_.reset();
  const std::size_t next = AttemptAfter(attempt_, intake_->leads_to());
  if (!final && searching && next < plan_.size()) {
    if (first_failure_.ok() && !intake_->leads_to()) first_failure_ = status;
    attempt_ = next;
    StartAttempt();
    return;
  }
  // A search that took all the time goes on where it was.
  const bool out_of_time = status.code() == StatusCode::kTimeout && !first_failure_.ok();
  if (out_of_time) resume_at_ = attempt_;
  // The last attempt of a search takes any page for its own.
  const bool is_last_resort = plan_[attempt_].reader == PageReader::kOpenMetrics;
  if (first_failure_.ok() || (final && !out_of_time && !is_last_resort)) {
    FinishRound(status, steady_now_us);
    return;
  }
  std::string message = SearchFailure(plan_, first_failure_);
  if (out_of_time) message += "; out of time at " + status.message() + ", where the next round goes on";
  FinishRound(Status(status.code(), std::move(message)), steady_now_us);
}

void Target::FinishRound(const Status& status, std::int64_t steady_now_us) {
  ScrapeFacts facts;
  facts.target = id_;
  facts.ts_ms = ts_ms_;
  facts.duration_seconds = static_cast<double>(steady_now_us - begun_us_) / 1e6;
  facts.up = status.ok();
  if (status.ok()) last_success_seconds_ = static_cast<double>(ts_ms_) / 1000;
  facts.last_success_seconds = last_success_seconds_;
  last_status_ = status;
  last_ts_ms_ = ts_ms_;
  last_duration_seconds_ = facts.duration_seconds;
  last_samples_ = status.ok() ? builder_->samples() : 0;
  // Lines that this page had: each spelling costs a place in the table.
  const std::size_t live = last_samples_ + builder_->dropped() + builder_->duplicates();
  duplicates_ = builder_->duplicates();
  finished_ = status.ok() ? std::move(*builder_).Finish(facts) : RoundBuilder::Failed(*table_, facts);
  intake_.reset();
  builder_.reset();
  busy_ = false;
  NoteState(status);
  ShedStaleSeries(live);
}

std::shared_ptr<const TargetStatus> Target::MakeStatus() const {
  auto status = std::make_shared<TargetStatus>();
  status->job = spec_.config->job_name;
  status->discovered = spec_.discovered;
  status->labels = spec_.labels;
  status->source = SourceOf(plan_[shown_attempt_].fetches.front());
  status->proxy = PageReaderName(read_as_);
  if (last_ts_ms_ != 0) status->health = last_status_.ok() ? TargetHealth::kUp : TargetHealth::kDown;
  status->last_error = last_status_;
  status->last_scrape_ms = last_ts_ms_;
  status->last_duration_seconds = last_duration_seconds_;
  status->samples = last_samples_;
  status->interval_ms = spec_.config->scrape_interval_ms;
  status->timeout_ms = spec_.config->scrape_timeout_ms;
  return status;
}

void Target::NoteState(const Status& status) {
  if (was_up_ == status.ok()) return;
  const std::string_view job = spec_.labels.Get("job");
  const std::string_view instance = spec_.labels.Get("instance");
  if (!status.ok()) {
    LogWarn("scrape failed; retrying every interval",
            {{"job", job}, {"instance", instance}, {"reason", status.message()}});
  } else if (was_up_) {
    LogInfo("scrape works again", {{"job", job}, {"instance", instance}});
  } else {
    LogDebug("first scrape done", {{"job", job}, {"instance", instance}});
    if (last_samples_ == 0) {
      LogWarn("the page has nothing to read yet; without traffic that is right, else check proxy: and mapping:",
              {{"job", job}, {"instance", instance}});
    }
  }
  was_up_ = status.ok();
}

void Target::ShedStaleSeries(std::size_t live) {
  if (table_->size() > 2 * live + kStaleSeriesMax) table_ = std::make_unique<SeriesTable>(policy_, intern_);
}

}  // namespace proxy_telemetry
