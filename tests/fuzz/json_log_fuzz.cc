// A byte that chooses the proxy, then a line of JSON: JsonLine and its slow twin agree.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "logs/json_line.h"
#include "logs/log_fields.h"
#include "slow_json_line.h"

namespace {

// The twin tries a regular expression on each text, whose time and stack grow with it.
constexpr std::size_t kLineBytesMax = 1000;

bool IsSame(std::optional<double> a, std::optional<double> b) {
  if (a.has_value() != b.has_value()) return false;
  return !a.has_value() || std::fabs(*a - *b) <= 1e-12 * std::fabs(*b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using proxy_telemetry::LineOutcome;
  if (size == 0 || size > kLineBytesMax) return 0;
  const auto kind = static_cast<proxy_telemetry::LogKind>(data[0] % proxy_telemetry::kLogKinds);
  const std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  // The characters that stand for bytes in the twin, written by the line itself.
  for (std::size_t at = line.find("\\u"); at != std::string_view::npos; at = line.find("\\u", at + 1)) {
    const std::string_view digits = line.substr(at + 2, 4);
    if (digits.size() == 4 && digits[0] != '0' && (digits[1] == 'b' || digits[1] == 'B') && digits.ends_with('0'))
      return 0;
  }
  proxy_telemetry::JsonLine fast(kind);
  proxy_telemetry::AccessRecord record;
  const LineOutcome outcome = fast.Parse(line, record);
  const proxy_telemetry::ReadLine slow = proxy_telemetry::ReadSlowly(line, kind);
  if (outcome != slow.outcome) std::abort();
  if (outcome == LineOutcome::kUnreadable && fast.problem().empty()) std::abort();
  if (outcome != LineOutcome::kRecord) return 0;
  const bool is_same = record.host == slow.host && record.status == slow.status &&
                       IsSame(record.seconds, slow.seconds) && IsSame(record.upstream_seconds, slow.upstream_seconds) &&
                       IsSame(record.request_bytes, slow.request_bytes) &&
                       IsSame(record.response_bytes, slow.response_bytes);
  if (!is_same) std::abort();
  return 0;
}
