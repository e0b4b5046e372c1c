// RunVerify: see tools/commands.h.
#include <fmt/format.h>

#include <algorithm>

#include "command_text.h"
#include "tools/commands.h"
#include "tools/progress_bar.h"
#include "tsdb/verify.h"

namespace proxy_telemetry::tools {
namespace {

std::uint64_t Count(const tsdb::StoreFacts& facts, tsdb::FindingKind kind) {
  return static_cast<std::uint64_t>(
      std::count_if(facts.findings.begin(), facts.findings.end(),
                    [kind](const tsdb::Finding& finding) { return finding.kind == kind; }));
}

Result<tsdb::StoreFacts> Examine(const tsdb::StoreOptions& options) {
  ProgressBar bar = ProgressBar::OnStandardError("verify");
  auto facts = ExamineStore(options, tsdb::ExamineDepth::kEverything, [&bar](const tsdb::ExamineProgress& progress) {
    bar.Update(progress.bytes, progress.bytes_total, progress.samples);
  });
  bar.Clear();
  return facts;
}

// One line a finding, then one of all; returns the exit code.
int Report(const std::string& path, const tsdb::StoreFacts& facts) {
  std::uint64_t samples = facts.log.samples;
  std::uint64_t blocks = 0;
  for (const tsdb::PartitionFacts& partition : facts.partitions) {
    samples += partition.samples;
    blocks += partition.blocks;
  }
  for (const tsdb::Finding& finding : facts.findings) {
    PrintError(fmt::format("{}: {}; {}", finding.path.string(), finding.what, finding.advice));
  }
  const std::uint64_t damages = Count(facts, tsdb::FindingKind::kDamage);
  const std::uint64_t unknown = Count(facts, tsdb::FindingKind::kNotReadable);
  const std::string all = fmt::format("{} partitions, {} blocks, {} samples", facts.partitions.size(), blocks, samples);
  const std::string verdict = damages != 0   ? fmt::format("{} damages found; {}", damages, all)
                              : unknown != 0 ? fmt::format("{} parts could not be looked at; {}", unknown, all)
                                             : "ok; " + all;
  const Status written = WriteOut(path + ": " + verdict + "\n");
  if (!written.ok()) PrintError(written.message());
  return damages != 0 ? kExitFailed : unknown != 0 ? kExitCouldNotLook : kExitOk;
}

int Fail(const Status& status) {
  PrintError(status.message());
  return kExitCouldNotLook;
}

}  // namespace

int RunVerify(const VerifyFlags& flags) {
  const auto options = StoreOptionsFor(flags.store);
  if (!options.ok()) return Fail(options.status());
  const auto facts = Examine(*options);
  if (!facts.ok()) return Fail(facts.status());
  const std::string path = options->path.string();
  const int before = Report(path, *facts);
  if (!flags.repair || before != kExitFailed) return before;
  if (const Status repaired = RepairStore(*options, *facts); !repaired.ok()) {
    return Fail(repaired.Prefixed("the repair failed"));
  }
  const auto again = Examine(*options);
  if (!again.ok()) return Fail(again.status());
  const int after = Report(path, *again);
  if (after != kExitOk) return after;
  PrintError("repaired; what was damaged is as it was in " + (options->path / "quarantine").string());
  return kExitFailed;
}

}  // namespace proxy_telemetry::tools
