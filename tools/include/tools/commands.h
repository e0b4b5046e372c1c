// The subcommands that look at a store or move samples: import, export, inspect, verify.
//
// Each runs to its end, says on standard output what it is for and on standard error what is wrong, and returns the
// exit code of the program. They take the store for themselves; while a daemon has it open they say so.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "tools/sample_format.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tools {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
// verify: whether the store is sound is not known.
inline constexpr int kExitCouldNotLook = 2;

// Which store, and how it is kept.
struct StoreFlags {
  std::string path;  // "": what the configuration says, else default_path
  std::string default_path;
  std::string config_file;  // "": defaults, and the tiers that are there
};

struct ImportFlags {
  StoreFlags store;
  std::string file;  // "-": standard input
  SampleFormat format = SampleFormat::kAuto;
};

struct ExportFlags {
  StoreFlags store;
  std::vector<std::string> matches;  // selectors, any of them; none: everything
  std::string start;                 // "": from the first sample
  std::string end;                   // "": to the last one; both inclusive
};

struct InspectFlags {
  StoreFlags store;
  bool json = false;
};

struct VerifyFlags {
  StoreFlags store;
  bool repair = false;
};

int RunImport(const ImportFlags& flags);
int RunExport(const ExportFlags& flags);
int RunInspect(const InspectFlags& flags);
// 0: sound; 1: damaged, or repaired just now; 2: could not look.
int RunVerify(const VerifyFlags& flags);

// Fails with what is wrong in the configuration.
Result<tsdb::StoreOptions> StoreOptionsFor(const StoreFlags& flags);

}  // namespace proxy_telemetry::tools
