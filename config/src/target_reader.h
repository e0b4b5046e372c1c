// static_configs: addresses and their labels.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

// Empty when `address` is "host", "host:port", "[v6]:port" or "unix:/path"; else what is wrong with it.
std::string TargetFault(const std::string& address);

// A map of label name to value, for targets and for external_labels. Wrong entries are left out.
std::map<std::string, std::string> ReadLabels(Reader& reader, const Value& value);

// Reads the targets of all jobs of a file, because two targets with the same labels would write the same series.
class TargetReader {
 public:
  explicit TargetReader(Reader& reader) : reader_(reader) {}
  // Fills out.static_configs; out.job_name is set.
  void Read(const Value& static_configs, ScrapeConfig& out);

 private:
  void ReadGroup(const Value& value, ScrapeConfig& out);
  void RefuseTwin(const Value& target, const TargetGroup& group, std::size_t labels_id, const std::string& address);

  Reader& reader_;
  // Labels are numbered, so that a target costs its address and not all its labels.
  std::unordered_map<std::string, std::size_t> label_ids_;
  std::unordered_map<std::string, std::string> path_by_identity_;
};

}  // namespace proxy_telemetry
