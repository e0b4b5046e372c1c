#include "target_reader.h"

#include <string_view>
#include <utility>

#include "address.h"
#include "base/labels.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kReserved = "__";

struct PlacedGroup {
  TargetGroup group;
  std::vector<Value> targets;  // as many as group.targets
};

// Where rules may put another address in place, any text will do: Prometheus' blackbox targets are URLs. So it is in
// files, where a wrong target costs itself alone.
enum class Addresses { kChecked, kAny };

PlacedGroup ReadGroup(Reader& reader, const Value& value, Addresses addresses) {
  PlacedGroup out;
  const Fields fields = reader.Map(value, {"targets", "labels"});
  if (const Value* labels = fields.Find("labels")) {
    out.group.labels = ReadLabels(reader, *labels, LabelNames::kAll);
  }
  const Value* targets = reader.Require(value, fields, "targets");
  if (targets == nullptr) return out;
  for (Value& target : reader.List(*targets)) {
    std::string address;
    if (!reader.String(&target, address)) continue;
    if (std::string fault = TargetFault(address); addresses == Addresses::kChecked && !fault.empty()) {
      reader.Fail(target, std::move(fault));
      continue;
    }
    out.group.targets.push_back(std::move(address));
    out.targets.push_back(std::move(target));
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> ReadLabels(Reader& reader, const Value& value, LabelNames names) {
  std::map<std::string, std::string> labels;
  for (const Value& label : reader.FreeMap(value)) {
    std::string text;
    if (!IsValidLabelName(label.name())) {
      reader.FailKey(label, "is not a label name; use letters, digits and _, no digit first");
    } else if (names == LabelNames::kNotReserved && label.name().starts_with(kReserved)) {
      reader.FailKey(label, "is reserved; label names must not start with __");
    } else if (reader.String(&label, text)) {
      labels[label.name()] = text;
    }
  }
  return labels;
}

std::vector<TargetGroup> ReadTargetGroups(Reader& reader, const Value& groups) {
  std::vector<TargetGroup> out;
  for (const Value& value : reader.List(groups)) out.push_back(ReadGroup(reader, value, Addresses::kAny).group);
  return out;
}

void TargetReader::Read(const Value& static_configs, bool relabelled, ScrapeConfig& out) {
  for (const Value& value : reader_.List(static_configs)) {
    PlacedGroup read = ReadGroup(reader_, value, relabelled ? Addresses::kAny : Addresses::kChecked);
    if (!relabelled) RefuseTwins(out.job_name, read.group, read.targets);
    out.static_configs.push_back(std::move(read.group));
  }
}

void TargetReader::RefuseTwins(const std::string& job_name, const TargetGroup& group,
                               const std::vector<Value>& targets) {
  // Labels that begin with __ do not reach the series.
  std::map<std::string, std::string> effective = group.labels;
  std::erase_if(effective,
                [](const auto& label) { return label.second.empty() || label.first.starts_with(kReserved); });
  effective.try_emplace("job", job_name);
  std::string labels_key;
  for (const auto& [name, text] : effective) {
    labels_key += name;
    labels_key += '\0';
    labels_key += text;
    labels_key += '\0';
  }
  const std::size_t labels_id = label_ids_.try_emplace(std::move(labels_key), label_ids_.size()).first->second;
  const bool own_instance = effective.contains("instance");
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::string identity = std::to_string(labels_id) + (own_instance ? "" : "\n" + group.targets[i]);
    const auto [it, is_new] = path_by_identity_.try_emplace(identity, targets[i].path);
    if (is_new) continue;
    reader_.Fail(targets[i], "has the same labels as " + it->second + ", their series would mix; remove one");
  }
}

}  // namespace proxy_telemetry
