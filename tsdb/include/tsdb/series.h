// Points, series handles and matchers: the words in which the store is spoken to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/labels.h"
#include "base/status.h"

namespace re2 {
class RE2;
}

namespace proxy_telemetry::tsdb {

struct Point {
  std::int64_t ts_ms;  // Unix milliseconds
  double value;        // any bit pattern; NaNs keep theirs
};

// A label set known to a Store. Made by Store::Intern(); two handles of one store with equal labels are the
// same object while any of them is held. Immutable to the outside; safe to share between threads.
class Series;
using SeriesHandle = std::shared_ptr<Series>;

enum class MatchType { kEqual, kNotEqual, kRegex, kNotRegex };

// name = value, name != value, name =~ value, name !~ value. A missing label matches as "". Regular expressions
// are RE2, anchored at both ends. Copies share the compiled expression; safe for concurrent use.
class Matcher {
 public:
  // Fails on an expression that RE2 refuses.
  static Result<Matcher> Make(MatchType type, std::string name, std::string value);
  static Matcher Equal(std::string name, std::string value);

  bool Matches(std::string_view value) const;
  MatchType type() const { return type_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }

 private:
  Matcher(MatchType type, std::string name, std::string value);

  MatchType type_;
  std::string name_;
  std::string value_;
  std::shared_ptr<const re2::RE2> regex_;
  // All that the expression matches, sorted, where that is a few texts and no more: a|b|c.
  std::shared_ptr<const std::vector<std::string>> texts_;
};

}  // namespace proxy_telemetry::tsdb
