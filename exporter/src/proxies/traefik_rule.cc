#include "proxies/traefik_rule.h"

#include <algorithm>
#include <vector>

namespace proxy_telemetry {
namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool IsQuote(char c) { return c == '`' || c == '"' || c == '\''; }

// Traefik knows its matchers in any case; HostHeader is v2's other word.
bool IsHostMatcher(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower == "host" || lower == "hostheader";
}

class RuleScanner {
 public:
  explicit RuleScanner(std::string_view rule) : rest_(rule) {}

  std::optional<std::string> FirstHost() {
    std::vector<bool> negated = {false};  // by open parenthesis
    bool negate = false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (IsNameByte(c)) {
        const std::string_view name = TakeName();
        std::optional<std::string> argument = TakeCall();
        if (!well_formed_) return std::nullopt;
        if (IsHostMatcher(name) && negate == negated.back() && argument.has_value()) return argument;
        negate = false;
        continue;
      }
      rest_.remove_prefix(1);
      if (c == '!') negate = !negate;
      if (c == '(') negated.push_back(negated.back() != negate);
      if (c == '(') negate = false;
      if (c == ')' && negated.size() > 1) negated.pop_back();
      if (IsQuote(c)) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  std::string_view TakeName() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), IsNameByte);
    const std::string_view name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(name.size());
    return name;
  }

  void SkipBlanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  // Behind a matcher's name: its arguments. The first that is not empty.
  std::optional<std::string> TakeCall() {
    std::optional<std::string> first;
    well_formed_ = false;
    SkipBlanks();
    if (!rest_.starts_with('(')) return first;
    rest_.remove_prefix(1);
    while (true) {
      SkipBlanks();
      if (rest_.empty()) return first;
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == ')') {
        well_formed_ = true;
        return first;
      }
      if (c == ',') continue;
      std::string argument;
      if (!IsQuote(c) || !TakeText(c, argument)) return first;
      if (!first.has_value() && !argument.empty()) first = std::move(argument);
    }
  }

  // Up to the closing quote; only between backticks a backslash is a backslash.
  bool TakeText(char quote, std::string& out) {
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == quote) return true;
      if (c != '\\' || quote == '`') {
        out += c;
      } else if (!rest_.empty()) {
        out += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    return false;
  }

  std::string_view rest_;
  bool well_formed_ = true;
};

}  // namespace

std::optional<std::string> FirstHostOfRule(std::string_view rule) { return RuleScanner(rule).FirstHost(); }

}  // namespace proxy_telemetry
