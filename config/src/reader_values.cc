// The single values of Reader: text, numbers, durations, sizes, names, files.
#include <algorithm>
#include <charconv>
#include <string>

#include "base/duration.h"
#include "base/utf8.h"
#include "env.h"
#include "reader.h"
#include "size.h"

namespace proxy_telemetry {

bool Reader::String(const Value* value, std::string& out) {
  if (value == nullptr || !IsKind(*value, YamlNode::Kind::kScalar)) return false;
  const std::string& text = value->node->text;
  if (text.find('\0') != std::string::npos) {
    Fail(*value, "must not hold a NUL");
    return false;
  }
  if (!env_ || text.find('$') == std::string::npos) {
    out = text;
    return true;
  }
  Result<std::string> expanded = ExpandEnv(text, env_, kConfigBytesMax - env_bytes_);
  if (!expanded.ok()) {
    Fail(*value, expanded.status().message());
    return false;
  }
  if (FindInvalidUtf8(*expanded) != std::string_view::npos) {
    Fail(*value, "the environment variable it names holds text that is not UTF-8");
    return false;
  }
  env_bytes_ += expanded->size();
  out = std::move(expanded).value();
  return true;
}

bool Reader::NonEmptyString(const Value* value, std::string& out) {
  std::string text;
  if (!String(value, text)) return false;
  if (text.empty()) {
    Fail(*value, "must not be empty");
    return false;
  }
  out = std::move(text);
  return true;
}

bool Reader::Bool(const Value* value, bool& out) {
  std::string text;
  if (!String(value, text)) return false;
  if (text != "true" && text != "false") {
    Fail(*value, "must be true or false, not " + Quoted(text));
    return false;
  }
  out = text == "true";
  return true;
}

bool Reader::Count(const Value* value, std::uint64_t& out) {
  std::string text;
  if (!String(value, text)) return false;
  const char* text_end = text.data() + text.size();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text_end, number);
  if (error != std::errc() || end != text_end) {
    Fail(*value, "must be a whole number such as 1000, not " + Quoted(text));
    return false;
  }
  out = number;
  return true;
}

bool Reader::DurationMs(const Value* value, std::int64_t& out) {
  std::string text;
  if (!String(value, text)) return false;
  const Result<std::int64_t> duration = ParseDurationMs(text);
  if (!duration.ok() || *duration == 0) {
    // Its message repeats the text as it is, which may be anything.
    const bool plain = Quoted(text) == '"' + text + '"';
    Fail(*value, duration.ok() ? "must be longer than 0"
                 : plain       ? duration.status().message()
                               : Quoted(text) + " is not a duration; write for example 15s");
    return false;
  }
  out = *duration;
  return true;
}

bool Reader::SizeBytes(const Value* value, std::uint64_t& out) {
  std::string text;
  if (!String(value, text)) return false;
  const Result<std::uint64_t> size = ParseSizeBytes(text);
  if (!size.ok()) {
    Fail(*value, Quoted(text) + ": " + size.status().message());
    return false;
  }
  out = *size;
  return true;
}

bool Reader::OneOf(const Value* value, KeyNames names, std::size_t& out) {
  std::string text;
  if (!String(value, text)) return false;
  const auto it = std::find(names.begin(), names.end(), text);
  if (it == names.end()) {
    Fail(*value, "must be " + JoinOr(names) + ", not " + Quoted(text));
    return false;
  }
  out = static_cast<std::size_t>(it - names.begin());
  return true;
}

bool Reader::FilePath(const Value* value, std::string& out) {
  if (!NonEmptyString(value, out)) return false;
  if (out[0] != '/' && !base_dir_.empty()) out = base_dir_ + "/" + out;
  return true;
}

}  // namespace proxy_telemetry
