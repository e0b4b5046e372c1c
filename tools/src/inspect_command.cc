// RunInspect: see tools/commands.h.
#include "command_text.h"
#include "inspect_text.h"
#include "tools/commands.h"
#include "tsdb/verify.h"

namespace proxy_telemetry::tools {
namespace {

Status Inspect(const InspectFlags& flags) {
  PT_ASSIGN_OR_RETURN(const tsdb::StoreOptions options, StoreOptionsFor(flags.store));
  PT_ASSIGN_OR_RETURN(const tsdb::StoreFacts facts,
                      ExamineStore(options, tsdb::ExamineDepth::kOpen, [](const tsdb::ExamineProgress&) {}));
  const std::string path = options.path.string();
  return WriteOut(flags.json ? InspectJson(path, facts) : InspectText(path, facts));
}

}  // namespace

int RunInspect(const InspectFlags& flags) {
  const Status done = Inspect(flags);
  if (done.ok()) return kExitOk;
  PrintError(done.message());
  return kExitFailed;
}

}  // namespace proxy_telemetry::tools
