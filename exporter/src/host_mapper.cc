#include "exporter/host_mapper.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace proxy_telemetry {
namespace {

constexpr int kLiteral = -1;
constexpr int kNoGroup = -2;

// A piece of a rule's `host`: text as it is, or a group of the match.
struct Piece {
  int group = kLiteral;
  std::string text;
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameByte(char c) { return IsDigit(c) || c == '_' || (Lower(c) >= 'a' && Lower(c) <= 'z'); }

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

int GroupOf(std::string_view name, const RE2& expression) {
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && end == name.data() + name.size()) {
    return number <= expression.NumberOfCapturingGroups() ? number : kNoGroup;
  }
  const auto found = expression.NamedCapturingGroups().find(std::string(name));
  return found == expression.NamedCapturingGroups().end() ? kNoGroup : found->second;
}

// Length of the reference that follows a dollar and its name; an empty name: none follows.
std::pair<std::size_t, std::string_view> ReferenceAt(std::string_view text) {
  const bool braced = text.starts_with('{');
  std::size_t end = braced ? 1 : 0;
  while (end < text.size() && IsNameByte(text[end])) ++end;
  const std::string_view name = text.substr(braced ? 1 : 0, end - (braced ? 1 : 0));
  if (!braced) return {end, name};
  if (end == text.size() || text[end] != '}') return {0, {}};
  return {end + 1, name};
}

std::vector<Piece> ParseTemplate(std::string_view text, const RE2& expression) {
  std::vector<Piece> pieces(1);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      pieces.back().text += text[at];
      continue;
    }
    const auto [length, name] = ReferenceAt(text.substr(at + 1));
    if (!name.empty()) {
      pieces.push_back({GroupOf(name, expression), {}});
      pieces.emplace_back();
      at += length;
      continue;
    }
    pieces.back().text += '$';
    if (text.substr(at + 1).starts_with('$')) ++at;
  }
  return pieces;
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
  std::vector<Piece> host;
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
    std::vector<Piece> host = ParseTemplate(rule.host, *expression);
    made.push_back({std::move(expression), std::move(host)});
  }
  return HostMapper(std::move(made));
}

HostMapper::HostMapper(std::vector<Rule> rules) : rules_(std::move(rules)) {}
HostMapper::HostMapper(HostMapper&&) noexcept = default;
HostMapper& HostMapper::operator=(HostMapper&&) noexcept = default;
HostMapper::~HostMapper() = default;

std::string HostMapper::HostOf(std::string_view name) const {
  for (const Rule& rule : rules_) {
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(rule.expression->NumberOfCapturingGroups()) + 1);
    const re2::StringPiece subject(name.data(), name.size());
    if (!rule.expression->Match(subject, 0, name.size(), RE2::ANCHOR_BOTH, groups.data(),
                                static_cast<int>(groups.size()))) {
      continue;
    }
    std::string expanded;
    for (const Piece& piece : rule.host) {
      if (piece.group == kLiteral) expanded += piece.text;
      if (piece.group < 0) continue;
      const re2::StringPiece& group = groups[static_cast<std::size_t>(piece.group)];
      if (!group.empty()) expanded.append(group.data(), group.size());
    }
    if (std::string host = NormalizeHost(expanded); !host.empty()) return host;
    break;
  }
  std::string host = NormalizeHost(name);
  return host.empty() ? std::string(name) : host;
}

}  // namespace proxy_telemetry
