#include "ans.h"

#include <bit>

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kShortStreamBytes = 7;  // up to here a stream is its state alone
constexpr std::size_t kStateBytesMin = 4;     // of a longer one

void PutBigEndian(std::uint64_t value, unsigned bytes, std::string& out) {
  for (unsigned i = bytes; i-- > 0;) out += static_cast<char>((value >> (8 * i)) & 0xffU);
}

}  // namespace

void AnsWriter::Finish(std::string& out) {
  std::uint64_t state = 0;
  words_.clear();
  const auto shed = [&] {
    words_.push_back(static_cast<std::uint32_t>(state));
    state >>= 32U;
  };
  for (std::size_t i = steps_.size(); i-- > 0;) {
    const Step step = steps_[i];
    if (state >= static_cast<std::uint64_t>(step.frequency) << (63U - step.bits)) shed();
    state = step.frequency == 1 ? (state << step.bits) + step.start
                                : (state / step.frequency << step.bits) + state % step.frequency + step.start;
  }
  steps_.clear();
  if (state >> (8 * kShortStreamBytes) != 0) shed();
  PutBigEndian(state, (static_cast<unsigned>(std::bit_width(state)) + 7) / 8, out);
  for (std::size_t i = words_.size(); i-- > 0;) PutBigEndian(words_[i], 4, out);
}

AnsReader::AnsReader(std::string_view stream) : end_(stream.data() + stream.size()) {
  const std::size_t size = stream.size() <= kShortStreamBytes ? stream.size() : kStateBytesMin + stream.size() % 4;
  for (std::size_t i = 0; i < size; ++i) state_ = state_ << 8U | static_cast<unsigned char>(stream[i]);
  next_ = stream.data() + size;
  Refill();
}

}  // namespace proxy_telemetry::tsdb
