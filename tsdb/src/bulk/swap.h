// Swap: partitions made elsewhere take the place of others, all at one moment. A file says what is to be done before
// it is begun; whoever opens the store next finishes it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

inline constexpr const char* kSwapName = "SWAP";
// Below the store: what is being imported, of no value before the swap is written.
inline constexpr const char* kImportFolder = "import";

// Relative to the store's directory. An empty `from` removes `to`; what is at `to` makes room.
struct SwapStep {
  std::string from;
  std::string to;
};

// All steps or, if the file that tells them cannot be written, none.
Status Swap(StoreEnv& env, const std::filesystem::path& store, const std::vector<SwapStep>& steps);
// What is to be done. kNotFound: nothing; kCorruption: nobody knows.
Result<std::vector<SwapStep>> ReadSwap(StoreEnv& env, const std::filesystem::path& store);
// Finishes what was begun, and removes what an import left that was not.
Status FinishSwap(StoreEnv& env, const std::filesystem::path& store);

}  // namespace proxy_telemetry::tsdb
