// RunExport: see tools/commands.h.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "command_text.h"
#include "tools/commands.h"
#include "tools/progress_bar.h"
#include "tools/sample_writer.h"
#include "tools/selector.h"

namespace proxy_telemetry::tools {
namespace {

using Matchers = std::vector<tsdb::Matcher>;

struct Wanted {
  std::vector<Matchers> selectors;  // any of them
  std::int64_t start_ms = -kTimestampMsMax;
  std::int64_t end_ms = kTimestampMsMax;
};

Result<Wanted> Parse(const ExportFlags& flags) {
  Wanted wanted;
  const std::int64_t now_ms = Clock::System().WallMs();
  for (const std::string& match : flags.matches) {
    auto matchers = ParseSelector(match);
    if (!matchers.ok()) return matchers.status().Prefixed("--match " + match);
    wanted.selectors.push_back(std::move(*matchers));
  }
  if (wanted.selectors.empty()) wanted.selectors.emplace_back();
  const auto time = [now_ms](const char* flag, const std::string& text, std::int64_t& into) {
    if (text.empty()) return Status::Ok();
    const auto parsed = ParseTimeArgument(text, now_ms);
    if (parsed.ok()) into = *parsed;
    return parsed.status().Prefixed(flag);
  };
  PT_RETURN_IF_ERROR(time("--start", flags.start, wanted.start_ms));
  PT_RETURN_IF_ERROR(time("--end", flags.end, wanted.end_ms));
  if (wanted.end_ms < wanted.start_ms) return Status::InvalidArgument("--end is before --start");
  return wanted;
}

// Series after series in the order of the text, so that no more than one series' points are in memory.
class Exporter {
 public:
  Exporter(const tsdb::View& view, Wanted wanted, std::uint64_t samples_total)
      : view_(view), wanted_(std::move(wanted)), samples_total_(samples_total) {}

  Status Run() {
    std::set<std::string> names{""};  // of the series without a name, if there are any
    for (const Matchers& matchers : wanted_.selectors) {
      for (std::string& name : view_.LabelValues(kNameLabel, matchers)) names.insert(std::move(name));
    }
    for (const std::string& name : names) PT_RETURN_IF_ERROR(ExportName(name));
    bar_.Clear();
    return writer_.Finish();
  }

  // What could not be read.
  const Status& damage() const { return damage_; }

 private:
  Status ExportName(const std::string& name) {
    std::vector<Labels> all;
    for (Matchers matchers : wanted_.selectors) {
      matchers.push_back(tsdb::Matcher::Equal(std::string(kNameLabel), name));
      std::vector<Labels> series = view_.MatchingSeries(matchers);
      std::move(series.begin(), series.end(), std::back_inserter(all));
    }
    std::sort(all.begin(), all.end(), SampleWriter::Precedes);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (const Labels& labels : all) PT_RETURN_IF_ERROR(ExportSeries(labels));
    return Status::Ok();
  }

  Status ExportSeries(const Labels& labels) {
    tsdb::Selection selection;
    selection.start_ms = wanted_.start_ms;
    selection.end_ms = wanted_.end_ms;
    for (const Label& label : labels) selection.matchers.push_back(tsdb::Matcher::Equal(label.name, label.value));
    const std::unique_ptr<tsdb::SeriesCursor> cursor = view_.Select(selection);
    while (cursor->Next()) {
      // Those that have further labels match too.
      if (cursor->labels() != labels) continue;
      PT_RETURN_IF_ERROR(writer_.StartSeries(labels));
      PT_RETURN_IF_ERROR(writer_.WritePoints(cursor->points()));
    }
    if (damage_.ok() && !cursor->status().ok()) damage_ = cursor->status();
    return Status::Ok();
  }

  Status Write(std::string_view text) {
    // As if the samples were the bytes: how many bytes it will be is not known.
    if (isatty(STDOUT_FILENO) == 0) bar_.Update(writer_.samples(), samples_total_, writer_.samples());
    return WriteOut(text);
  }

  const tsdb::View& view_;
  const Wanted wanted_;
  const std::uint64_t samples_total_;
  Status damage_;
  ProgressBar bar_ = ProgressBar::OnStandardError("export");
  SampleWriter writer_{[this](std::string_view text) { return Write(text); }};
};

Status Export(const ExportFlags& flags) {
  PT_ASSIGN_OR_RETURN(const Wanted wanted, Parse(flags));
  PT_ASSIGN_OR_RETURN(const tsdb::StoreOptions options, StoreOptionsFor(flags.store));
  std::error_code error;
  if (!std::filesystem::is_directory(options.path, error)) {
    return Status::NotFound("there is no history in " + options.path.string());
  }
  PT_ASSIGN_OR_RETURN(const std::unique_ptr<tsdb::Store> store, tsdb::Store::Open(options));
  const tsdb::StoreStats stats = store->stats();
  std::uint64_t samples = 0;
  for (const auto& tier : stats.tiers) samples += tier.samples;
  const std::shared_ptr<const tsdb::View> view = store->NewView();
  Exporter exporter(*view, wanted, samples);
  PT_RETURN_IF_ERROR(exporter.Run());
  if (!exporter.damage().ok()) {
    return exporter.damage().Prefixed("some samples are damaged and left out, all others are exported");
  }
  if (stats.quarantined == 0 && stats.lost_records == 0) return Status::Ok();
  return Status::Corruption(
      "a part of the history was found damaged and set aside; what could be read is exported. See " +
      (options.path / "quarantine").string());
}

}  // namespace

int RunExport(const ExportFlags& flags) {
  const Status done = Export(flags);
  if (done.ok()) return kExitOk;
  PrintError(done.message());
  return kExitFailed;
}

}  // namespace proxy_telemetry::tools
