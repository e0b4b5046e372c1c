// Differences: a column's numbers as what they change by, of the order that makes them small. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace proxy_telemetry::tsdb {

// Where numbers of a counter start again from zero: where they fall, unless below zero.
void FindResets(std::span<const std::uint64_t> values, std::vector<std::uint32_t>& resets);

// What numbers rise by: 0 at first, at a reset all they are.
void ToIncreases(std::span<const std::uint64_t> values, std::span<const std::uint32_t> resets,
                 std::vector<std::uint64_t>& increases);

// Back: sums of `increases`, in place, from `base`, again from zero at resets.
void SumUp(std::uint64_t base, std::span<const std::uint32_t> resets, std::span<std::uint64_t> increases);

// The order (0 to 2) whose differences are smallest.
unsigned ChooseOrder(std::span<const std::uint64_t> values);

}  // namespace proxy_telemetry::tsdb
