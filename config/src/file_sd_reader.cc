#include "file_sd_reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace proxy_telemetry {
namespace {

// As Prometheus: one case or the other, not mixed.
constexpr std::array<std::string_view, 6> kEndings{".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"};

// Empty when Prometheus takes the name.
std::string NameFault(std::string_view name) {
  const std::size_t star = name.find('*');
  if (star != std::string_view::npos && name.find('/', star) != std::string_view::npos) {
    return Quoted(name) + " may have its * behind the last / only; name one directory";
  }
  const bool ends_well =
      std::any_of(kEndings.begin(), kEndings.end(), [name](std::string_view ending) { return name.ends_with(ending); });
  return ends_well ? "" : Quoted(name) + " must end in .json, .yml or .yaml";
}

void ReadFiles(Reader& reader, const Value& value, std::vector<std::string>& out) {
  const std::vector<Value> files = reader.List(value);
  if (files.empty() && value.node->kind == YamlNode::Kind::kList) reader.Fail(value, "must name at least one file");
  for (const Value& file : files) {
    std::string name;
    if (!reader.NonEmptyString(&file, name)) continue;
    if (std::string fault = NameFault(name); !fault.empty()) {
      reader.Fail(file, std::move(fault));
    } else if (reader.FilePath(&file, name)) {
      out.push_back(std::move(name));
    }
  }
}

}  // namespace

std::vector<FileSdConfig> ReadFileSdConfigs(Reader& reader, const Value& value) {
  std::vector<FileSdConfig> out;
  for (const Value& item : reader.List(value)) {
    const Fields fields = reader.Map(item, {"files", "refresh_interval"});
    FileSdConfig& config = out.emplace_back();
    if (const Value* files = reader.Require(item, fields, "files")) ReadFiles(reader, *files, config.files);
    reader.DurationMs(fields.Find("refresh_interval"), config.refresh_interval_ms);
  }
  return out;
}

}  // namespace proxy_telemetry
