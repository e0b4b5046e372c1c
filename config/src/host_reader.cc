#include "host_reader.h"

#include <set>
#include <string_view>
#include <utility>

#include "regex.h"

namespace proxy_telemetry {
namespace {

// Empty when every $ of `host` is a group of the expression; another one would silently become nothing.
std::string TemplateFault(std::string_view host, const std::set<std::string>& groups) {
  while (true) {
    const std::size_t dollar = host.find('$');
    if (dollar == std::string_view::npos) return "";
    host.remove_prefix(dollar + 1);
    const std::string name = TakeGroupName(host);
    if (name.empty()) return "has a $ that is no group; write $1 or ${1} for what the first (...) of match found";
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
  if (std::string fault = TemplateFault(rule.host, RegexGroups(rule.match)); !fault.empty()) {
    reader.Fail(*host, std::move(fault));
  }
  out.push_back(std::move(rule));
}

}  // namespace

std::vector<HostRule> ReadHostRules(Reader& reader, const Value& value) {
  std::vector<HostRule> rules;
  for (const Value& rule : reader.List(value)) ReadRule(reader, rule, rules);
  return rules;
}

}  // namespace proxy_telemetry
