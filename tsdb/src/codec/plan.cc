#include "plan.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <unordered_map>

#include "chain.h"
#include "differences.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kResetsMax = 16;  // more, and it is no counter
constexpr std::size_t kRetriesMax = 4;  // members left out of a chain, before it is given up
constexpr std::uint8_t kDefaultMemory = 2;

std::uint64_t HashOf(std::span<const std::uint64_t> values) {
  std::uint64_t hash = values.size();
  for (const std::uint64_t value : values) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29U;
  }
  return hash;
}

}  // namespace

BlockPlan::BlockPlan(const GroupShape& shape, const BlockContent& content) {
  layout.Clear();
  layout.ticks = static_cast<std::uint32_t>(content.ts_ms.size());
  layout.mask_sizes[0] = layout.ticks;
  ToColumns(content);
  FindChains(shape);
  FindSums(shape);
  FindCopies();
  PlanSequences();
}

void BlockPlan::ToColumns(const BlockContent& content) {
  const std::size_t count = content.columns.size();
  numbers.resize(count);
  layout.columns.resize(count);
  increases.resize(count);
  is_planned_.assign(count, false);
  for (std::size_t i = 0; i < count; ++i) {
    const BlockColumn& from = content.columns[i];
    ToNumbers(std::span(from.values).first(layout.ticks), from.present, numbers[i]);
    ColumnLayout& column = layout.columns[i];
    column.form = numbers[i].form;
    column.present = layout.AddMask(from.present);
    column.regular = numbers[i].asides.empty() ? column.present : layout.AddMask(numbers[i].regular);
    const auto& asides = numbers[i].asides;
    column.asides_same = std::adjacent_find(asides.begin(), asides.end(), std::not_equal_to<>()) == asides.end();
    column.first_aside = static_cast<std::uint32_t>(layout.asides.size());
    layout.asides.insert(layout.asides.end(), asides.begin(),
                         column.asides_same && !asides.empty() ? asides.begin() + 1 : asides.end());
    if (numbers[i].values.empty()) is_planned_[i] = true;
  }
}

bool BlockPlan::IsPlainCounter(std::uint16_t column) const {
  return layout.columns[column].form == NumberForm{} && !numbers[column].values.empty();
}

// As a sequence of order 1 that others can follow. Fails when it cannot be one.
bool BlockPlan::MakeMaster(std::uint16_t column) {
  ColumnLayout& master = layout.columns[column];
  if (is_planned_[column]) {
    return master.kind == ColumnKind::kSequence && master.order == 1 && master.form == NumberForm{};
  }
  if (!IsPlainCounter(column)) return false;
  std::vector<std::uint32_t> resets;
  FindResets(numbers[column].values, resets);
  if (resets.size() > kResetsMax) return false;
  ToIncreases(numbers[column].values, resets, increases[column]);
  const auto too_many = [](std::uint64_t increase) { return increase >= kChainIncreaseEnd; };
  if (std::any_of(increases[column].begin(), increases[column].end(), too_many)) return false;
  master.kind = ColumnKind::kSequence;
  master.order = 1;
  master.bases[0] = numbers[column].values[0];
  master.first_reset = static_cast<std::uint32_t>(layout.resets.size());
  master.resets = static_cast<std::uint32_t>(resets.size());
  layout.resets.insert(layout.resets.end(), resets.begin(), resets.end());
  is_planned_[column] = true;
  return true;
}

namespace {

// Divides the master's increases among the members, in order, as long as they allow it.
class Divider {
 public:
  Divider(const BlockPlan& plan, std::uint16_t master) : plan_(plan), left_(plan.increases[master]) {
    const ColumnLayout& column = plan.layout.columns[master];
    resets_ = std::span(plan.layout.resets).subspan(column.first_reset, column.resets);
  }

  // False when the member's increases are not a part of what is left.
  bool Take(std::uint16_t member, bool cumulative, std::vector<std::uint32_t>& part) {
    ToIncreases(plan_.numbers[member].values, resets_, own_);
    part.resize(own_.size());
    bool good = true;
    for (std::size_t i = 0; i < own_.size(); ++i) {
      const std::uint64_t increase = own_[i] - (cumulative && has_below_ ? below_[i] : 0);
      good = good && increase <= left_[i];
      part[i] = static_cast<std::uint32_t>(increase);
    }
    if (!good) return false;
    for (std::size_t i = 0; i < own_.size(); ++i) left_[i] -= part[i];
    below_.swap(own_);
    has_below_ = true;
    return true;
  }
  bool is_all_taken() const {
    return std::all_of(left_.begin(), left_.end(), [](std::uint64_t left) { return left == 0; });
  }
  std::uint64_t left_sum() const { return std::accumulate(left_.begin(), left_.end(), std::uint64_t{0}); }

 private:
  const BlockPlan& plan_;
  std::span<const std::uint32_t> resets_;
  std::vector<std::uint64_t> left_;
  std::vector<std::uint64_t> own_;
  std::vector<std::uint64_t> below_;
  bool has_below_ = false;
};

std::uint64_t SumOf(std::span<const std::uint32_t> part) {
  return std::accumulate(part.begin(), part.end(), std::uint64_t{0});
}

}  // namespace

bool BlockPlan::AddChain(std::uint16_t master, std::vector<std::uint16_t> members, bool cumulative) {
  std::erase_if(members, [&](std::uint16_t member) {
    return member == master || is_planned_[member] || !IsPlainCounter(member) ||
           layout.columns[member].regular != layout.columns[master].regular;
  });
  if (members.empty() || layout.chains.size() == kChainsMax || !MakeMaster(master)) return false;
  ChainData data;
  Divider divider(*this, master);
  ChainLayout chain;
  std::size_t refused = 0;
  for (const std::uint16_t member : members) {
    data.parts.emplace_back();
    if (divider.Take(member, cumulative, data.parts.back())) {
      chain.members.push_back(member);
      continue;
    }
    data.parts.pop_back();
    if (++refused > kRetriesMax) return false;
  }
  if (chain.members.empty()) return false;
  data.increases = increases[master];
  const std::uint64_t all = std::accumulate(data.increases.begin(), data.increases.end(), std::uint64_t{0});
  chain.closed = divider.is_all_taken();
  if (!cumulative && !chain.closed && divider.left_sum() > all / 2) return false;
  chain.master = master;
  chain.cumulative = cumulative;
  chain.memory = kDefaultMemory;
  std::vector<std::uint64_t> sums;
  std::uint64_t below = 0;
  std::uint64_t bases = 0;
  for (std::size_t i = 0; i < chain.members.size(); ++i) {
    ColumnLayout& column = layout.columns[chain.members[i]];
    const std::uint64_t first = numbers[chain.members[i]].values[0];
    column.kind = ColumnKind::kMember;
    column.other = static_cast<std::uint16_t>(layout.chains.size());
    column.bases[0] = first - (cumulative ? below : 0);
    below = first;
    bases += column.bases[0];
    sums.push_back(SumOf(data.parts[i]));
    column.still = sums.back() == 0;
    if (!column.still) chain.order.push_back(static_cast<std::uint16_t>(i));
    is_planned_[chain.members[i]] = true;
  }
  chain.closed_base = bases == layout.columns[master].bases[0];
  std::sort(chain.order.begin(), chain.order.end(),
            [&sums](std::uint16_t a, std::uint16_t b) { return sums[a] != sums[b] ? sums[a] > sums[b] : a < b; });
  layout.chains.push_back(std::move(chain));
  chains.push_back(std::move(data));
  return true;
}

// Returns the chain's number.
std::uint16_t BlockPlan::AddHistogram(const GroupShape::Histogram& histogram) {
  std::vector<std::uint16_t> members = histogram.buckets;
  std::uint16_t master = histogram.count;
  const std::uint16_t last = members.back();
  const auto known = [this](std::uint16_t column) { return column < numbers.size(); };
  if (!std::all_of(members.begin(), members.end(), known)) return GroupShape::kNone;
  if (master != GroupShape::kNone && !known(master)) master = GroupShape::kNone;
  // The bucket of +Inf is the count; where they differ, the buckets belong to it.
  if (master == GroupShape::kNone || numbers[last].values == numbers[master].values) {
    members.pop_back();
    if (master == GroupShape::kNone || last < master) master = last;
  } else {
    master = last;
    members.pop_back();
  }
  return AddChain(master, std::move(members), true) ? static_cast<std::uint16_t>(layout.chains.size() - 1)
                                                    : GroupShape::kNone;
}

void BlockPlan::AddFamily(const GroupShape::Family& family) {
  const auto known = [this](std::uint16_t column) { return column < numbers.size(); };
  if (!std::all_of(family.members.begin(), family.members.end(), known)) return;
  for (std::uint16_t total : family.totals) {
    if (!known(total)) continue;
    // Of equal columns one is the master already.
    for (const ChainLayout& chain : layout.chains) {
      if (numbers[chain.master].values == numbers[total].values) total = chain.master;
    }
    if (AddChain(total, family.members, false)) return;
  }
}

void BlockPlan::FindChains(const GroupShape& shape) {
  for (const GroupShape::Histogram& histogram : shape.histograms()) {
    chain_of_histogram_.push_back(AddHistogram(histogram));
  }
  for (const GroupShape::Family& family : shape.families()) AddFamily(family);
}

void BlockPlan::FindSums(const GroupShape& shape) {
  for (std::size_t i = 0; i < shape.histograms().size(); ++i) {
    const std::uint16_t sum = shape.histograms()[i].sum;
    if (chain_of_histogram_[i] == GroupShape::kNone || sum >= numbers.size() || is_planned_[sum]) continue;
    const ChainLayout& chain = layout.chains[chain_of_histogram_[i]];
    const ColumnLayout& master = layout.columns[chain.master];
    ColumnLayout& column = layout.columns[sum];
    if (column.regular != master.regular || column.form.form > kDecimalPlacesMax) continue;
    ToIncreases(numbers[sum].values, std::span(layout.resets).subspan(master.first_reset, master.resets),
                increases[sum]);
    const auto& risen = increases[chain.master];
    bool follows = true;
    for (std::size_t tick = 0; tick < risen.size(); ++tick) {
      follows = follows && (risen[tick] != 0 || increases[sum][tick] == 0);
    }
    if (!follows) continue;
    column.kind = ColumnKind::kHistogramSum;
    column.other = chain_of_histogram_[i];
    column.bases[0] = numbers[sum].values[0];
    is_planned_[sum] = true;
  }
}

void BlockPlan::FindCopies() {
  std::unordered_multimap<std::uint64_t, std::uint16_t> seen;
  // Columns that others follow cannot become copies, so they come first.
  for (const bool planned : {true, false}) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (is_planned_[i] != planned || numbers[i].values.empty() || layout.columns[i].kind == ColumnKind::kCopy)
        continue;
      const std::uint64_t hash = HashOf(numbers[i].values);
      const auto [first, last] = seen.equal_range(hash);
      const auto same = std::find_if(first, last, [&](const auto& entry) {
        const ColumnLayout& other = layout.columns[entry.second];
        return other.regular == layout.columns[i].regular && other.form == layout.columns[i].form &&
               numbers[entry.second].values == numbers[i].values;
      });
      if (planned || same == last) {
        seen.emplace(hash, static_cast<std::uint16_t>(i));
        continue;
      }
      layout.columns[i].kind = ColumnKind::kCopy;
      layout.columns[i].other = same->second;
    }
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (layout.columns[i].kind == ColumnKind::kCopy) is_planned_[i] = true;
  }
}

void BlockPlan::PlanSequence(std::uint16_t i) {
  ColumnLayout& column = layout.columns[i];
  const auto& values = numbers[i].values;
  column.order = static_cast<std::uint8_t>(values.size() == 1 ? 1 : ChooseOrder(values));
  if (column.order == 1) {
    std::vector<std::uint32_t> resets;
    FindResets(values, resets);
    ToIncreases(values, resets, increases[i]);
    const bool rises = std::all_of(increases[i].begin(), increases[i].end(),
                                   [](std::uint64_t increase) { return increase >> 63U == 0; });
    if (!rises || resets.size() > kResetsMax) {
      resets.clear();
      ToIncreases(values, resets, increases[i]);
    }
    column.first_reset = static_cast<std::uint32_t>(layout.resets.size());
    column.resets = static_cast<std::uint32_t>(resets.size());
    layout.resets.insert(layout.resets.end(), resets.begin(), resets.end());
    column.bases[0] = values[0];
    return;
  }
  increases[i] = values;
  if (column.order == 0) return;
  column.bases[0] = values[0];
  column.bases[1] = values[1] - values[0];
  for (std::size_t t = values.size() - 1; t > 1; --t) increases[i][t] = values[t] - 2 * values[t - 1] + values[t - 2];
}

void BlockPlan::PlanSequences() {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ColumnLayout& column = layout.columns[i];
    if (!is_planned_[i]) PlanSequence(static_cast<std::uint16_t>(i));
    if (column.kind != ColumnKind::kSequence || numbers[i].values.empty()) continue;
    column.spec =
        ChooseSequence(std::span(increases[i]).subspan(std::min<std::size_t>(column.order, increases[i].size())));
  }
}

}  // namespace proxy_telemetry::tsdb
