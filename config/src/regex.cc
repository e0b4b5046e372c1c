#include "regex.h"

#include <re2/re2.h>

#include <cstdint>

#include "reader.h"

namespace proxy_telemetry {
namespace {

// Keeps one expression from taking the memory of a thousand.
constexpr std::int64_t kRegexBytesMax = 1 << 20;

RE2::Options Options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexBytesMax);
  return options;
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string RegexFault(const std::string& pattern) {
  const RE2 regex(pattern, Options());
  return regex.ok() ? "" : Quoted(pattern) + " is not a regular expression: " + Quoted(regex.error());
}

std::set<std::string> RegexGroups(const std::string& pattern) {
  const RE2 regex(pattern, Options());
  std::set<std::string> groups;
  for (int i = 0; i <= regex.NumberOfCapturingGroups(); ++i) groups.insert(std::to_string(i));
  for (const auto& [name, number] : regex.NamedCapturingGroups()) groups.insert(name);
  return groups;
}

std::string TakeGroupName(std::string_view& text) {
  const bool braces = text.starts_with('{');
  if (braces) text.remove_prefix(1);
  std::size_t size = 0;
  while (size < text.size() && IsNameByte(text[size])) ++size;
  std::string name(text.substr(0, size));
  text.remove_prefix(size);
  if (!braces) return name;
  if (!text.starts_with('}')) return "";
  text.remove_prefix(1);
  return name;
}

}  // namespace proxy_telemetry
