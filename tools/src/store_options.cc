// StoreOptionsFor: see tools/commands.h.
#include "config/loader.h"
#include "tools/commands.h"
#include "tsdb/verify.h"

namespace proxy_telemetry::tools {

Result<tsdb::StoreOptions> StoreOptionsFor(const StoreFlags& flags) {
  StorageConfig storage;
  if (!flags.config_file.empty()) {
    const ConfigResult loaded = LoadConfigFile(flags.config_file, ProcessEnv());
    if (!loaded.config) {
      std::string errors;
      for (const ConfigError& error : loaded.errors) {
        errors += (errors.empty() ? "" : "\n") + FormatConfigError(flags.config_file, error);
      }
      return Status::InvalidArgument(std::move(errors));
    }
    storage = loaded.config->storage;
  }
  tsdb::StoreOptions options;
  options.path = !flags.path.empty() ? flags.path : !storage.path.empty() ? storage.path : flags.default_path;
  options.retention_ms = storage.retention_raw_ms;
  for (const RetentionTier& tier : storage.tiers) options.tiers.push_back({tier.resolution_ms, tier.retention_ms});
  if (flags.config_file.empty()) options.tiers = tsdb::TiersOnDisk(options.path);
  options.max_bytes = storage.max_size_bytes;
  options.group_labels = tsdb::DefaultGroupLabels();
  return options;
}

}  // namespace proxy_telemetry::tools
