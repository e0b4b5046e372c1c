// Chain: how the increases of a master are divided among its members, tick by tick.
//
// Members are coded one after the other, each only at ticks where something is left by those before it, as a number of
// draws with the member's share of what is left. Shares follow what was seen, and begin with what the first values say.
// Reading a member needs those that were coded before it, not those behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ans.h"
#include "layout.h"

namespace proxy_telemetry::tsdb {

inline constexpr std::uint64_t kChainIncreaseEnd = std::uint64_t{1} << 31U;  // at one tick

class ChainParts {
 public:
  // `increases`: of the master, one per regular tick, the first of them 0; all below kChainIncreaseEnd.
  void Start(const ChainLayout& chain, std::uint64_t master_base, std::span<const std::uint64_t> increases);

  // The next member in coding order. `base`: of its own part, not cumulative.
  void Write(std::uint64_t base, std::span<const std::uint32_t> part, AnsWriter& out);
  [[nodiscard]] bool Read(std::uint64_t base, std::string_view stream);
  // The last one of a closed chain: all that is left.
  void TakeRest();

  std::size_t done() const { return done_; }  // how many in coding order
  // What a member was given at each tick, by position among the members. Zeros for those that are still or not done.
  std::span<const std::uint32_t> part(std::size_t member) const {
    return std::span(parts_).subspan(member * ticks_, ticks_);
  }
  std::span<const std::uint32_t> left() const { return left_; }
  bool is_all_taken() const { return active_.empty(); }
  std::span<const std::uint16_t> order() const { return chain_->order; }
  // Ticks where the master rose.
  std::span<const std::uint16_t> risen() const { return risen_; }

 private:
  template <typename Coder>
  bool Code(Coder& coder, std::uint64_t base, std::uint32_t* part);

  const ChainLayout* chain_ = nullptr;
  std::size_t ticks_ = 0;
  std::size_t done_ = 0;
  std::uint64_t base_left_ = 0;
  std::vector<std::uint32_t> parts_;
  std::vector<std::uint32_t> left_;
  std::vector<std::uint16_t> risen_;
  std::vector<std::uint16_t> active_;  // where something is left
};

}  // namespace proxy_telemetry::tsdb
