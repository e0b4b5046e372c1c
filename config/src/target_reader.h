// static_configs: addresses and their labels.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

// A map of label name to value, for targets and for external_labels. Wrong entries are left out.
enum class LabelNames { kAll, kNotReserved };
std::map<std::string, std::string> ReadLabels(Reader& reader, const Value& value, LabelNames names);

// The groups of static_configs or of a file. Wrong targets are left out.
std::vector<TargetGroup> ReadTargetGroups(Reader& reader, const Value& groups);

// Reads static_configs of all jobs of a file, because two targets with the same labels would write the same series.
class TargetReader {
 public:
  explicit TargetReader(Reader& reader) : reader_(reader) {}
  // Fills out.static_configs; out.job_name is set. With `relabelled` neither addresses nor labels are looked at:
  // rules may put them in place, tell targets apart, or drop one.
  void Read(const Value& static_configs, bool relabelled, ScrapeConfig& out);

 private:
  // `targets` are the places of group.targets.
  void RefuseTwins(const std::string& job_name, const TargetGroup& group, const std::vector<Value>& targets);

  Reader& reader_;
  // Labels are numbered, so that a target costs its address and not all its labels.
  std::unordered_map<std::string, std::size_t> label_ids_;
  std::unordered_map<std::string, std::string> path_by_identity_;
};

}  // namespace proxy_telemetry
