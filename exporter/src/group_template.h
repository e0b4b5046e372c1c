// GroupTemplate: a text in which $1, ${1}, $name and ${name} stand for groups of a regular expression's match.
//
// As Go's regexp expands them, and thus Prometheus: $$ is a dollar, $1x is the group named "1x" (write ${1}x), a group
// that the expression does not have, or that did not take part, is empty, any other dollar is one. Names are ASCII.
// Immutable; safe for concurrent use.
#pragma once

#include <re2/re2.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proxy_telemetry {

class GroupTemplate {
 public:
  GroupTemplate(std::string_view text, const RE2& expression);

  // `groups`: those of a match of the expression, the whole match first.
  std::string Expand(std::span<const re2::StringPiece> groups) const;

 private:
  // Text as it is, or a group of the match.
  struct Piece {
    int group;
    std::string text;
  };
  std::vector<Piece> pieces_;
};

// Room for all groups of a match, the whole match first.
std::vector<re2::StringPiece> GroupsOf(const RE2& expression);

// Whether the expression matches all of `text`; fills `groups`.
bool MatchWhole(const RE2& expression, std::string_view text, std::span<re2::StringPiece> groups);

}  // namespace proxy_telemetry
