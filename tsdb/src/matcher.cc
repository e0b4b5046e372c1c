#include <re2/re2.h>

#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

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
  return matcher;
}

Matcher Matcher::Equal(std::string name, std::string value) {
  return {MatchType::kEqual, std::move(name), std::move(value)};
}

bool Matcher::Matches(std::string_view value) const {
  switch (type_) {
    case MatchType::kEqual:
      return value == value_;
    case MatchType::kNotEqual:
      return value != value_;
    case MatchType::kRegex:
      return RE2::FullMatch(value, *regex_);
    case MatchType::kNotRegex:
      return !RE2::FullMatch(value, *regex_);
  }
  return false;
}

}  // namespace proxy_telemetry::tsdb
