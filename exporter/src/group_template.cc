#include "group_template.h"

#include <charconv>
#include <utility>

namespace proxy_telemetry {
namespace {

constexpr int kLiteral = -1;
constexpr int kNoGroup = -2;

bool IsNameByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
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

}  // namespace

GroupTemplate::GroupTemplate(std::string_view text, const RE2& expression) : pieces_{{kLiteral, {}}} {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      pieces_.back().text += text[at];
      continue;
    }
    const auto [length, name] = ReferenceAt(text.substr(at + 1));
    if (!name.empty()) {
      pieces_.push_back({GroupOf(name, expression), {}});
      pieces_.push_back({kLiteral, {}});
      at += length;
      continue;
    }
    pieces_.back().text += '$';
    if (text.substr(at + 1).starts_with('$')) ++at;
  }
}

std::string GroupTemplate::Expand(std::span<const re2::StringPiece> groups) const {
  std::string expanded;
  for (const Piece& piece : pieces_) {
    expanded += piece.text;
    if (piece.group < 0) continue;
    const re2::StringPiece& group = groups[static_cast<std::size_t>(piece.group)];
    if (!group.empty()) expanded.append(group.data(), group.size());
  }
  return expanded;
}

std::vector<re2::StringPiece> GroupsOf(const RE2& expression) {
  return std::vector<re2::StringPiece>(static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
}

bool MatchWhole(const RE2& expression, std::string_view text, std::span<re2::StringPiece> groups) {
  return expression.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::ANCHOR_BOTH, groups.data(),
                          static_cast<int>(groups.size()));
}

}  // namespace proxy_telemetry
