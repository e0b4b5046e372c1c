#include "exporter/host_mapper.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "group_template.h"

namespace proxy_telemetry {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The name without ":port"; a bare IPv6 address has more than one colon and no port.
std::string_view WithoutPort(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  if (colon == std::string_view::npos) return name;
  const std::string_view port = name.substr(colon + 1);
  if (!std::all_of(port.begin(), port.end(), IsDigit)) return name;
  const std::string_view host = name.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  return bracketed || host.find(':') == std::string_view::npos ? host : name;
}

}  // namespace

std::string NormalizeHost(std::string_view name) {
  // Again until nothing changes, so that a host is its own host: "a.:80." has a dot behind the port.
  for (std::size_t size = name.size() + 1; name.size() < size;) {
    size = name.size();
    while (name.ends_with('.')) name.remove_suffix(1);
    name = WithoutPort(name);
  }
  std::string host(name);
  std::transform(host.begin(), host.end(), host.begin(), Lower);
  return host;
}

struct HostMapper::Rule {
  std::unique_ptr<RE2> expression;
  GroupTemplate host;
};

Result<HostMapper> HostMapper::Make(const std::vector<HostRule>& rules) {
  RE2::Options options;
  options.set_log_errors(false);
  std::vector<Rule> made;
  made.reserve(rules.size());
  for (const HostRule& rule : rules) {
    auto expression = std::make_unique<RE2>(rule.match, options);
    if (!expression->ok()) {
      return Status::InvalidArgument("hosts: `match: " + rule.match + "` is no RE2 expression: " + expression->error());
    }
    GroupTemplate host(rule.host, *expression);
    made.push_back({std::move(expression), std::move(host)});
  }
  return HostMapper(std::move(made));
}

HostMapper::HostMapper(std::vector<Rule> rules) : rules_(std::move(rules)) {}
HostMapper::HostMapper(HostMapper&&) noexcept = default;
HostMapper& HostMapper::operator=(HostMapper&&) noexcept = default;
HostMapper::~HostMapper() = default;

std::optional<std::string> HostMapper::RuledHost(std::string_view name) const {
  for (const Rule& rule : rules_) {
    std::vector<re2::StringPiece> groups = GroupsOf(*rule.expression);
    if (!MatchWhole(*rule.expression, name, groups)) continue;
    if (std::string host = NormalizeHost(rule.host.Expand(groups)); !host.empty()) return host;
    break;
  }
  return std::nullopt;
}

std::string HostMapper::HostOf(std::string_view name) const {
  if (std::optional<std::string> host = RuledHost(name)) return *std::move(host);
  std::string host = NormalizeHost(name);
  return host.empty() ? std::string(name) : host;
}

}  // namespace proxy_telemetry
