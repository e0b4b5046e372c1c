#include "logs/json_line.h"

#include <bit>

#include "logs/log_escape.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kAccessLogger = "http.log.access";
constexpr std::string_view kHttpLoggers = "http.";
constexpr std::string_view kAccessMessage = "handled request";
constexpr std::string_view kNoObject = "no JSON object";
constexpr std::string_view kNoStatus = "no field tells the status (`status`, or another name of exporter/LOGS.md)";
constexpr LogMeaning kRequestHost = {LineField::kHost, 0};

}  // namespace

LineOutcome JsonLine::Parse(std::string_view line, AccessRecord& record) {
  builder_.Start();
  marks_ = {};
  unsure_size_ = 0;
  JsonScan scan(line);
  if (!scan.OpenObject()) return Refuse(kNoObject);
  JsonText name;
  for (bool is_first = true;; is_first = false) {
    const JsonScan::Step step = scan.NextMember(is_first, name);
    if (step == JsonScan::Step::kEnd) break;
    if (step == JsonScan::Step::kError || !ReadMember(scan, name)) return Refuse(scan.problem());
  }
  if (!scan.IsAtEnd()) return Refuse(scan.problem());
  TakeUnsure();
  return Judge(record);
}

std::string_view JsonLine::KeyOf(const JsonText& name) {
  if (!name.is_escaped) return name.raw;
  Unescape(name.raw, name_);
  return name_;
}

bool JsonLine::ReadMember(JsonScan& scan, const JsonText& name) {
  const LogName* const known = fields_->Find(KeyOf(name));
  if (known == nullptr) return scan.SkipValue(1);
  marks_.hints |= 1U << static_cast<unsigned>(known->hint);
  const LineField field = known->by_kind[0].field;
  if (scan.IsAtObject() && field == LineField::kRequestObject) return ReadRequestObject(scan);
  if (scan.IsAtObject() || scan.IsAtArray()) return scan.SkipValue(1);
  JsonText value;
  if (!scan.ReadScalar(value)) return false;
  if (field >= LineField::kRequestObject) {
    Mark(field, value);
  } else {
    Take(*known, value);
  }
  return true;
}

bool JsonLine::ReadRequestObject(JsonScan& scan) {
  scan.OpenObject();
  JsonText name;
  for (bool is_first = true;; is_first = false) {
    const JsonScan::Step step = scan.NextMember(is_first, name);
    if (step != JsonScan::Step::kMember) return step == JsonScan::Step::kEnd;
    if (KeyOf(name) != "host" || scan.IsAtObject() || scan.IsAtArray()) {
      if (!scan.SkipValue(2)) return false;
      continue;
    }
    marks_.hints |= 1U << static_cast<unsigned>(LogKind::kCaddy);
    JsonText value;
    if (!scan.ReadScalar(value)) return false;
    builder_.Add(kRequestHost, value.raw, value.is_escaped);
  }
}

void JsonLine::Mark(LineField field, const JsonText& value) {
  if (field == LineField::kLevel) {
    marks_.has_level = true;
  } else if (field == LineField::kMessage) {
    marks_.has_message = true;
    if (value.raw == kAccessMessage) marks_.is_caddys_access = true;
  } else if (field == LineField::kLogger) {
    marks_.has_logger = true;
    if (value.raw.starts_with(kAccessLogger)) {
      marks_.is_caddys_access = true;
    } else if (value.raw.starts_with(kHttpLoggers)) {
      marks_.is_caddys_other = true;
    }
  }
}

void JsonLine::Take(const LogName& name, const JsonText& value) {
  if (name.is_same_for_all || kind_ != LogKind::kUnknown) {
    builder_.Add(name.by_kind[static_cast<std::size_t>(kind_)], value.raw, value.is_escaped);
  } else if (unsure_size_ < kUnsureMax) {
    unsure_[unsure_size_++] = {&name, value};
  }
}

void JsonLine::TakeUnsure() {
  if (unsure_size_ == 0) return;
  // One proxy's names alone decide; where two are hinted at, nobody knows.
  const unsigned hints = marks_.hints & ~1U;
  const std::size_t kind = std::has_single_bit(hints) ? static_cast<std::size_t>(std::countr_zero(hints)) : 0;
  for (std::size_t i = 0; i < unsure_size_; ++i) {
    builder_.Add(unsure_[i].name->by_kind[kind], unsure_[i].value.raw, unsure_[i].value.is_escaped);
  }
}

LineOutcome JsonLine::Refuse(std::string_view problem) {
  problem_ = problem;
  return LineOutcome::kUnreadable;
}

// Caddy and Traefik may write their own log into the same stream; Caddy's http.log.error even has the status of a
// request that http.log.access has as well.
LineOutcome JsonLine::Judge(AccessRecord& record) {
  if (kind_ == LogKind::kCaddy) {
    if (!marks_.is_caddys_access && (marks_.has_logger || marks_.has_message)) return LineOutcome::kOther;
  } else if (kind_ == LogKind::kTraefik) {
    if ((marks_.hints & 1U << static_cast<unsigned>(LogKind::kTraefik)) == 0) return LineOutcome::kOther;
  } else if (marks_.is_caddys_other && !marks_.is_caddys_access) {
    return LineOutcome::kOther;
  }
  if (!builder_.has(LineField::kStatus)) {
    const bool is_own_log = marks_.has_level || marks_.has_message || marks_.has_logger;
    return is_own_log ? LineOutcome::kOther : Refuse(kNoStatus);
  }
  builder_.Finish(record);
  return LineOutcome::kRecord;
}

}  // namespace proxy_telemetry
