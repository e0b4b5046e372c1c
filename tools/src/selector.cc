#include "tools/selector.h"

#include <cstddef>
#include <string>
#include <utility>

#include "base/duration.h"
#include "base/labels.h"
#include "base/text.h"
#include "base/unix_time.h"
#include "quoted_text.h"

namespace proxy_telemetry::tools {
namespace {

constexpr std::size_t kMatchersMax = 256;

class SelectorReader {
 public:
  explicit SelectorReader(std::string_view text) : text_(text) {}

  Result<std::vector<tsdb::Matcher>> Read() {
    SkipBlanks();
    const std::string_view name = TakeName();
    if (!name.empty()) {
      if (!IsValidMetricName(name)) return Expected("a metric name", start_);
      matchers_.push_back(tsdb::Matcher::Equal(std::string(kNameLabel), std::string(name)));
    }
    SkipBlanks();
    if (At('{')) {
      PT_RETURN_IF_ERROR(ReadBraces());
    } else if (name.empty()) {
      return Expected("a metric name or \"{\"", at_);
    }
    SkipBlanks();
    if (at_ < text_.size()) return Expected("the end of the selector", at_);
    return std::move(matchers_);
  }

 private:
  Status Expected(std::string_view what, std::size_t at) const { return Problem("expected " + std::string(what), at); }
  Status Problem(const std::string& what, std::size_t at) const {
    return Status::InvalidArgument("selector " + QuotedToken(text_) + ", column " + std::to_string(at + 1) + ": " +
                                   what + ", " + Got(text_, at));
  }
  bool At(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  // Everything that could be of a name; the caller checks it.
  std::string_view TakeName() {
    constexpr std::string_view kEnds = "{}=!~,\"'` \t\n";
    start_ = at_;
    while (at_ < text_.size() && kEnds.find(text_[at_]) == std::string_view::npos) ++at_;
    return text_.substr(start_, at_ - start_);
  }

  Status ReadBraces() {
    ++at_;
    SkipBlanks();
    while (!At('}')) {
      if (matchers_.size() == kMatchersMax) {
        return Status::InvalidArgument("the selector has more than " + std::to_string(kMatchersMax) + " matchers");
      }
      PT_RETURN_IF_ERROR(ReadMatcher());
      SkipBlanks();
      if (At('}')) break;
      if (!At(',')) return Expected("\",\" or \"}\" behind a matcher", at_);
      ++at_;
      SkipBlanks();
    }
    ++at_;
    return Status::Ok();
  }

  Status ReadMatcher() {
    std::string name;
    const bool quoted = At('"') || At('\'') || At('`');
    const std::size_t start = at_;
    if (quoted) {
      PT_RETURN_IF_ERROR(ReadString(name));
    } else {
      name = TakeName();
      if (!IsValidLabelName(name)) return Expected("a label name", start);
    }
    SkipBlanks();
    if (quoted && (At(',') || At('}'))) {
      matchers_.push_back(tsdb::Matcher::Equal(std::string(kNameLabel), std::move(name)));
      return Status::Ok();
    }
    tsdb::MatchType type{};
    if (!ReadOperator(type)) return Expected("one of = != =~ !~", at_);
    SkipBlanks();
    const std::size_t value_at = at_;
    if (!At('"') && !At('\'') && !At('`')) return Expected("a value in quotes", at_);
    std::string value;
    PT_RETURN_IF_ERROR(ReadString(value));
    Result<tsdb::Matcher> matcher = tsdb::Matcher::Make(type, std::move(name), std::move(value));
    if (!matcher.ok()) return Problem(matcher.status().message(), value_at);
    matchers_.push_back(std::move(matcher).value());
    return Status::Ok();
  }

  bool ReadOperator(tsdb::MatchType& type) {
    const std::string_view two = text_.substr(at_, 2);
    if (two == "!=" || two == "=~" || two == "!~") {
      type = two == "!="   ? tsdb::MatchType::kNotEqual
             : two == "=~" ? tsdb::MatchType::kRegex
                           : tsdb::MatchType::kNotRegex;
      at_ += 2;
      return true;
    }
    if (!At('=')) return false;
    type = tsdb::MatchType::kEqual;
    ++at_;
    return true;
  }

  Status ReadString(std::string& out) {
    LineProblem problem;
    if (ReadQuoted(text_, Quoting::kGo, at_, out, problem)) return Status::Ok();
    return Problem(problem.reason, problem.offset);
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;  // of the name taken last
  std::vector<tsdb::Matcher> matchers_;
};

}  // namespace

Result<std::vector<tsdb::Matcher>> ParseSelector(std::string_view text) { return SelectorReader(text).Read(); }

Result<std::int64_t> ParseTimeArgument(std::string_view text, std::int64_t now_ms) {
  constexpr std::int32_t kNanosPerMs = 1'000'000;
  if (text == "now") return now_ms;
  if (const auto time = ParseUnixTime(text)) return time->seconds * kSecondMs + time->nanos / kNanosPerMs;
  if (text.starts_with('-')) {
    const Result<std::int64_t> ago_ms = ParseDurationMs(text.substr(1));
    if (ago_ms.ok()) return now_ms - *ago_ms;
  }
  return Status::InvalidArgument(QuotedToken(text) +
                                 " is not a time; write Unix seconds (1710501000), RFC 3339 (2024-03-15T11:10:00Z) or "
                                 "how long ago (-1d)");
}

}  // namespace proxy_telemetry::tools
