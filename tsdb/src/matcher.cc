#include <re2/re2.h>

#include <algorithm>
#include <functional>

#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {
namespace {

// Characters that mean themselves.
bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == ':' || c == '/' || c == ' ';
}

// The texts of an expression like a|b\.c, sorted; null for any other. Comparing is much quicker than RE2.
std::shared_ptr<const std::vector<std::string>> TextsOf(std::string_view expression) {
  std::vector<std::string> texts(1);
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '|') {
      texts.emplace_back();
    } else if (IsPlain(c)) {
      texts.back() += c;
    } else if (c == '\\' && i + 1 < expression.size() && expression[i + 1] == '.') {
      texts.back() += expression[++i];
    } else {
      return nullptr;
    }
  }
  std::sort(texts.begin(), texts.end());
  return std::make_shared<const std::vector<std::string>>(std::move(texts));
}

}  // namespace

Matcher::Matcher(MatchType type, std::string name, std::string value)
    : type_(type), name_(std::move(name)), value_(std::move(value)) {}

Result<Matcher> Matcher::Make(MatchType type, std::string name, std::string value) {
  Matcher matcher(type, std::move(name), std::move(value));
  if (type == MatchType::kEqual || type == MatchType::kNotEqual) return matcher;
  RE2::Options options(RE2::Quiet);
  options.set_dot_nl(true);
  auto regex = std::make_shared<const RE2>(matcher.value_, options);
  if (!regex->ok()) {
    return Status::InvalidArgument("the regular expression \"" + matcher.value_ + "\" for " + matcher.name_ +
                                   " does not compile: " + regex->error());
  }
  matcher.regex_ = std::move(regex);
  matcher.texts_ = TextsOf(matcher.value_);
  return matcher;
}

Matcher Matcher::Equal(std::string name, std::string value) {
  return {MatchType::kEqual, std::move(name), std::move(value)};
}

bool Matcher::Matches(std::string_view value) const {
  const auto matches_expression = [this, value] {
    return texts_ ? std::binary_search(texts_->begin(), texts_->end(), value, std::less<>())
                  : RE2::FullMatch(value, *regex_);
  };
  switch (type_) {
    case MatchType::kEqual:
      return value == value_;
    case MatchType::kNotEqual:
      return value != value_;
    case MatchType::kRegex:
      return matches_expression();
    case MatchType::kNotRegex:
      return !matches_expression();
  }
  return false;
}

}  // namespace proxy_telemetry::tsdb
