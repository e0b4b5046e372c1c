#include "chain.h"

#include <algorithm>
#include <bit>

#include "models.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::uint64_t kUnits = 16;       // per draw, so that forgetting has fractions to take from
constexpr std::uint64_t kFirstDraws = 64;  // what first values count for at most
constexpr unsigned kSteadyTicks = 16;      // a share that fits stays for so many
constexpr unsigned kYoungTicks = 8;        // after a surprise it follows each tick for so many
constexpr unsigned kSurpriseForgets = 5;   // octaves of what was known
constexpr std::uint64_t kSurprise = 9;     // squared deviations

// The share of one member in what those before it left, as seen so far.
class SeenShare {
 public:
  SeenShare(std::uint64_t base, std::uint64_t base_left, unsigned memory) : memory_(memory + 1) {
    if (base <= base_left && base_left != 0) {
      const auto width = static_cast<unsigned>(std::bit_width(base_left));
      const unsigned down = width > 40 ? width - 40 : 0;
      draws_ = kUnits * std::min(base_left, kFirstDraws);
      hits_ = (base >> down) * draws_ / (base_left >> down);
    }
    Update();
  }
  const Share& now() const { return share_; }
  // It stays the same for so many ticks, unless one is a surprise.
  std::size_t steady_ticks() const { return young_ > 0 ? 1 : kSteadyTicks; }

  // What was seen since the share was made. Not inline: the loop around it needs the registers.
  [[gnu::noinline]] void Add(std::uint64_t hits, std::uint64_t draws, bool surprise) {
    if (surprise) {
      hits_ >>= kSurpriseForgets;
      draws_ >>= kSurpriseForgets;
      young_ = kYoungTicks;
    }
    hits_ += hits * kUnits - (hits_ >> memory_);
    draws_ += draws * kUnits - (draws_ >> memory_);
    young_ -= young_ > 0 ? 1 : 0;
    Update();
  }

 private:
  void Update() { share_ = Share(((hits_ + kUnits / 2) << 16U) / (draws_ + kUnits)); }

  std::uint64_t hits_ = 0;
  std::uint64_t draws_ = 0;
  unsigned young_ = kYoungTicks;
  const unsigned memory_;
  Share share_{0};
};

// Far from what the share makes expect: something has changed, and the past is worth little.
bool IsSurprise(const Share& share, std::uint32_t hits, std::uint32_t draws) {
  const std::uint64_t expected = static_cast<std::uint64_t>(draws) * share.parts;
  const auto away = static_cast<std::int64_t>(hits) - static_cast<std::int64_t>((expected + 32768) >> 16U);
  const std::uint64_t variance = (expected >> 16U) * (65536 - share.parts) >> 16U;
  return static_cast<std::uint64_t>(away * away) > kSurprise * (variance + 1);
}

}  // namespace

void ChainParts::Start(const ChainLayout& chain, std::uint64_t master_base, std::span<const std::uint64_t> increases) {
  chain_ = &chain;
  ticks_ = increases.size();
  done_ = 0;
  base_left_ = master_base;
  parts_.assign(chain.members.size() * ticks_, 0);
  left_.resize(ticks_);
  risen_.resize(ticks_);
  std::uint32_t* const left = left_.data();
  std::uint16_t* const risen = risen_.data();
  std::size_t count = 0;
  for (std::size_t tick = 0; tick < ticks_; ++tick) {
    const std::uint64_t increase = increases.data()[tick];
    left[tick] = static_cast<std::uint32_t>(increase);
    risen[count] = static_cast<std::uint16_t>(tick);
    count += increase != 0 ? 1 : 0;
  }
  risen_.resize(count);
  active_ = risen_;
}

template <typename Coder>
[[gnu::always_inline]] inline bool ChainParts::Code(Coder& coder, std::uint64_t base, std::uint32_t* part) {
  SeenShare seen(base, base_left_, chain_->memory);
  std::uint32_t* const left = left_.data();
  std::uint16_t* const active = active_.data();
  const std::size_t count = active_.size();
  std::size_t kept = 0;
  bool good = true;
  for (std::size_t i = 0; i < count;) {
    const Share share = seen.now();
    const std::size_t end = std::min(count, i + seen.steady_ticks());
    std::uint64_t hits_sum = 0;
    std::uint64_t draws_sum = 0;
    bool surprise = false;
    while (i < end && !surprise) {
      const std::uint16_t tick = active[i++];
      const std::uint32_t draws = left[tick];
      std::uint32_t hits = CodeDraws(coder, share, draws, part[tick]);
      if constexpr (Coder::kReads) {
        good = good && hits <= draws;
        hits = std::min(hits, draws);
        part[tick] = hits;
      }
      left[tick] = draws - hits;
      active[kept] = tick;
      kept += draws != hits ? 1 : 0;
      hits_sum += hits;
      draws_sum += draws;
      surprise = IsSurprise(share, hits, draws);
    }
    seen.Add(hits_sum, draws_sum, surprise);
  }
  active_.resize(kept);
  base_left_ -= std::min(base, base_left_);
  ++done_;
  return good;
}

void ChainParts::Write(std::uint64_t base, std::span<const std::uint32_t> part, AnsWriter& out) {
  std::uint32_t* const own = parts_.data() + chain_->order[done_] * ticks_;
  std::copy(part.begin(), part.end(), own);
  static_cast<void>(Code(out, base, own));
}

bool ChainParts::Read(std::uint64_t base, std::string_view stream) {
  AnsReader in(stream);
  std::uint32_t* const own = parts_.data() + chain_->order[done_] * ticks_;
  return Code(in, base, own) && in.complete();
}

void ChainParts::TakeRest() {
  std::uint32_t* const own = parts_.data() + chain_->order[done_] * ticks_;
  for (const std::uint16_t tick : active_) {
    own[tick] = left_[tick];
    left_[tick] = 0;
  }
  active_.clear();
  ++done_;
}

}  // namespace proxy_telemetry::tsdb
