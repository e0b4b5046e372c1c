#include "logs/log_rounds.h"

#include <array>
#include <string>
#include <utility>

#include "base/number.h"
#include "proxy_metrics.h"

namespace proxy_telemetry {
namespace {

constexpr std::size_t kStaleSeriesMax = 4096;

std::string NumberText(double value) {
  std::string text;
  AppendNumber(value, text);
  return text;
}

struct HistogramIds {
  std::vector<std::uint32_t> buckets;  // as the bounds, then +Inf; empty: not made yet
  std::uint32_t sum = SeriesTable::kNone;
  std::uint32_t count = SeriesTable::kNone;
};

// Counters that a source brings with it: name, help and how to take it from the totals.
struct TotalFamily {
  const char* name;
  const char* help;
  std::uint64_t LogTotals::* value;
};
constexpr std::array<TotalFamily, 4> kTotals{
    {{kLogLinesName, "Lines of the access log read as requests.", &LogTotals::lines},
     {kLogOtherLinesName, "Lines of the same stream that are not about a request.", &LogTotals::other},
     {kLogUnreadableLinesName, "Lines refused: not of the configured format, or too long.", &LogTotals::unreadable},
     {kLogLostLinesName, "Lines that came faster than they could be read.", &LogTotals::lost}}};

}  // namespace

// Indices into the SeriesTable; kNone while a series has not been made.
struct HostIds {
  HostIds() {
    requests.fill(SeriesTable::kNone);
    bins.fill(SeriesTable::kNone);
  }
  std::array<std::uint32_t, kLogClasses.size()> requests;
  std::array<std::uint32_t, LatencyHistogram::kBins> bins;
  std::uint32_t request_bytes = SeriesTable::kNone;
  std::uint32_t response_bytes = SeriesTable::kNone;
  HistogramIds durations;
  HistogramIds upstream;
};

struct LogHostSeries {
  HostIds shown;
  HostIds kept;  // under kKeptPrefix
  std::uint32_t seen = SeriesTable::kNone;
};

// Fills one round, host by host.
class LogRounds::Filler {
 public:
  Filler(LogRounds& rounds, RoundBuilder& builder, TargetRound* zeros)
      : rounds_(rounds), table_(*rounds.table_), builder_(builder), zeros_(zeros) {}

  Status AddHost(LogHost& host) {
    if (!host.series) host.series = std::make_shared<LogHostSeries>();
    host_ = &host;
    AddSeen(host, host.series->seen);
    keeps_ = false;
    PT_RETURN_IF_ERROR(AddSeries(host, host.series->shown));
    if (!rounds_.policy_->relabeler) return Status::Ok();
    keeps_ = true;
    return AddSeries(host, host.series->kept);
  }

 private:
  void AddSeen(const LogHost& host, std::uint32_t& id) {
    const std::array<LabelView, 1> labels{{{"host", host.name}}};
    if (id == SeriesTable::kNone) id = table_.AddOwn(0, kLogHostSeenName, labels, false);
    const std::int64_t hours = host.last_request_ms / kHostSeenStepMs + 1;
    const std::int64_t seen_ms = hours * kHostSeenStepMs;
    builder_.AddIndexed(id, static_cast<double>(seen_ms) / 1000, false);
  }

  Status AddSeries(const LogHost& host, HostIds& ids) {
    for (std::size_t i = 0; i < kLogClasses.size(); ++i) {
      const bool is_usual = i > 0 && i + 1 < kLogClasses.size();
      if (!is_usual && host.requests[i] == 0) continue;
      PT_RETURN_IF_ERROR(Add(ids.requests[i], ProxyMetric::kHttpRequests, "", "code", std::string(kLogClasses[i]),
                             static_cast<double>(host.requests[i])));
    }
    if (host.tells_request_bytes) {
      PT_RETURN_IF_ERROR(Add(ids.request_bytes, ProxyMetric::kRequestBytes, "", "", "", host.request_bytes));
    }
    if (host.tells_response_bytes) {
      PT_RETURN_IF_ERROR(Add(ids.response_bytes, ProxyMetric::kResponseBytes, "", "", "", host.response_bytes));
    }
    if (host.durations.count() > 0) {
      PT_RETURN_IF_ERROR(AddHistogram(ids.durations, ProxyMetric::kHttpRequestDuration, host.durations));
      PT_RETURN_IF_ERROR(AddBins(ids));
    }
    if (host.upstream_durations) {
      PT_RETURN_IF_ERROR(AddHistogram(ids.upstream, ProxyMetric::kHttpUpstreamDuration, *host.upstream_durations));
    }
    return Status::Ok();
  }

  Status AddHistogram(HistogramIds& ids, ProxyMetric metric, const LatencyHistogram& histogram) {
    const std::vector<double>& bounds = rounds_.buckets_;
    ids.buckets.resize(bounds.size() + 1, SeriesTable::kNone);
    std::uint64_t cumulative = 0;
    std::size_t bin = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      while (bin < kFineBoundCount && FineBounds()[bin] <= bounds[i]) cumulative += histogram.bin(bin++);
      PT_RETURN_IF_ERROR(
          Add(ids.buckets[i], metric, "_bucket", "le", NumberText(bounds[i]), static_cast<double>(cumulative)));
    }
    const auto count = static_cast<double>(histogram.count());
    PT_RETURN_IF_ERROR(Add(ids.buckets.back(), metric, "_bucket", "le", "+Inf", count));
    PT_RETURN_IF_ERROR(Add(ids.sum, metric, "_sum", "", "", histogram.sum()));
    return Add(ids.count, metric, "_count", "", "", count);
  }

  Status AddBins(HostIds& ids) {
    for (std::size_t i = 0; i < LatencyHistogram::kBins; ++i) {
      const std::uint64_t count = host_->durations.bin(i);
      if (count == 0) continue;
      if (ids.bins[i] == SeriesTable::kNone) {
        const std::string bound = i < kFineBoundCount ? NumberText(FineBounds()[i]) : "+Inf";
        const std::array<LabelView, 2> labels{{{"host", host_->name}, {kBinLabel, bound}}};
        PT_ASSIGN_OR_RETURN(ids.bins[i], Resolve(0, kDurationBinName, labels, false));
      }
      Put(ids.bins[i], static_cast<double>(count), false);
    }
    return Status::Ok();
  }

  // A shown series; made at its first sample. `label` may be "".
  Status Add(std::uint32_t& id, ProxyMetric metric, const char* suffix, const char* label, const std::string& value,
             double sample) {
    if (id == SeriesTable::kNone) {
      const MetricFamily& family = ProxyMetricFamily(metric);
      const std::array<LabelView, 2> labels{{{"host", host_->name}, {label, value}}};
      PT_ASSIGN_OR_RETURN(id, Resolve(table_.FamilyOf(family), family.name + suffix,
                                      std::span(labels).first(*label == '\0' ? 1 : 2), true));
    }
    Put(id, sample, true);
    return Status::Ok();
  }

  Result<std::uint32_t> Resolve(std::uint32_t family, const std::string& name, std::span<const LabelView> labels,
                                bool shown) {
    if (keeps_) return table_.AddOwn(family, kKeptPrefix + name, labels, false);
    return table_.AddMade(family, name, labels, shown);
  }

  void Put(std::uint32_t id, double sample, bool shown) {
    if (!builder_.AddIndexed(id, sample, shown && !keeps_)) return;
    if (host_->is_new && zeros_ != nullptr) zeros_->unshown.push_back({&table_.series(id), 0});
  }

  LogRounds& rounds_;
  SeriesTable& table_;
  RoundBuilder& builder_;
  TargetRound* const zeros_;
  const LogHost* host_ = nullptr;
  bool keeps_ = false;  // what is made is for kKeptPrefix
};

LogRounds::LogRounds(std::shared_ptr<const LabelPolicy> policy, const InternSeries& intern, std::vector<double> buckets,
                     std::uint64_t sample_limit)
    : policy_(std::move(policy)),
      intern_(intern),
      buckets_(std::move(buckets)),
      sample_limit_(sample_limit),
      table_(std::make_unique<SeriesTable>(policy_, intern_)) {}

LogRounds::~LogRounds() = default;

// Hosts that went away leave their series behind.
void LogRounds::ShedStaleSeries(LogHosts& hosts) {
  if (table_->series_count() <= 2 * live_series_ + kStaleSeriesMax) return;
  table_ = std::make_unique<SeriesTable>(policy_, intern_);
  hosts.ForEach([](LogHost& host) { host.series.reset(); });
}

Result<LogRound> LogRounds::Make(LogHosts& hosts, const LogTotals& totals,
                                 const std::vector<LogFile::Position>& positions, const ScrapeFacts& facts,
                                 std::int64_t previous_ms) {
  ShedStaleSeries(hosts);
  RoundBuilder builder(*table_, ++stamp_, sample_limit_);
  auto zeros = std::make_shared<TargetRound>();
  Filler filler(*this, builder, previous_ms != 0 ? zeros.get() : nullptr);
  Status status;
  hosts.ForEach([&](LogHost& host) {
    if (status.ok()) status = filler.AddHost(host);
  });
  PT_RETURN_IF_ERROR(status);
  PT_RETURN_IF_ERROR(builder.CheckSampleLimit());
  for (const TotalFamily& total : kTotals) {
    const std::uint32_t family = table_->OwnFamily({total.name, MetricType::kCounter, total.help});
    builder.AddIndexed(table_->AddOwn(family, total.name), static_cast<double>(totals.*total.value), true);
  }
  for (std::size_t i = 0; i < positions.size(); ++i) AddPosition(positions[i], i, builder);
  hosts.ForEach([](LogHost& host) { host.is_new = false; });
  duplicates_ = builder.duplicates();
  LogRound made;
  made.samples = builder.samples();
  made.round = std::move(builder).Finish(facts);
  live_series_ = made.round->samples.size() + made.round->unshown.size();
  if (!zeros->unshown.empty()) {
    zeros->target = facts.target;
    zeros->ts_ms = previous_ms;
    zeros->is_late = true;
    zeros->families = made.round->families;
    zeros->series_owner = made.round->series_owner;
    made.zeros = std::move(zeros);
  }
  return made;
}

// What a later run needs to go on there, in the same round as what was counted up to there.
void LogRounds::AddPosition(const LogFile::Position& position, std::size_t renamed, RoundBuilder& builder) {
  const std::uint32_t family =
      table_->OwnFamily({kLogFileOffsetName, MetricType::kGauge, "Up to where the log file has been read."});
  const std::string number = std::to_string(renamed);
  const std::array<LabelView, 1> label{{{kRenamedLabel, number}}};
  const auto add = [&](const char* name, double value, bool shown) {
    builder.AddIndexed(table_->AddOwn(family, name, std::span(label).first(renamed == 0 ? 0 : 1), shown), value, shown);
  };
  add(kLogFileOffsetName, static_cast<double>(position.offset), renamed == 0);
  add(kLogFileInodeName, static_cast<double>(position.inode), false);
  add(kLogFileFingerprintName, static_cast<double>(position.fingerprint), false);
  add(kLogFileNamedName, static_cast<double>(position.named_ms), false);
}

std::shared_ptr<const TargetRound> LogRounds::MakeFailed(const ScrapeFacts& facts) {
  return RoundBuilder::Failed(*table_, facts);
}

}  // namespace proxy_telemetry
