#include "inspect_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/duration.h"
#include "base/unix_time.h"
#include "command_text.h"

namespace proxy_telemetry::tools {
namespace {

using Json = nlohmann::ordered_json;

struct TierFacts {
  std::uint64_t partitions = 0;
  std::uint64_t blocks = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  bool has_times = false;
  std::int64_t min_ts_ms = 0;
  std::int64_t max_ts_ms = 0;

  void AddTimes(std::int64_t min_ms, std::int64_t max_ms) {
    min_ts_ms = has_times ? std::min(min_ts_ms, min_ms) : min_ms;
    max_ts_ms = has_times ? std::max(max_ts_ms, max_ms) : max_ms;
    has_times = true;
  }
};

std::map<std::int64_t, TierFacts> Tiers(const tsdb::StoreFacts& facts) {
  std::map<std::int64_t, TierFacts> tiers;
  for (const tsdb::PartitionFacts& partition : facts.partitions) {
    TierFacts& tier = tiers[partition.resolution_ms];
    ++tier.partitions;
    tier.blocks += partition.blocks;
    tier.samples += partition.samples;
    tier.bytes += partition.bytes;
    if (partition.blocks != 0) tier.AddTimes(partition.min_ts_ms, partition.max_ts_ms);
  }
  return tiers;
}

// Of all samples there are, tiers and log included. Samples of a tier are not counted: they are again the same.
TierFacts Whole(const tsdb::StoreFacts& facts) {
  TierFacts whole;
  for (const auto& [resolution_ms, tier] : Tiers(facts)) {
    if (resolution_ms == 0) whole.samples = tier.samples;
    if (tier.has_times) whole.AddTimes(tier.min_ts_ms, tier.max_ts_ms);
  }
  whole.samples += facts.log.samples;
  if (facts.log.rows != 0) whole.AddTimes(facts.log.min_ts_ms, facts.log.max_ts_ms);
  return whole;
}

std::string TierName(std::int64_t resolution_ms) {
  return resolution_ms == 0 ? "raw" : FormatDurationMs(resolution_ms);
}

std::string TimeOr(bool is_known, std::int64_t ts_ms) { return is_known ? FormatUtc(ts_ms) : "-"; }

std::string TierTable(const tsdb::StoreFacts& facts) {
  TextTable table({"tier", "partitions", "blocks", "samples", "bytes", "bytes/sample", "first", "last"});
  for (const auto& [resolution_ms, tier] : Tiers(facts)) {
    table.Add({TierName(resolution_ms), std::to_string(tier.partitions), std::to_string(tier.blocks),
               std::to_string(tier.samples), FormatBytes(tier.bytes), FormatRatio(tier.bytes, tier.samples),
               TimeOr(tier.has_times, tier.min_ts_ms), TimeOr(tier.has_times, tier.max_ts_ms)});
  }
  const tsdb::LogFacts& log = facts.log;
  table.Add({"log", fmt::format("{} segments", log.segments), fmt::format("{} rows", log.rows),
             std::to_string(log.samples), FormatBytes(log.bytes), FormatRatio(log.bytes, log.samples),
             TimeOr(log.rows != 0, log.min_ts_ms), TimeOr(log.rows != 0, log.max_ts_ms)});
  return table.Text();
}

std::string PartitionTable(const std::filesystem::path& root, const tsdb::StoreFacts& facts) {
  TextTable table({"partition", "groups", "blocks", "samples", "bytes", "bytes/sample", "from", "to", "state"});
  for (const tsdb::PartitionFacts& partition : facts.partitions) {
    const std::string name = partition.path.lexically_relative(root).string();
    if (!partition.is_open) {
      table.Add({name, "-", "-", "-", FormatBytes(partition.bytes), "-", "-", "-", "cannot be opened"});
      continue;
    }
    table.Add({name, std::to_string(partition.groups), std::to_string(partition.blocks),
               std::to_string(partition.samples), FormatBytes(partition.bytes),
               FormatRatio(partition.bytes, partition.samples), FormatUtc(partition.start_ms),
               FormatUtc(partition.end_ms), partition.is_complete ? "complete" : "growing"});
  }
  return table.Text();
}

const char* KindName(tsdb::FindingKind kind) {
  switch (kind) {
    case tsdb::FindingKind::kDamage:
      return "damage";
    case tsdb::FindingKind::kNotReadable:
      return "not readable";
    default:
      return "note";
  }
}

}  // namespace

std::string InspectText(const std::string& path, const tsdb::StoreFacts& facts) {
  const TierFacts whole = Whole(facts);
  std::string text =
      fmt::format("history   {}\nseries    {}\nsamples   {}\nbytes     {} ({} per sample)\n", path, facts.series,
                  whole.samples, FormatBytes(facts.bytes), FormatRatio(facts.bytes, whole.samples));
  text += fmt::format("time      {} to {}\n", TimeOr(whole.has_times, whole.min_ts_ms),
                      TimeOr(whole.has_times, whole.max_ts_ms));
  text += "\n" + TierTable(facts);
  if (!facts.partitions.empty()) text += "\n" + PartitionTable(path, facts);
  if (!facts.quarantine.empty()) {
    TextTable table({"set aside as damaged", "bytes"});
    for (const tsdb::AsideFacts& aside : facts.quarantine) {
      table.Add({aside.path.lexically_relative(path).string(), FormatBytes(aside.bytes)});
    }
    text += "\n" + table.Text();
  }
  if (!facts.findings.empty()) text += "\n";
  for (const tsdb::Finding& finding : facts.findings) {
    text +=
        fmt::format("{}: {}: {}; {}\n", KindName(finding.kind), finding.path.string(), finding.what, finding.advice);
  }
  return text;
}

std::string InspectJson(const std::string& path, const tsdb::StoreFacts& facts) {
  const TierFacts whole = Whole(facts);
  const auto time = [](bool is_known, std::int64_t ts_ms) { return is_known ? Json(ts_ms) : Json(nullptr); };
  Json json{{"path", path},
            {"series", facts.series},
            {"samples", whole.samples},
            {"bytes", facts.bytes},
            {"min_ts_ms", time(whole.has_times, whole.min_ts_ms)},
            {"max_ts_ms", time(whole.has_times, whole.max_ts_ms)},
            {"tiers", Json::array()},
            {"log",
             {{"segments", facts.log.segments},
              {"records", facts.log.records},
              {"rows", facts.log.rows},
              {"samples", facts.log.samples},
              {"bytes", facts.log.bytes}}},
            {"partitions", Json::array()},
            {"quarantine", Json::array()},
            {"findings", Json::array()}};
  for (const auto& [resolution_ms, tier] : Tiers(facts)) {
    json["tiers"].push_back({{"tier", TierName(resolution_ms)},
                             {"resolution_ms", resolution_ms},
                             {"partitions", tier.partitions},
                             {"blocks", tier.blocks},
                             {"samples", tier.samples},
                             {"bytes", tier.bytes},
                             {"min_ts_ms", time(tier.has_times, tier.min_ts_ms)},
                             {"max_ts_ms", time(tier.has_times, tier.max_ts_ms)}});
  }
  for (const tsdb::PartitionFacts& partition : facts.partitions) {
    json["partitions"].push_back({{"path", partition.path.lexically_relative(path).string()},
                                  {"resolution_ms", partition.resolution_ms},
                                  {"start_ms", partition.start_ms},
                                  {"end_ms", partition.end_ms},
                                  {"is_open", partition.is_open},
                                  {"is_complete", partition.is_complete},
                                  {"groups", partition.groups},
                                  {"blocks", partition.blocks},
                                  {"samples", partition.samples},
                                  {"bytes", partition.bytes}});
  }
  for (const tsdb::AsideFacts& aside : facts.quarantine) {
    json["quarantine"].push_back({{"path", aside.path.lexically_relative(path).string()}, {"bytes", aside.bytes}});
  }
  for (const tsdb::Finding& finding : facts.findings) {
    json["findings"].push_back({{"kind", KindName(finding.kind)},
                                {"path", finding.path.lexically_relative(path).string()},
                                {"what", finding.what},
                                {"advice", finding.advice}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace proxy_telemetry::tools
