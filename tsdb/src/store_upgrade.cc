#include "store_upgrade.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "base/log.h"
#include "env/store_env.h"
#include "files.h"
#include "store_impl.h"
#include "tsdb/import.h"
#include "v1/reader.h"

namespace proxy_telemetry::tsdb {
namespace {

Result<std::filesystem::path> KeepAside(StoreEnv& env, const std::filesystem::path& store,
                                        const std::filesystem::path& partition) {
  const std::filesystem::path quarantine = store / "quarantine";
  PT_RETURN_IF_ERROR(MakeDirectory(env, quarantine));
  const std::filesystem::path to = quarantine / ("version1-" + partition.filename().string());
  PT_RETURN_IF_ERROR(Rename(env, partition, to));
  return to;
}

}  // namespace

Status UpgradeFromVersion1(const StoreOptions& options) {
  StoreEnv& env = options.env != nullptr ? *options.env : StoreEnv::System();
  const std::filesystem::path old = options.path / kVersion1Folder;
  std::error_code error;
  if (!std::filesystem::is_directory(old, error)) return Status::Ok();
  std::vector<std::filesystem::path> partitions;
  for (const auto& entry : std::filesystem::directory_iterator(old, error)) partitions.push_back(entry.path());
  if (error) return Status::IoError("list " + old.string() + ": " + error.message());
  std::sort(partitions.begin(), partitions.end());
  LogInfo("the history is of an older format; it is being rewritten, which happens once",
          {{"path", options.path.string()}, {"partitions", partitions.size()}});
  std::filesystem::path trash;
  {
    PT_ASSIGN_OR_RETURN(const std::unique_ptr<Importer> importer, Importer::Begin(options));
    for (const std::filesystem::path& partition : partitions) {
      // One that was being made held no sample.
      if (partition.filename().string().ends_with(Partition::kMakingSuffix)) continue;
      const Status read =
          ReadVersion1(env, partition, [&importer](const Labels& labels, std::span<const Point> points) {
            return importer->Add(importer->AddSeries(labels), points);
          });
      if (read.code() == StatusCode::kCorruption) {
        PT_ASSIGN_OR_RETURN(const std::filesystem::path kept, KeepAside(env, options.path, partition));
        LogError("a part of the old history is damaged and set aside unread",
                 {{"moved_to", kept.string()}, {"reason", read.message()}});
      } else {
        PT_RETURN_IF_ERROR(read);
      }
    }
    PT_ASSIGN_OR_RETURN(const ImportResult result, importer->Commit([](double) {}));
    LogInfo("the history is rewritten", {{"samples", result.samples + result.known}, {"series", result.series}});
    trash = options.path / (std::string(kTrashPrefix) + kVersion1Folder);
    PT_RETURN_IF_ERROR(Rename(env, old, trash));
  }
  return RemoveTree(env, trash);
}

}  // namespace proxy_telemetry::tsdb
