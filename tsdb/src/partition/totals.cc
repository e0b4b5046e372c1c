#include "partition/totals.h"

#include "coding.h"

namespace proxy_telemetry::tsdb {

void EncodeTotals(std::string_view key, const Totals& totals, std::string& out) {
  const std::size_t begin = out.size();
  PutVarint(totals.blocks, out);
  PutVarint(totals.samples, out);
  PutFixed64(SortableFromSigned(totals.min_ts_ms), out);
  PutFixed64(SortableFromSigned(totals.max_ts_ms), out);
  SealWithCrc(key, begin, out);
}

bool DecodeTotals(std::string_view key, std::string_view value, Totals& totals) {
  std::uint64_t min_ts = 0;
  std::uint64_t max_ts = 0;
  if (!CheckCrc(key, value) || !GetVarint(value, totals.blocks) || !GetVarint(value, totals.samples)) return false;
  if (!GetFixed64(value, min_ts) || !GetFixed64(value, max_ts) || !value.empty()) return false;
  totals.min_ts_ms = SignedFromSortable(min_ts);
  totals.max_ts_ms = SignedFromSortable(max_ts);
  return true;
}

}  // namespace proxy_telemetry::tsdb
