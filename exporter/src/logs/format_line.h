// FormatLine: one line to an AccessRecord by a LineFormat: from left to right, each value to the text behind it.
//
// Single thread; Parse() allocates nothing but scratch memory for a host with escapes, which it keeps.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "logs/line_outcome.h"
#include "logs/log_format.h"
#include "logs/record_builder.h"

namespace proxy_telemetry {

class FormatLine {
 public:
  explicit FormatLine(LineFormat format);

  // Views in `record` are valid until the next call.
  LineOutcome Parse(std::string_view line, AccessRecord& record);
  // Why the last line was unreadable: names the variable at which it ceased to fit; lives as long as this.
  std::string_view problem() const { return problems_[problem_]; }

 private:
  std::size_t EndOf(const LogVariable& variable, std::string_view line, std::size_t at) const;
  std::size_t Find(const LogVariable& variable, std::string_view line, std::size_t at, std::size_t from) const;
  LineOutcome Refuse(std::size_t problem);
  bool TakeMore(std::string_view rest);

  LineFormat format_;
  bool has_status_ = false;
  RecordBuilder builder_;
  std::vector<std::string> problems_;  // one per variable and three more
  std::size_t problem_ = 0;
};

}  // namespace proxy_telemetry
