#include "host_reader.h"

#include <re2/re2.h>

#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

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

// What may stand behind a $: "0", "1", ... and the names of named groups.
std::set<std::string> GroupsOf(const RE2& regex) {
  std::set<std::string> groups;
  for (int i = 0; i <= regex.NumberOfCapturingGroups(); ++i) groups.insert(std::to_string(i));
  for (const auto& [name, number] : regex.NamedCapturingGroups()) groups.insert(name);
  return groups;
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Empty when every $ of `host` is a group of the expression. As in Prometheus the longest name counts: $1x is a
// group called 1x, which would silently become nothing.
std::string TemplateFault(std::string_view host, const std::set<std::string>& groups) {
  while (true) {
    const std::size_t dollar = host.find('$');
    if (dollar == std::string_view::npos) return "";
    host.remove_prefix(dollar + 1);
    const bool braces = host.starts_with('{');
    if (braces) host.remove_prefix(1);
    std::size_t size = 0;
    while (size < host.size() && IsNameByte(host[size])) ++size;
    const std::string name(host.substr(0, size));
    host.remove_prefix(size);
    if (name.empty() || (braces && !host.starts_with('}'))) {
      return "has a $ that is no group; write $1 or ${1} for what the first (...) of match found";
    }
    if (!groups.contains(name)) {
      return "uses " + Quoted("$" + name) + ", but match has no such (...); write $1 or ${1} for its first";
    }
  }
}

void ReadRule(Reader& reader, const Value& value, std::vector<HostRule>& out) {
  const Fields fields = reader.Map(value, {"match", "host"});
  const Value* match = reader.Require(value, fields, "match");
  const Value* host = reader.Require(value, fields, "host");
  HostRule rule;
  const bool match_ok = reader.NonEmptyString(match, rule.match);
  const bool host_ok = reader.NonEmptyString(host, rule.host);
  if (!match_ok) return;
  if (std::string fault = RegexFault(rule.match); !fault.empty()) {
    reader.Fail(*match, std::move(fault));
    return;
  }
  if (!host_ok) return;
  if (std::string fault = TemplateFault(rule.host, GroupsOf(RE2(rule.match, Options()))); !fault.empty()) {
    reader.Fail(*host, std::move(fault));
  }
  out.push_back(std::move(rule));
}

}  // namespace

std::string RegexFault(const std::string& pattern) {
  const RE2 regex(pattern, Options());
  return regex.ok() ? "" : Quoted(pattern) + " is not a regular expression: " + Quoted(regex.error());
}

std::vector<HostRule> ReadHostRules(Reader& reader, const Value& value) {
  std::vector<HostRule> rules;
  for (const Value& rule : reader.List(value)) ReadRule(reader, rule, rules);
  return rules;
}

}  // namespace proxy_telemetry
