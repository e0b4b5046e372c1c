#include "round_builder.h"

namespace proxy_telemetry {
namespace {

void AddFact(SeriesTable& table, const char* name, const char* help, double value,
             std::vector<ScrapedSample>& samples) {
  const std::uint32_t family = table.OwnFamily({name, MetricType::kGauge, help});
  samples.push_back({&table.series(table.AddOwn(family, name)), value});
}

std::shared_ptr<const TargetRound> MakeRound(SeriesTable& table, const ScrapeFacts& facts,
                                             std::vector<ScrapedSample> samples, std::vector<ScrapedSample> unshown) {
  const auto page_samples = static_cast<double>(samples.size());
  AddFact(table, "proxy_up", "Whether the last scrape of the target succeeded.", facts.up ? 1 : 0, samples);
  if (facts.ts_ms != 0) {
    AddFact(table, "proxy_scrape_duration_seconds", "How long the last scrape of the target took.",
            facts.duration_seconds, samples);
    AddFact(table, "proxy_scrape_samples", "Samples that the last scrape of the target gave.", page_samples, samples);
  }
  if (facts.last_success_seconds != 0) {
    AddFact(table, "proxy_last_scrape_timestamp_seconds", "Unix time of the last successful scrape of the target.",
            facts.last_success_seconds, samples);
  }
  auto round = std::make_shared<TargetRound>();
  round->target = facts.target;
  round->ts_ms = facts.ts_ms;
  round->up = facts.up;
  round->samples = std::move(samples);
  round->unshown = std::move(unshown);
  round->families = table.families();
  round->series_owner = table.owner();
  round->may_collide = table.may_collide();
  return round;
}

}  // namespace

RoundBuilder::RoundBuilder(SeriesTable& table, std::uint64_t stamp, std::uint64_t sample_limit)
    : table_(table), stamp_(stamp), sample_limit_(sample_limit) {}

PageSink::FamilyId RoundBuilder::AddFamily(const MetricFamily& family) { return table_.FamilyOf(family); }

bool RoundBuilder::AddKnown(std::string_view raw, double value) {
  const std::uint32_t index = table_.Find(raw);
  if (index == SeriesTable::kNone) return false;
  Take(index, value);
  return true;
}

Status RoundBuilder::AddSeries(std::string_view raw, FamilyId family, std::string_view name,
                               std::span<const LabelView> labels, double value) {
  PT_ASSIGN_OR_RETURN(const std::uint32_t index, table_.Add(raw, family, name, labels));
  Take(index, value);
  return CheckSampleLimit();
}

void RoundBuilder::Take(std::uint32_t index, double value) {
  if (table_.IsDropped(index)) {
    ++dropped_;
  } else if (table_.Touch(index, stamp_)) {
    samples_.push_back({&table_.series(index), value});
  } else {
    ++duplicates_;
  }
}

bool RoundBuilder::AddIndexed(std::uint32_t index, double value, bool shown) {
  if (table_.IsDropped(index)) return false;
  if (!table_.Touch(index, stamp_)) {
    ++duplicates_;
    return false;
  }
  (shown ? samples_ : unshown_).push_back({&table_.series(index), value});
  return true;
}

Status RoundBuilder::CheckSampleLimit() const {
  if (sample_limit_ == 0 || samples_.size() + duplicates_ <= sample_limit_) return Status::Ok();
  return Status::ResourceExhausted("sample_limit exceeded: the page has more than " + std::to_string(sample_limit_) +
                                   " samples; raise it in the configuration if the target is right");
}

std::shared_ptr<const TargetRound> RoundBuilder::Finish(const ScrapeFacts& facts) && {
  return MakeRound(table_, facts, std::move(samples_), std::move(unshown_));
}

std::shared_ptr<const TargetRound> RoundBuilder::Failed(SeriesTable& table, const ScrapeFacts& facts) {
  return MakeRound(table, facts, {}, {});
}

}  // namespace proxy_telemetry
