// JsonLine: one line of JSON from an access log to an AccessRecord, by the names of log_fields.cc.
//
// Names count at the top of the object, and `host` in Caddy's `request`. Single thread; Parse() allocates nothing but
// scratch memory for values with escapes, which it keeps.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "logs/json_scan.h"
#include "logs/line_outcome.h"
#include "logs/log_fields.h"
#include "logs/record_builder.h"

namespace proxy_telemetry {

class JsonLine {
 public:
  explicit JsonLine(LogKind kind) : kind_(kind) {}

  // Views in `record` are valid until the next call.
  LineOutcome Parse(std::string_view line, AccessRecord& record);
  // Why the last line was unreadable; static text.
  std::string_view problem() const { return problem_; }

 private:
  // What the line says about itself, apart from its numbers.
  struct Marks {
    bool has_logger = false;
    bool has_message = false;
    bool has_level = false;
    bool is_caddys_access = false;  // of the logger http.log.access, or "handled request"
    bool is_caddys_other = false;   // of another logger below http
    unsigned hints = 0;             // bits, 1 << LogKind
  };
  // A value whose meaning depends on whose line it is.
  struct Unsure {
    const LogName* name;
    JsonText value;
  };
  static constexpr std::size_t kUnsureMax = 16;

  std::string_view KeyOf(const JsonText& name);
  bool ReadMember(JsonScan& scan, const JsonText& name);
  bool ReadRequestObject(JsonScan& scan);
  void Mark(LineField field, const JsonText& value);
  void Take(const LogName& name, const JsonText& value);
  void TakeUnsure();
  LineOutcome Refuse(std::string_view problem);
  LineOutcome Judge(AccessRecord& record);

  LogKind kind_;
  const LineFields* fields_ = &LineFields::Get();
  RecordBuilder builder_;
  Marks marks_;
  std::array<Unsure, kUnsureMax> unsure_;
  std::size_t unsure_size_ = 0;
  std::string name_;  // a name without its escapes
  std::string_view problem_;
};

}  // namespace proxy_telemetry
