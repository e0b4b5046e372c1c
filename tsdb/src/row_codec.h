// RowCodec: what a group's series were at one time, as the value of one key. The seam behind which the encoding
// may change; FORMAT.md has the grammar.
//
// A row holds one value per slot of its group, or none. Values come back bit for bit. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace proxy_telemetry::tsdb {

// `values[i]` is slot i's where `present[i]` is not 0; sizes are equal. `key`: the row's own key, which its CRC
// covers too, so that a value under a wrong key is found out. Appends to `out`.
void EncodeRow(std::string_view key, std::span<const double> values, std::span<const std::uint8_t> present,
               std::string& out);

// Calls visit(slot, value) for each value in ascending slot order; false when the row is damaged, and then nothing
// that was visited counts.
template <typename Visitor>
bool DecodeRow(std::string_view key, std::string_view row, Visitor&& visit);

// The pieces of DecodeRow that do not depend on the visitor.
class RowReader {
 public:
  // False when the checksum or the frame is wrong.
  bool Open(std::string_view key, std::string_view row);
  // False at the end or on damage; see damaged().
  bool Next(std::uint32_t& slot, double& value);
  bool damaged() const { return damaged_; }

 private:
  bool IsPresent(std::uint32_t slot) const;
  bool ReadValue(double& value);

  std::string_view rest_;
  std::string_view bitmap_;  // empty: all slots are present
  std::uint32_t slots_ = 0;
  std::uint32_t next_slot_ = 0;
  bool damaged_ = false;
};

template <typename Visitor>
bool DecodeRow(std::string_view key, std::string_view row, Visitor&& visit) {
  RowReader reader;
  if (!reader.Open(key, row)) return false;
  std::uint32_t slot = 0;
  double value = 0;
  while (reader.Next(slot, value)) visit(slot, value);
  return !reader.damaged();
}

}  // namespace proxy_telemetry::tsdb
