#include "config/loader.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/duration.h"
#include "faults.h"
#include "file.h"
#include "later_reader.h"
#include "reader.h"
#include "scrape_reader.h"
#include "text_position.h"
#include "yaml_tree.h"

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kTierResolutionMinMs = kMinuteMs;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Timing ReadGlobal(Reader& reader, const Value& value) {
  const Fields fields = reader.Map(value, {"scrape_interval", "scrape_timeout", "external_labels"});
  ReadExternalLabels(reader, fields.Find("external_labels"));
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

Config ParseText(std::string_view text, const EnvLookup& env, const std::string& base_dir, Faults& faults) {
  if (const auto fault = CheckText(text)) {
    faults.Add(fault->offset, "", fault->message);
    return {};
  }
  const auto parsed = ParseYaml(text);
  if (const auto* fault = std::get_if<YamlFault>(&parsed)) {
    faults.Add(fault->offset, "", fault->message);
    return {};
  }
  const auto& tree = std::get<YamlTree>(parsed);
  Reader reader(env, base_dir, faults);
  return tree.root == nullptr ? Config{} : ReadRoot(reader, *tree.root);
}

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
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Faults faults;
  Config config = ParseText(text, env, base_dir, faults);
  if (!faults.empty()) return {std::nullopt, faults.Errors(text)};
  return {std::move(config), {}};
}

ConfigResult LoadConfigFile(const std::string& path, const EnvLookup& env) {
  const Result<std::string> text = ReadSmallFile(path, FileKind::kAny, kConfigBytesMax);
  if (!text.ok()) return WholeFileFault(text.status().message());
  return ParseConfig(*text, env, std::filesystem::path(path).parent_path().string());
}

}  // namespace proxy_telemetry
