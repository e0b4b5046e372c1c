#include "target_reader.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/labels.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kUnixPathBytesMax = 107;  // sun_path with its NUL
constexpr std::size_t kHostBytesMax = 253;

bool IsAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool AllOf(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(),
                     [more](char c) { return IsAlnum(c) || more.find(c) != std::string_view::npos; });
}

std::string UnixFault(std::string_view path) {
  if (!path.starts_with('/')) return "the path behind unix: must be absolute, as in unix:/run/haproxy/admin.sock";
  if (path.size() > kUnixPathBytesMax) {
    return "the path behind unix: is longer than " + std::to_string(kUnixPathBytesMax) + " bytes, the system's limit";
  }
  const bool control =
      std::any_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return control ? "the path behind unix: holds a control character" : "";
}

std::string PortFault(std::string_view port) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool good = error == std::errc() && end == port.data() + port.size() && number >= 1 && number <= 65535;
  return good ? "" : "port " + Quoted(port) + " must be a number from 1 to 65535";
}

}  // namespace

std::string TargetFault(const std::string& address) {
  const std::string_view all = address;
  if (all.empty()) return "must not be empty; write host:port or unix:/path";
  if (all.starts_with(kUnix)) return UnixFault(all.substr(kUnix.size()));
  if (all.find("://") != std::string_view::npos || all.find('/') != std::string_view::npos) {
    return Quoted(all) + " must be host:port only; scheme and path go to scheme: and metrics_path:";
  }
  std::string_view host = all;
  std::string_view port;
  bool has_port = false;
  if (all[0] == '[') {
    const std::size_t close = all.find(']');
    if (close == std::string_view::npos || close < 3 || !AllOf(all.substr(1, close - 1), ":.%")) {
      return Quoted(all) + " is not [IPv6 address]:port";
    }
    host = {};
    has_port = close + 1 < all.size();
    port = all.substr(close + 1);
    if (has_port && port[0] != ':') return Quoted(all) + " is not [IPv6 address]:port";
    if (has_port) port.remove_prefix(1);
  } else if (const std::size_t colon = all.find(':'); colon != std::string_view::npos) {
    if (all.find(':', colon + 1) != std::string_view::npos) return Quoted(all) + " needs brackets: [IPv6 address]:port";
    host = all.substr(0, colon);
    port = all.substr(colon + 1);
    has_port = true;
    if (host.empty()) return Quoted(all) + " has no host before the port";
  }
  if (host.size() > kHostBytesMax || !AllOf(host, ".-_")) {
    return Quoted(all) + " is not a target; write host:port or unix:/path";
  }
  return has_port ? PortFault(port) : "";
}

std::map<std::string, std::string> ReadLabels(Reader& reader, const Value& value) {
  std::map<std::string, std::string> labels;
  for (const Value& label : reader.FreeMap(value)) {
    std::string text;
    if (!IsValidLabelName(label.name())) {
      reader.FailKey(label, "is not a label name; use letters, digits and _, no digit first");
    } else if (label.name().starts_with("__")) {
      reader.FailKey(label, "is reserved; label names must not start with __");
    } else if (reader.String(&label, text)) {
      labels[label.name()] = text;
    }
  }
  return labels;
}

void TargetReader::Read(const Value& static_configs, ScrapeConfig& out) {
  for (const Value& group : reader_.List(static_configs)) ReadGroup(group, out);
}

void TargetReader::ReadGroup(const Value& value, ScrapeConfig& out) {
  const Fields fields = reader_.Map(value, {"targets", "labels"});
  TargetGroup group;
  if (const Value* labels = fields.Find("labels")) group.labels = ReadLabels(reader_, *labels);
  std::map<std::string, std::string> effective = group.labels;
  effective.try_emplace("job", out.job_name);
  std::string labels_key;
  for (const auto& [name, text] : effective) {
    if (text.empty()) continue;
    labels_key += name;
    labels_key += '\0';
    labels_key += text;
    labels_key += '\0';
  }
  const std::size_t labels_id = label_ids_.try_emplace(std::move(labels_key), label_ids_.size()).first->second;
  const Value* targets = reader_.Require(value, fields, "targets");
  if (targets == nullptr) return;
  for (const Value& target : reader_.List(*targets)) {
    std::string address;
    if (!reader_.String(&target, address)) continue;
    if (std::string fault = TargetFault(address); !fault.empty()) {
      reader_.Fail(target, std::move(fault));
      continue;
    }
    RefuseTwin(target, group, labels_id, address);
    group.targets.push_back(std::move(address));
  }
  out.static_configs.push_back(std::move(group));
}

void TargetReader::RefuseTwin(const Value& target, const TargetGroup& group, std::size_t labels_id,
                              const std::string& address) {
  const auto instance = group.labels.find("instance");
  const bool own_instance = instance != group.labels.end() && !instance->second.empty();
  const std::string identity = std::to_string(labels_id) + (own_instance ? "" : "\n" + address);
  const auto [it, is_new] = path_by_identity_.try_emplace(identity, target.path);
  if (!is_new) reader_.Fail(target, "has the same labels as " + it->second + ", their series would mix; remove one");
}

}  // namespace proxy_telemetry
