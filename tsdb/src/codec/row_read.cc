#include <bit>
#include <span>

#include "codec/row.h"
#include "codec/row_format.h"
#include "codec/row_nibbles.h"
#include "codec/row_value.h"
#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

using row::NibbleReader;

constexpr std::size_t kWordBits = 64;

enum class Direction { kForward, kBackward, kSkip };

std::int64_t Unfolded(std::uint64_t number) { return UnZigZag(number + 1); }

// Only the words that matter are set.
struct MaskWords {
  std::size_t size = 0;
  std::array<std::uint64_t, row::kMaskWords> words;  // NOLINT: the first `size` are set

  std::span<const std::uint64_t> Get() const { return {words.data(), size}; }
};

bool ReadWideMask(NibbleReader& in, MaskWords& mask) {
  const std::size_t quads = in.Get(row::kMaskCountNibbles);
  if (quads <= row::kNarrowQuads || quads > row::kWideQuadsMax) return false;
  mask.size = (quads + 15) / 16;
  for (std::size_t i = 0; i < mask.size; ++i) mask.words[i] = 0;
  std::uint64_t quad = 0;
  for (std::size_t i = 0; i < quads; ++i) {
    quad = in.Get(1);
    mask.words[i / 16] |= quad << (i % 16 * row::kNibbleBits);
    if (quad == 0) i += in.Get(1);
  }
  return quad != 0;
}

// False when it is not as AppendRow writes it.
bool ReadMask(NibbleReader& in, MaskWords& mask) {
  const auto quads = static_cast<unsigned>(in.Get(1));
  if (quads == 0) return ReadWideMask(in, mask);
  const unsigned low = quads < 8 ? quads : 8;
  mask.size = 1;
  mask.words[0] = in.Get(low);
  if (quads > low) mask.words[0] |= in.Get(quads - low) << 32U;
  return row::NibblesOf(mask.words[0]) == quads && mask.words[0] != 0;
}

// Changes a state's values by the tokens of a row.
template <Direction Way>
class Applier {
 public:
  Applier(RowState& state, NibbleReader& in) : values_(state.values), in_(in) {}

  bool Plain(std::span<const std::uint64_t> mask) {
    return ForSlots(mask, [this](std::size_t slot) { return Token(slot, 0) && AddRun(slot); });
  }

  bool Chained(std::span<const std::uint64_t> mask) {
    std::size_t next = 0;
    return ForSlots(mask, [this, &next](std::size_t slot) {
      for (; run_ != 0 && next < slot; ++next) {
        if (!AddRun(next)) return false;
      }
      next = slot + 1;
      const std::uint64_t before = run_;
      if (!Token(slot, before)) return false;
      if (is_integer_) return AddRun(slot);
      run_ = before;
      return true;
    });
  }

 private:
  template <typename Visit>
  static bool ForSlots(std::span<const std::uint64_t> mask, Visit&& visit) {
    for (std::size_t i = 0; i < mask.size(); ++i) {
      for (std::uint64_t word = mask[i]; word != 0; word &= word - 1) {
        if (!visit(i * kWordBits + static_cast<std::size_t>(std::countr_zero(word)))) return false;
      }
    }
    return true;
  }

  // Makes run_ the delta of an integer, `before` added, or 0 for other values, which it changes at once.
  bool Token(std::size_t slot, std::uint64_t before) {
    const auto kind = static_cast<unsigned>(in_.Get(1));
    is_integer_ = kind < row::kDecimal6;
    if (is_integer_) {
      std::uint64_t number = kind;
      if (kind == row::kLong) {
        number = in_.GetNumber();
      } else if (kind >= row::kTiny) {
        const unsigned nibbles = kind - row::kTiny + 1;
        number = in_.Get(nibbles) + row::kShortBase[nibbles - 1];
      }
      run_ = before + static_cast<std::uint64_t>(Unfolded(number));
      return true;
    }
    run_ = 0;
    if (Way == Direction::kSkip) return SkipOther(kind);
    if (slot >= values_.size()) return false;
    if (kind == row::kXor) return Xor(values_[slot]);
    return AddDecimal(kind == row::kDecimal6 ? row::kMillionths : row::kThousandths, values_[slot]);
  }

  bool SkipOther(unsigned kind) {
    if (kind == row::kXor) in_.Get(1);
    in_.GetNumber();
    return true;
  }

  static std::int64_t Moved(std::int64_t value, std::uint64_t delta) {
    const auto by = static_cast<std::int64_t>(delta);
    return Way == Direction::kForward ? row::Sum(value, by) : row::Difference(value, by);
  }

  bool AddRun(std::size_t slot) {
    if (run_ == 0 || Way == Direction::kSkip) return true;
    std::int64_t integer = 0;
    return slot < values_.size() && row::ToInteger(values_[slot], integer) &&
           row::FromInteger(Moved(integer, run_), values_[slot]);
  }

  bool AddDecimal(double scale, double& value) {
    const auto delta = static_cast<std::uint64_t>(Unfolded(in_.GetNumber()));
    std::int64_t units = 0;
    return row::ToDecimal(value, scale, units) && row::FromDecimal(Moved(units, delta), scale, value);
  }

  bool Xor(double& value) {
    const auto shift = static_cast<unsigned>(in_.Get(1)) * row::kNibbleBits;
    value = std::bit_cast<double>(row::Bits(value) ^ (in_.GetNumber() << shift));
    return true;
  }

  std::vector<double>& values_;
  NibbleReader& in_;
  std::uint64_t run_ = 0;
  bool is_integer_ = false;
};

// Of the time since the row before.
std::int64_t ReadTime(unsigned kind, NibbleReader& in) {
  if (kind == row::kTimeAny) return UnZigZag(in.GetNumber());
  if (kind == row::kTimeMs) return static_cast<std::int64_t>(in.GetNumber());
  return row::kUsualIntervalsMs[kind - row::kTimeFirst];
}

template <Direction Way>
bool ApplyPresence(NibbleReader& in, RowState& state) {
  const std::uint64_t slots = in.GetNumber();
  if (slots > kRowSlotsMax) return false;
  if (slots > state.values.size() && Way != Direction::kSkip) {
    if (Way == Direction::kBackward) return false;
    state.values.resize(slots);
    state.present.resize((slots + kWordBits - 1) / kWordBits);
  }
  const std::uint64_t changed = in.Get(1);
  if (changed == 0) return true;
  MaskWords mask;
  if (changed != 1 || !ReadMask(in, mask)) return false;
  if (Way == Direction::kSkip) return true;
  const std::uint64_t highest = mask.size * kWordBits - static_cast<unsigned>(std::countl_zero(mask.Get().back()));
  if (highest > state.values.size()) return false;
  for (std::size_t i = 0; i < mask.size; ++i) state.present[i] ^= mask.words[i];
  return true;
}

// Applies the row at the front of `bytes` but for its length. Returns its bytes; 0: damaged.
template <Direction Way>
std::size_t Apply(std::string_view bytes, RowState& state) {
  if (bytes.empty()) return 0;
  const auto head = static_cast<unsigned char>(bytes.front());
  NibbleReader in(bytes.substr(1));
  const std::int64_t delta_ms = ReadTime(head & row::kTimeBits, in);
  const std::uint64_t commits = (head & row::kOtherCommit) != 0 ? in.GetNumber() : 1;
  constexpr bool kForward = Way == Direction::kForward;
  state.ts_ms = kForward ? row::Sum(state.ts_ms, delta_ms) : row::Difference(state.ts_ms, delta_ms);
  state.commit = kForward ? state.commit + commits : state.commit - commits;
  if ((head & row::kPresence) != 0 && !ApplyPresence<Way>(in, state)) return 0;
  if ((head & row::kValues) != 0) {
    MaskWords mask;
    if (!ReadMask(in, mask)) return 0;
    Applier<Way> applier(state, in);
    if (!((head & row::kChained) != 0 ? applier.Chained(mask.Get()) : applier.Plain(mask.Get()))) return 0;
  }
  return in.Finish() ? 1 + in.Position() : 0;
}

constexpr std::size_t kLengthLimit = 1U << row::kLengthBits;

// Takes the length off the end of `rows`. 0: there is none.
std::size_t TakeLength(std::string_view& rows) {
  if (rows.empty()) return 0;
  std::size_t length = static_cast<unsigned char>(rows.back());
  rows.remove_suffix(1);
  if (length < kLengthLimit) return length;
  if (rows.empty()) return 0;
  const std::size_t upper = static_cast<unsigned char>(rows.back());
  rows.remove_suffix(1);
  return upper < kLengthLimit ? upper << row::kLengthBits | (length % kLengthLimit) : 0;
}

template <Direction Way>
bool TakeFirst(std::string_view& rows, RowState& state) {
  const std::size_t bytes = Apply<Way>(rows, state);
  const std::size_t length_bytes = bytes < kLengthLimit ? 1 : 2;
  if (bytes == 0 || rows.size() - bytes < length_bytes) return false;
  std::string_view with_length = rows.substr(0, bytes + length_bytes);
  if (TakeLength(with_length) != bytes || with_length.size() != bytes) return false;
  rows.remove_prefix(bytes + length_bytes);
  return true;
}

}  // namespace

bool NextRow(std::string_view& rows, RowState& state) { return TakeFirst<Direction::kForward>(rows, state); }

bool SkipRow(std::string_view& rows) {
  RowState ignored;
  return TakeFirst<Direction::kSkip>(rows, ignored);
}

bool PreviousRow(std::string_view& rows, RowState& state) {
  std::string_view before = rows;
  const std::size_t bytes = TakeLength(before);
  const std::size_t length_bytes = rows.size() - before.size();
  if (bytes == 0 || bytes > before.size() || length_bytes != (bytes < kLengthLimit ? 1 : 2)) return false;
  if (Apply<Direction::kBackward>(before.substr(before.size() - bytes), state) != bytes) return false;
  rows.remove_suffix(bytes + length_bytes);
  return true;
}

}  // namespace proxy_telemetry::tsdb
