// RunImport: see tools/commands.h.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "base/clock.h"
#include "base/duration.h"
#include "base/unix_time.h"
#include "command_text.h"
#include "tools/commands.h"
#include "tools/progress_bar.h"
#include "tools/sample_parser.h"
#include "tools/text_source.h"
#include "tsdb/import.h"

namespace proxy_telemetry::tools {
namespace {

// Into the importer; counts what the retention will not keep.
class ImportSink final : public SampleSink {
 public:
  ImportSink(tsdb::Importer& importer, std::int64_t kept_from_ms) : importer_(importer), kept_from_ms_(kept_from_ms) {}

  Result<SeriesId> OnSeries(const Labels& labels) override { return SeriesId{importer_.AddSeries(labels)}; }
  Status OnSamples(SeriesId series, std::span<const tsdb::Point> points) override {
    for (const tsdb::Point& point : points) {
      if (point.ts_ms >= kept_from_ms_) continue;
      ++too_old_;
      oldest_ms_ = std::min(oldest_ms_, point.ts_ms);
    }
    return importer_.Add(static_cast<std::uint32_t>(series), points);
  }

  std::uint64_t too_old() const { return too_old_; }
  std::int64_t oldest_ms() const { return oldest_ms_; }

 private:
  tsdb::Importer& importer_;
  const std::int64_t kept_from_ms_;
  std::uint64_t too_old_ = 0;
  std::int64_t oldest_ms_ = INT64_MAX;
};

class ReadingBar final : public ImportProgress {
 public:
  Status OnProgress(const TextSource& source, std::uint64_t samples) override {
    bytes_ = source.bytes_read();
    samples_ = samples;
    bar_.Update(bytes_, source.bytes_total(), samples);
    return Status::Ok();
  }
  void Clear() { bar_.Clear(); }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t samples() const { return samples_; }

 private:
  ProgressBar bar_ = ProgressBar::OnStandardError("import, reading");
  std::uint64_t bytes_ = 0;
  std::uint64_t samples_ = 0;
};

void WarnOfRetention(const ImportSink& sink, std::uint64_t samples, std::int64_t retention_ms) {
  if (sink.too_old() == 0) return;
  PrintError(fmt::format(
      "warning: {} of {} samples are older than all samples are kept ({}), the oldest of {}: soon after the program "
      "starts only the coarser resolutions of storage.retention have them, if there are any; to keep them all, raise "
      "storage.retention.raw and give the file as --config.file",
      sink.too_old(), samples, FormatDurationMs(retention_ms), FormatUtc(sink.oldest_ms())));
}

Result<tsdb::ImportResult> Merge(tsdb::Importer& importer, const ReadingBar& read) {
  ProgressBar bar = ProgressBar::OnStandardError("import, merging");
  auto merged = importer.Commit([&](double share) {
    const auto of = [share](std::uint64_t all) { return static_cast<std::uint64_t>(share * static_cast<double>(all)); };
    bar.Update(of(read.bytes()), read.bytes(), of(read.samples()));
  });
  bar.Clear();
  return merged;
}

Status Import(const ImportFlags& flags) {
  const Clock& clock = Clock::System();
  const std::int64_t start_ms = clock.SteadyMs();
  PT_ASSIGN_OR_RETURN(const tsdb::StoreOptions options, StoreOptionsFor(flags.store));
  PT_ASSIGN_OR_RETURN(const std::unique_ptr<TextSource> source, TextSource::Open(flags.file));
  auto importer = tsdb::Importer::Begin(options);
  if (!importer.ok())
    return importer.status().Prefixed("the history in " + options.path.string() + " cannot be opened");
  const bool keeps_all = options.retention_ms == 0;
  ImportSink sink(**importer, keeps_all ? INT64_MIN : clock.WallMs() - options.retention_ms);
  ReadingBar read;
  const Status parsed = ParseSamples(*source, flags.format, sink, &read);
  read.Clear();
  if (!parsed.ok()) return parsed.Prefixed("nothing is imported");
  auto merged = Merge(**importer, read);
  if (merged.status().code() == StatusCode::kUnavailable) return merged.status();
  if (!merged.ok()) return merged.status().Prefixed("nothing is imported");
  WarnOfRetention(sink, merged->samples + merged->known + merged->conflicts, options.retention_ms);
  const double seconds = static_cast<double>(std::max<std::int64_t>(1, clock.SteadyMs() - start_ms)) / 1000;
  const std::uint64_t samples = merged->samples + merged->known + merged->conflicts;
  return WriteOut(fmt::format(
      "imported {} series: {} samples new, {} known, {} in conflict (kept the first); {} partitions; {:.2f} s, {:.0f} "
      "samples/s\n",
      merged->series, merged->samples, merged->known, merged->conflicts, merged->partitions, seconds,
      static_cast<double>(samples) / seconds));
}

}  // namespace

int RunImport(const ImportFlags& flags) {
  const Status done = Import(flags);
  if (done.ok()) return kExitOk;
  PrintError(done.message());
  return kExitFailed;
}

}  // namespace proxy_telemetry::tools
