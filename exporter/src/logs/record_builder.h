// RecordBuilder: values found in a line, by what they mean, to an AccessRecord.
//
// Of several values for one field that of the lowest rank is taken, of equal ranks the last (as JSON readers take the
// last of two members of one name); values that say nothing ("-", "", a negative time) do not count. Views point into
// the line or into this builder: valid until its next Start(). Memory: the longest value with escapes. Single thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "logs/access_record.h"
#include "logs/log_fields.h"

namespace proxy_telemetry {

class RecordBuilder {
 public:
  void Start() {
    record_ = {};
    ranks_.fill(kNoRank);
    is_host_escaped_ = false;
  }
  // `is_escaped`: the text holds escapes, which count.
  void Add(LogMeaning meaning, std::string_view text, bool is_escaped);

  bool has(LineField field) const { return ranks_[static_cast<std::size_t>(field)] != kNoRank; }
  void Finish(AccessRecord& record);

 private:
  static constexpr std::uint8_t kNoRank = 255;

  AccessRecord record_;
  std::array<std::uint8_t, kLogFields> ranks_{};
  bool is_host_escaped_ = false;
  std::string host_;
  std::string value_;
};

}  // namespace proxy_telemetry
