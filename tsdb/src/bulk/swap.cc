#include "bulk/swap.h"

#include <string_view>
#include <system_error>

#include "coding.h"
#include "env/store_env.h"
#include "files.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::string_view kMagic = "PTSDBSW\n";
constexpr std::uint32_t kSwapVersion = 1;
constexpr std::size_t kSwapBytesMax = std::size_t{16} << 20;

std::string Encode(const std::vector<SwapStep>& steps) {
  std::string content(kMagic);
  PutFixed32(kSwapVersion, content);
  PutVarint(steps.size(), content);
  for (const SwapStep& step : steps) {
    PutString(step.from, content);
    PutString(step.to, content);
  }
  SealWithCrc({}, 0, content);
  return content;
}

bool Decode(std::string_view content, std::vector<SwapStep>& steps) {
  if (!CheckCrc({}, content) || !content.starts_with(kMagic)) return false;
  content.remove_prefix(kMagic.size());
  std::uint32_t version = 0;
  std::uint64_t count = 0;
  if (!GetFixed32(content, version) || version != kSwapVersion || !GetVarint(content, count)) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string_view from;
    std::string_view to;
    if (!GetString(content, from) || !GetString(content, to)) return false;
    steps.push_back({std::string(from), std::string(to)});
  }
  return content.empty();
}

Result<bool> Exists(const std::filesystem::path& path) {
  std::error_code error;
  const bool exists = std::filesystem::exists(path, error);
  if (error) return Status::IoError("look at " + path.string() + ": " + error.message());
  return exists;
}

// May have been done before: then there is nothing at `from`. What makes room goes when its place is taken.
Status Do(StoreEnv& env, const std::filesystem::path& store, const SwapStep& step) {
  const std::filesystem::path to = store / step.to;
  if (!step.from.empty()) {
    PT_ASSIGN_OR_RETURN(const bool is_to_be_done, Exists(store / step.from));
    if (!is_to_be_done) return Status::Ok();
  }
  const std::filesystem::path trash = store / ("trash-swap-" + to.filename().string());
  PT_ASSIGN_OR_RETURN(const bool is_taken, Exists(to));
  if (is_taken) {
    PT_RETURN_IF_ERROR(RemoveTree(env, trash));
    PT_RETURN_IF_ERROR(Rename(env, to, trash));
  }
  if (!step.from.empty()) {
    PT_RETURN_IF_ERROR(MakeDirectory(env, to.parent_path()));
    PT_RETURN_IF_ERROR(Rename(env, store / step.from, to));
  }
  return RemoveTree(env, trash);
}

Status DoAll(StoreEnv& env, const std::filesystem::path& store, const std::vector<SwapStep>& steps) {
  for (const SwapStep& step : steps) PT_RETURN_IF_ERROR(Do(env, store, step));
  const std::string path = store / kSwapName;
  PT_RETURN_IF_ERROR(FromEnv(env.RemoveFile(path), "remove " + path));
  PT_RETURN_IF_ERROR(env.SyncDirectory(store));
  return RemoveTree(env, store / kImportFolder);
}

}  // namespace

Status Swap(StoreEnv& env, const std::filesystem::path& store, const std::vector<SwapStep>& steps) {
  PT_RETURN_IF_ERROR(WriteFileAtomically(env, store / kSwapName, Encode(steps)));
  return DoAll(env, store, steps);
}

Result<std::vector<SwapStep>> ReadSwap(StoreEnv& env, const std::filesystem::path& store) {
  PT_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(env, store / kSwapName, kSwapBytesMax));
  std::vector<SwapStep> steps;
  if (Decode(content, steps)) return steps;
  return Status::Corruption((store / kSwapName).string() + " is damaged: an import was cut off while it took effect");
}

Status FinishSwap(StoreEnv& env, const std::filesystem::path& store) {
  const Result<std::vector<SwapStep>> steps = ReadSwap(env, store);
  if (steps.status().code() == StatusCode::kNotFound) return RemoveTree(env, store / kImportFolder);
  if (!steps.ok()) return steps.status();
  return DoAll(env, store, *steps);
}

}  // namespace proxy_telemetry::tsdb
