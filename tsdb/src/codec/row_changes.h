// Changes: what differs between two rows of a group, as the tokens that say so.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/row_format.h"
#include "codec/row_value.h"

namespace proxy_telemetry::tsdb::row {

struct Change {
  std::size_t slot;
  std::uint8_t kind;    // kSmall: of integers
  std::uint64_t delta;  // as a two's complement, or the xor
};

// Lives for one row; has no memory but its own.
class Changes {
 public:
  bool Any() const { return size_ != 0; }

  // Slots ascend; `before` and `after` differ.
  void Add(std::size_t slot, double before, double after) {
    Change& change = changes_[size_++];
    change.slot = slot;
    std::int64_t from = 0;
    std::int64_t to = 0;
    if (ToInteger(after, to) && ToInteger(before, from)) {
      change.kind = kSmall;
    } else if (ToDecimal(after, kMillionths, to) && ToDecimal(before, kMillionths, from)) {
      change.kind = kDecimal6;
      constexpr std::int64_t kRatio = 1000;
      if (to % kRatio == 0 && from % kRatio == 0) {
        change.kind = kDecimal3;
        to /= kRatio;
        from /= kRatio;
      }
    } else if (ToDecimal(after, kThousandths, to) && ToDecimal(before, kThousandths, from)) {
      change.kind = kDecimal3;
    } else {
      change.kind = kXor;
      change.delta = Bits(before) ^ Bits(after);
      return;
    }
    change.delta = static_cast<std::uint64_t>(Difference(to, from));
  }

  // Calls visit(slot, kind, delta) for each token. Those of integers have kSmall as kind, whatever they take.
  template <typename Visit>
  void ForTokens(bool chained, Visit&& visit) const {
    std::uint64_t run = 0;
    std::size_t next = 0;   // behind the change before
    std::size_t token = 0;  // behind the token before
    for (const Change& change : std::span(changes_.data(), size_)) {
      if (run != 0 && change.slot != next) {
        visit(next, std::uint8_t{kSmall}, 0 - run);
        run = 0;
      }
      next = change.slot + 1;
      const bool is_integer = change.kind == kSmall;
      if (is_integer && change.delta == run) continue;
      visit(change.slot, change.kind, is_integer ? change.delta - run : change.delta);
      token = next;
      if (is_integer && chained) run = change.delta;
    }
    if (run != 0 && token != next) visit(next, std::uint8_t{kSmall}, 0 - run);
  }

 private:
  std::size_t size_ = 0;
  std::array<Change, kRowSlotsMax> changes_;  // NOLINT: the first size_ are set
};

}  // namespace proxy_telemetry::tsdb::row
