#include "differences.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <functional>

#include "coding.h"

namespace proxy_telemetry::tsdb {

void FindResets(std::span<const std::uint64_t> values, std::vector<std::uint32_t>& resets) {
  resets.clear();
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto value = static_cast<std::int64_t>(values[i]);
    if (value < static_cast<std::int64_t>(values[i - 1]) && value >= 0) resets.push_back(static_cast<std::uint32_t>(i));
  }
}

void ToIncreases(std::span<const std::uint64_t> values, std::span<const std::uint32_t> resets,
                 std::vector<std::uint64_t>& increases) {
  increases.resize(values.size());
  if (values.empty()) return;
  increases[0] = 0;
  std::transform(values.begin() + 1, values.end(), values.begin(), increases.begin() + 1, std::minus<>());
  for (const std::uint32_t reset : resets) increases[reset] = values[reset];
}

void SumUp(std::uint64_t base, std::span<const std::uint32_t> resets, std::span<std::uint64_t> increases) {
  std::uint64_t value = base;
  std::size_t at = 0;
  const auto sum_to = [&](std::size_t end) {
    std::uint64_t* const all = increases.data();
    for (; at < end; ++at) all[at] = value += all[at];
  };
  for (const std::uint32_t reset : resets) {
    sum_to(reset);
    value = 0;
  }
  sum_to(increases.size());
}

unsigned ChooseOrder(std::span<const std::uint64_t> values) {
  constexpr int kMuchMore = 2;  // a reset or a first value must not decide: sizes count by their width
  std::array<std::size_t, 3> widths = {};
  std::uint64_t change = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::uint64_t before = change;
    change = values[i] - values[i - 1];
    widths[0] += static_cast<std::size_t>(std::bit_width(ZigZag(static_cast<std::int64_t>(values[i]))));
    widths[1] += static_cast<std::size_t>(std::bit_width(ZigZag(static_cast<std::int64_t>(change))));
    if (i == 1) continue;
    widths[2] += static_cast<std::size_t>(std::bit_width(ZigZag(static_cast<std::int64_t>(change - before))));
  }
  unsigned order = widths[1] <= widths[0] ? 1 : 0;
  if (values.size() > 3 && widths[2] * kMuchMore < widths[order]) order = 2;
  return order;
}

}  // namespace proxy_telemetry::tsdb
