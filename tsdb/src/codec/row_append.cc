#include <algorithm>
#include <bit>
#include <span>

#include "codec/row.h"
#include "codec/row_changes.h"
#include "codec/row_format.h"
#include "codec/row_nibbles.h"
#include "codec/row_value.h"
#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

using row::Bits;
using row::Changes;
using row::NibbleWriter;

constexpr std::size_t kWordBits = 64;

std::size_t WordsFor(std::size_t slots) { return (slots + kWordBits - 1) / kWordBits; }

class Mask {
 public:
  explicit Mask(std::size_t slots) : size_(WordsFor(slots)) { std::fill_n(words_.begin(), size_, 0); }

  void Set(std::size_t slot) { words_[slot / kWordBits] |= std::uint64_t{1} << (slot % kWordBits); }
  void SetWord(std::size_t i, std::uint64_t word) { words_[i] = word; }
  std::span<const std::uint64_t> words() const { return {words_.data(), size_}; }
  bool Any() const {
    return std::any_of(words().begin(), words().end(), [](std::uint64_t word) { return word != 0; });
  }

 private:
  std::size_t size_;
  std::array<std::uint64_t, row::kMaskWords> words_;  // NOLINT: the first size_ are set
};

std::uint64_t Folded(std::uint64_t delta) { return ZigZag(static_cast<std::int64_t>(delta)) - 1; }

// Nibbles after the first that a number below kShortBase.back() takes.
unsigned ShortNibbles(std::uint64_t number) {
  unsigned nibbles = 0;
  for (; number >= row::kShortBase[nibbles]; ++nibbles) {
  }
  return nibbles;
}

unsigned TokenNibbles(std::uint8_t kind, std::uint64_t delta) {
  const std::uint64_t number = kind == row::kXor ? delta : Folded(delta);
  if (kind == row::kSmall && number < row::kShortBase.back()) return 1 + ShortNibbles(number);
  return 2 + row::NibblesOf(number);
}

void PutToken(std::uint8_t kind, std::uint64_t delta, NibbleWriter& out) {
  if (kind == row::kXor) {
    const auto zeros = static_cast<unsigned>(std::countr_zero(delta)) / row::kNibbleBits;
    out.Put(row::kXor | zeros << row::kNibbleBits, 2);
    return out.PutNumber(delta >> (zeros * row::kNibbleBits));
  }
  const std::uint64_t number = Folded(delta);
  if (kind != row::kSmall) {
    out.Put(kind, 1);
    return out.PutNumber(number);
  }
  if (number < row::kTiny) return out.Put(number, 1);
  if (number >= row::kShortBase.back()) {
    out.Put(row::kLong, 1);
    return out.PutNumber(number);
  }
  const unsigned nibbles = ShortNibbles(number);
  const std::uint64_t kind_nibble = row::kTiny + nibbles - 1;
  out.Put(kind_nibble | (number - row::kShortBase[nibbles - 1]) << row::kNibbleBits, 1 + nibbles);
}

// Not for an empty mask.
void PutMask(std::span<const std::uint64_t> words, NibbleWriter& out) {
  while (words.back() == 0) words = words.first(words.size() - 1);
  const std::size_t quads = (words.size() - 1) * (kWordBits / row::kNibbleBits) + row::NibblesOf(words.back());
  if (quads <= row::kNarrowQuads) {
    out.Put(quads, 1);
    for (unsigned done = 0; done < quads; done += 8) {
      const auto nibbles = std::min(8U, static_cast<unsigned>(quads) - done);
      out.Put((words[0] >> (done * row::kNibbleBits)) & 0xffffffffU, nibbles);
    }
    return;
  }
  out.Put(0, 1);
  out.Put(quads, row::kMaskCountNibbles);
  const auto quad = [words](std::size_t i) { return (words[i / 16] >> (i % 16 * row::kNibbleBits)) & 0xfU; };
  for (std::size_t i = 0; i < quads; ++i) {
    out.Put(quad(i), 1);
    if (quad(i) != 0) continue;
    std::size_t more = 0;
    while (more < 15 && quad(i + 1 + more) == 0) ++more;  // the last quad is not 0
    out.Put(more, 1);
    i += more;
  }
}

void PutLength(std::size_t bytes, char*& end) {
  constexpr std::size_t kLimit = 1U << row::kLengthBits;
  if (bytes >= kLimit) *end++ = static_cast<char>(bytes >> row::kLengthBits);
  *end++ = static_cast<char>(bytes < kLimit ? bytes : (bytes % kLimit) | kLimit);
}

std::uint8_t TimeKind(std::uint64_t delta_ms) {
  const auto* const usual = std::find(row::kUsualIntervalsMs.begin(), row::kUsualIntervalsMs.end(), delta_ms);
  if (usual != row::kUsualIntervalsMs.end()) {
    return static_cast<std::uint8_t>(row::kTimeFirst + (usual - row::kUsualIntervalsMs.begin()));
  }
  return delta_ms >> 63U == 0 ? row::kTimeMs : row::kTimeAny;
}

// Bit i: whether slot i of `input`, from `first` on, is present; and whether its value is another than in `values`.
struct Compared {
  std::uint64_t present = 0;
  std::uint64_t changed = 0;

  void Add(const RowInput& input, const double* values, std::size_t slot, std::size_t bit) {
    const std::uint64_t is_present = input.present[slot] != 0 ? 1 : 0;
    const std::uint64_t differs = Bits(input.values[slot]) != Bits(values[slot]) ? 1 : 0;
    present |= is_present << bit;
    changed |= (is_present & differs) << bit;
  }
};

Compared Compare(const RowInput& input, std::size_t first, const double* values) {
  constexpr std::size_t kUnrolled = 4;
  Compared compared;
  const std::size_t end = std::min(first + kWordBits, input.slots);
  std::size_t slot = first;
  for (; slot + kUnrolled <= end; slot += kUnrolled) {
    Compared some;
    for (std::size_t i = 0; i < kUnrolled; ++i) some.Add(input, values, slot + i, i);
    compared.present |= some.present << (slot - first);
    compared.changed |= some.changed << (slot - first);
  }
  for (; slot < end; ++slot) compared.Add(input, values, slot, slot - first);
  return compared;
}

// Takes `input` over into `state`, and notes what that changed.
void Update(const RowInput& input, RowState& state, Mask& presence, Changes& changes) {
  double* const values = state.values.data();
  for (std::size_t word = 0; word < state.present.size(); ++word) {
    const std::size_t first = word * kWordBits;
    Compared compared = Compare(input, first, values);
    presence.SetWord(word, state.present[word] ^ compared.present);
    state.present[word] = compared.present;
    for (; compared.changed != 0; compared.changed &= compared.changed - 1) {
      const std::size_t slot = first + static_cast<std::size_t>(std::countr_zero(compared.changed));
      changes.Add(slot, values[slot], input.values[slot]);
      values[slot] = input.values[slot];
    }
  }
}

// Sets the mask of the tokens. Returns the nibbles that they take.
unsigned MeasureTokens(const Changes& changes, bool chained, Mask& mask) {
  unsigned nibbles = 0;
  changes.ForTokens(chained, [&](std::size_t slot, std::uint8_t kind, std::uint64_t delta) {
    mask.Set(slot);
    nibbles += TokenNibbles(kind, delta);
  });
  return nibbles;
}

void PutValues(const Changes& changes, bool chained, const Mask& mask, NibbleWriter& out) {
  PutMask(mask.words(), out);
  changes.ForTokens(
      chained, [&out](std::size_t /*slot*/, std::uint8_t kind, std::uint64_t delta) { PutToken(kind, delta, out); });
}

}  // namespace

void AppendRow(const RowInput& input, RowState& state, std::string& out) {
  const std::uint64_t delta_ms = static_cast<std::uint64_t>(row::Difference(input.ts_ms, state.ts_ms));
  const std::uint64_t commits = input.commit - state.commit;
  bool presence_follows = input.slots > state.values.size();
  if (presence_follows) {
    state.values.resize(input.slots);
    state.present.resize(WordsFor(input.slots));
  }
  state.ts_ms = input.ts_ms;
  state.commit = input.commit;

  const std::size_t slots = state.values.size();
  Mask presence(slots);
  Changes changes;
  Update(input, state, presence, changes);
  presence_follows = presence_follows || presence.Any();
  Mask plain(slots + 1);
  Mask chain(slots + 1);
  const bool values_follow = changes.Any();
  const bool chained = values_follow && MeasureTokens(changes, true, chain) < MeasureTokens(changes, false, plain);

  std::array<char, row::kRowBytesMax + sizeof(std::uint64_t) + 2> bytes;  // NOLINT: written before it is read
  const std::uint8_t time = TimeKind(delta_ms);
  bytes[0] = static_cast<char>(time | (commits != 1 ? row::kOtherCommit : 0) | (presence_follows ? row::kPresence : 0) |
                               (values_follow ? row::kValues : 0) | (chained ? row::kChained : 0));
  NibbleWriter nibbles(bytes.data() + 1);
  if (time == row::kTimeAny) nibbles.PutNumber(ZigZag(static_cast<std::int64_t>(delta_ms)));
  if (time == row::kTimeMs) nibbles.PutNumber(delta_ms);
  if (commits != 1) nibbles.PutNumber(commits);
  if (presence_follows) {
    nibbles.PutNumber(slots);
    nibbles.Put(presence.Any() ? 1 : 0, 1);
    if (presence.Any()) PutMask(presence.words(), nibbles);
  }
  if (values_follow) PutValues(changes, chained, chained ? chain : plain, nibbles);
  char* end = nibbles.End();
  PutLength(static_cast<std::size_t>(end - bytes.data()), end);
  out.append(bytes.data(), end);
}

}  // namespace proxy_telemetry::tsdb
