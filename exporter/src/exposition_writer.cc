#include "exposition_writer.h"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/number.h"
#include "own_families.h"
#include "series_text.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kTotal = "_total";

// The samples of one family in one round, by position in TargetRound::samples.
struct Part {
  const TargetRound* round;
  std::span<const std::uint32_t> positions;
};

struct FamilyParts {
  const MetricFamily* meta;
  bool types_differ = false;
  std::vector<Part> parts;
};

// Positions of a round's samples ordered by family, page order within: a counting sort.
class RoundIndex {
 public:
  explicit RoundIndex(const TargetRound& round)
      : starts_(round.families->size() + 1), positions_(round.samples.size()) {
    for (const ScrapedSample& sample : round.samples) ++starts_[sample.series->family + 1];
    for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (std::uint32_t i = 0; i < round.samples.size(); ++i) positions_[next[round.samples[i].series->family]++] = i;
  }
  std::span<const std::uint32_t> Of(std::size_t family) const {
    return std::span(positions_).subspan(starts_[family], starts_[family + 1] - starts_[family]);
  }

 private:
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint32_t> positions_;
};

class Writer {
 public:
  // `may_collide`: a series may come from two targets; the first one keeps it.
  Writer(ExpositionFormat format, bool may_collide, std::size_t size_hint)
      : open_metrics_(format == ExpositionFormat::kOpenMetrics), may_collide_(may_collide) {
    out_.reserve(size_hint + size_hint / 8);
  }

  void WriteFamily(const FamilyParts& family) {
    WriteHead(*family.meta, family.types_differ ? MetricType::kUntyped : family.meta->type);
    for (const Part& part : family.parts) {
      for (const std::uint32_t position : part.positions) WriteSample(part.round->samples[position]);
    }
  }

  void WriteOwnFamily(const prometheus::MetricFamily& family) {
    const OwnFamily own = ToOwnFamily(family);
    WriteHead(own.meta, own.meta.type);
    for (const OwnSample& sample : own.samples) {
      WriteLine(SeriesText(sample.labels, open_metrics_), sample.value);
    }
  }

  std::string Finish() && {
    if (open_metrics_) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  // OpenMetrics names a counter's family without _total; one whose name lacks it, or clashes then, has no type there.
  void WriteHead(const MetricFamily& meta, MetricType type) {
    std::string_view name = meta.name;
    std::string_view type_name = MetricTypeName(type);
    if (open_metrics_) {
      if (type == MetricType::kUntyped) type_name = "unknown";
      if (type == MetricType::kCounter) {
        const bool has_total = name.ends_with(kTotal) && name.size() > kTotal.size();
        if (has_total) name.remove_suffix(kTotal.size());
        if (!has_total || names_.contains(std::string(name))) {
          name = meta.name;
          type_name = "unknown";
        }
      }
      names_.emplace(name);
    }
    if (!meta.help.empty()) {
      out_.append("# HELP ").append(name).append(" ");
      AppendHelp(meta.help, open_metrics_, out_);
      out_ += '\n';
    }
    out_.append("# TYPE ").append(name).append(" ").append(type_name).append("\n");
  }

  void WriteSample(const ScrapedSample& sample) {
    if (may_collide_ && !written_.insert(sample.series->stored.get()).second) return;
    const std::string& alternative = sample.series->open_metrics_text;
    WriteLine(open_metrics_ && !alternative.empty() ? alternative : sample.series->text, sample.value);
  }

  void WriteLine(const std::string& series, double value) {
    out_ += series;
    out_ += ' ';
    AppendNumber(value, out_);
    out_ += '\n';
  }

  const bool open_metrics_;
  const bool may_collide_;
  std::string out_;
  std::unordered_set<const tsdb::Series*> written_;
  std::unordered_set<std::string> names_;
};

}  // namespace

std::string WriteExposition(ExpositionFormat format, std::span<const std::shared_ptr<const TargetRound>> rounds,
                            std::span<const prometheus::MetricFamily> own, std::size_t size_hint) {
  std::vector<RoundIndex> indexes;
  indexes.reserve(rounds.size());
  std::map<std::string_view, FamilyParts> families;
  for (const auto& round : rounds) {
    const RoundIndex& index = indexes.emplace_back(*round);
    for (std::size_t i = 0; i < round->families->size(); ++i) {
      if (index.Of(i).empty()) continue;
      const MetricFamily& meta = (*round->families)[i];
      FamilyParts& family = families.try_emplace(meta.name, FamilyParts{&meta, false, {}}).first->second;
      family.types_differ = family.types_differ || family.meta->type != meta.type;
      family.parts.push_back({round.get(), index.Of(i)});
    }
  }
  const bool may_collide = std::any_of(rounds.begin(), rounds.end(), [](const auto& r) { return r->may_collide; });
  Writer writer(format, may_collide, size_hint);
  for (const auto& [name, family] : families) writer.WriteFamily(family);
  for (const prometheus::MetricFamily& family : own) writer.WriteOwnFamily(family);
  return std::move(writer).Finish();
}

}  // namespace proxy_telemetry
