#include "config/loader.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/duration.h"
#include "config/file.h"
#include "document.h"
#include "faults.h"
#include "reader.h"
#include "scrape_reader.h"
#include "target_reader.h"
#include "yaml_tree.h"

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kTierResolutionMinMs = kMinuteMs;
constexpr std::size_t kConfigWeightMax = 4 * kConfigBytesMax;

Timing ReadGlobal(Reader& reader, const Value& value) {
  const Fields fields = reader.Map(value, {"scrape_interval", "scrape_timeout", "external_labels"});
  // Refused, never ignored, and checked all the same: labels for an outside that there is not.
  if (const Value* labels = fields.Find("external_labels")) {
    reader.FailKey(*labels, "not supported yet; remove it until a later version has it");
    ReadLabels(reader, *labels, LabelNames::kNotReserved);
  }
  return ReadTiming(reader, fields, {});
}

// 5m, 1h and the like. Which of two is at fault when they do not fit, the coarser one says.
void ReadRetentionTiers(Reader& reader, const Fields& fields, StorageConfig& out) {
  std::vector<std::pair<RetentionTier, const Value*>> tiers;
  for (const Value& value : fields) {
    if (value.name() == "raw") continue;
    const Result<std::int64_t> resolution = ParseDurationMs(value.name());
    if (!resolution.ok() || *resolution < kTierResolutionMinMs) {
      reader.FailKey(value, "is not a resolution; use raw, or a duration of at least 1m such as 5m or 1h");
      continue;
    }
    RetentionTier tier{*resolution, 0};
    if (reader.DurationMs(&value, tier.retention_ms)) tiers.emplace_back(tier, &value);
  }
  std::sort(tiers.begin(), tiers.end(),
            [](const auto& a, const auto& b) { return a.first.resolution_ms < b.first.resolution_ms; });
  for (std::size_t i = 1; i < tiers.size(); ++i) {
    const std::int64_t finer_ms = tiers[i - 1].first.resolution_ms;
    if (tiers[i].first.resolution_ms % finer_ms == 0 && tiers[i].first.resolution_ms != finer_ms) continue;
    reader.FailKey(*tiers[i].second, "must be a multiple of the finer resolution " +
                                         std::string(tiers[i - 1].second->name()) + ", and another one");
  }
  for (const auto& [tier, value] : tiers) out.tiers.push_back(tier);
}

void ReadStorage(Reader& reader, const Value& value, StorageConfig& out) {
  const Fields fields = reader.Map(value, {"path", "retention", "max_size"});
  reader.NonEmptyString(fields.Find("path"), out.path);
  reader.SizeBytes(fields.Find("max_size"), out.max_size_bytes);
  const Value* retention = fields.Find("retention");
  if (retention == nullptr) return;
  const Fields tiers = reader.FreeMap(*retention);
  reader.DurationMs(reader.Require(*retention, tiers, "raw"), out.retention_raw_ms);
  ReadRetentionTiers(reader, tiers, out);
}

void ReadHistory(Reader& reader, const Value& value, HistoryConfig& out) {
  const Fields fields = reader.Map(value, {"aggregate"});
  std::size_t aggregate = 0;
  // In the order of the enum.
  if (reader.OneOf(fields.Find("aggregate"), {"first", "last", "max", "avg"}, aggregate)) {
    out.aggregate = static_cast<Aggregate>(aggregate);
  }
}

Config ReadRoot(Reader& reader, const YamlNode& root) {
  Config config;
  if (root.kind == YamlNode::Kind::kNull) return config;
  const Fields fields = reader.Map({&root, nullptr, ""}, {"global", "scrape_configs", "storage", "history"});
  Timing global;
  if (const Value* value = fields.Find("global")) global = ReadGlobal(reader, *value);
  if (const Value* value = fields.Find("scrape_configs")) {
    config.scrape_configs = ReadScrapeConfigs(reader, *value, global);
  }
  if (const Value* value = fields.Find("storage")) ReadStorage(reader, *value, config.storage);
  if (const Value* value = fields.Find("history")) ReadHistory(reader, *value, config.history);
  return config;
}

ConfigResult WholeFileFault(std::string message) { return {std::nullopt, {{0, 0, "", std::move(message)}}}; }

}  // namespace

std::string FormatConfigError(std::string_view file, const ConfigError& error) {
  std::string out(file);
  if (error.line > 0) {
    if (!out.empty()) out += ':';
    out += std::to_string(error.line) + ":" + std::to_string(error.column);
  }
  if (!out.empty()) out += ": ";
  if (!error.key_path.empty()) out += error.key_path + ": ";
  return out + error.message;
}

ConfigResult ParseConfig(std::string_view text, const EnvLookup& env, const std::string& base_dir) {
  if (text.size() > kConfigBytesMax) {
    return WholeFileFault("is larger than " + std::to_string(kConfigBytesMax) + " bytes");
  }
  text = WithoutByteOrderMark(text);
  Faults faults;
  Reader reader(env, base_dir, faults);
  const std::optional<YamlTree> tree = ParseDocument(text, kConfigWeightMax, faults);
  Config config;
  if (tree && tree->root != nullptr) config = ReadRoot(reader, *tree->root);
  if (!faults.empty()) return {std::nullopt, faults.Errors(text)};
  return {std::move(config), {}};
}

ConfigResult LoadConfigFile(const std::string& path, const EnvLookup& env) {
  const Result<std::string> text = ReadSmallFile(path, FileKind::kAny, kConfigBytesMax);
  if (!text.ok()) return WholeFileFault(text.status().message());
  return ParseConfig(*text, env, std::filesystem::path(path).parent_path().string());
}

}  // namespace proxy_telemetry
