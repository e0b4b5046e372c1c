#include "logs/record_builder.h"

#include <optional>

#include "logs/log_escape.h"

namespace proxy_telemetry {
namespace {

// "_" is how nginx people call the server that has no name.
bool IsHost(std::string_view text) { return !text.empty() && text != "-" && text != "_" && text != "null"; }

bool Assign(std::optional<double> from, std::optional<double>& to) {
  if (from.has_value()) to = from;
  return from.has_value();
}

}  // namespace

void RecordBuilder::Add(LogMeaning meaning, std::string_view text, bool is_escaped) {
  std::uint8_t& rank = ranks_[static_cast<std::size_t>(meaning.field)];
  if (meaning.rank > rank) return;
  if (is_escaped && meaning.field != LineField::kHost) {
    Unescape(text, value_);
    text = value_;
  }
  bool is_told = false;
  switch (meaning.field) {
    case LineField::kHost:
      is_told = IsHost(text);
      if (is_told) {
        record_.host = text;
        is_host_escaped_ = is_escaped;
      }
      break;
    case LineField::kStatus: {
      int status = 0;
      is_told = ParseLogStatus(text, status);
      if (is_told) record_.status = status;
      break;
    }
    case LineField::kSeconds:
      is_told = Assign(ParseLogSeconds(text, meaning.unit), record_.seconds);
      break;
    case LineField::kUpstreamSeconds:
      is_told = Assign(ParseLogSecondsList(text, meaning.unit), record_.upstream_seconds);
      break;
    case LineField::kResponseBytes:
      is_told = Assign(ParseLogBytes(text), record_.response_bytes);
      break;
    case LineField::kRequestBytes:
      is_told = Assign(ParseLogBytes(text), record_.request_bytes);
      break;
    case LineField::kNone:
    case LineField::kRequestObject:
    case LineField::kLogger:
    case LineField::kMessage:
    case LineField::kLevel:
      return;
  }
  if (is_told) rank = meaning.rank;
}

void RecordBuilder::Finish(AccessRecord& record) {
  if (is_host_escaped_) {
    Unescape(record_.host, host_);
    record_.host = host_;
  }
  record = record_;
}

}  // namespace proxy_telemetry
