#include "later_reader.h"

#include <cstdint>
#include <string>

#include "base/duration.h"
#include "host_reader.h"
#include "target_reader.h"

namespace proxy_telemetry {
namespace {

constexpr const char* kNotYet = "not supported yet; remove it until a later version has it";

// The values are only checked.
void CheckString(Reader& reader, const Value* value) {
  std::string text;
  reader.NonEmptyString(value, text);
}

void CheckStrings(Reader& reader, const Value* value) {
  if (value == nullptr) return;
  for (const Value& item : reader.List(*value)) CheckString(reader, &item);
}

void CheckRelabelRule(Reader& reader, const Value& value) {
  const Fields fields =
      reader.Map(value, {"source_labels", "separator", "target_label", "regex", "modulus", "replacement", "action"});
  CheckStrings(reader, fields.Find("source_labels"));
  CheckString(reader, fields.Find("target_label"));
  std::string text;
  reader.String(fields.Find("separator"), text);
  reader.String(fields.Find("replacement"), text);
  std::uint64_t modulus = 0;
  reader.Count(fields.Find("modulus"), modulus);
  const Value* regex = fields.Find("regex");
  if (reader.String(regex, text)) {
    if (std::string fault = RegexFault(text); !fault.empty()) reader.Fail(*regex, std::move(fault));
  }
  std::size_t action = 0;
  reader.OneOf(fields.Find("action"),
               {"replace", "lowercase", "uppercase", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap",
                "labeldrop", "labelkeep"},
               action);
}

}  // namespace

void ReadExternalLabels(Reader& reader, const Value* value) {
  if (value == nullptr) return;
  reader.FailKey(*value, kNotYet);
  ReadLabels(reader, *value);
}

void ReadHostLimit(Reader& reader, const Value* value) {
  if (value == nullptr) return;
  reader.FailKey(*value, kNotYet);
  std::uint64_t limit = 0;
  reader.Count(value, limit);
}

void ReadAccessLog(Reader& reader, const Value* value) {
  if (value == nullptr) return;
  reader.FailKey(*value, kNotYet);
  const Fields fields = reader.Map(*value, {"listen", "file", "format"});
  reader.Exclusive(fields, {"listen", "file"});
  const Value* listen = fields.Find("listen");
  std::string text;
  if (reader.String(listen, text) && !text.starts_with("unixgram:/") && !text.starts_with("udp://")) {
    reader.Fail(*listen, "must be unixgram:/path or udp://host:port, not " + Quoted(text));
  }
  reader.FilePath(fields.Find("file"), text);
  CheckString(reader, fields.Find("format"));
}

void ReadFileSdConfigs(Reader& reader, const Value* value) {
  if (value == nullptr) return;
  reader.FailKey(*value, kNotYet);
  for (const Value& item : reader.List(*value)) {
    const Fields fields = reader.Map(item, {"files", "refresh_interval"});
    CheckStrings(reader, reader.Require(item, fields, "files"));
    std::int64_t interval_ms = 0;
    reader.DurationMs(fields.Find("refresh_interval"), interval_ms);
  }
}

void ReadRelabelConfigs(Reader& reader, const Value* value) {
  if (value == nullptr) return;
  reader.FailKey(*value, kNotYet);
  for (const Value& rule : reader.List(*value)) CheckRelabelRule(reader, rule);
}

}  // namespace proxy_telemetry
