#include "head/open_block.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "codec/presence.h"

namespace proxy_telemetry::tsdb {
namespace {

// Room beyond what is needed: a doubling string would waste as much as it holds, ten thousand times.
constexpr std::size_t kRowsSlackBytes = 96;

bool HasSlot(const RowState& state, std::size_t slot) {
  return slot / 64 < state.present.size() && ((state.present[slot / 64] >> (slot % 64)) & 1U) != 0;
}

// Rows of one run, the oldest first.
template <typename Visit>
void ForEachRow(const Run& run, Visit&& visit) {
  RowState state;
  std::string_view rows = run.rows;
  for (std::uint32_t i = 0; i < run.count && NextRow(rows, state); ++i) visit(state);
}

}  // namespace

std::size_t FirstBlockTicks(const Labels& group_labels, std::size_t ticks) {
  return ticks - std::hash<Labels>{}(group_labels) % std::max<std::size_t>(1, ticks / 2);
}

std::size_t OpenBlock::bytes() const {
  std::size_t bytes = 0;
  for (const Run& run : runs_) bytes += run.rows.size();
  return bytes;
}

std::size_t OpenBlock::DropKnown(std::int64_t ts_ms, std::span<std::uint8_t> present) const {
  std::size_t dropped = 0;
  for (const Run& run : runs_) {
    if (run.state.ts_ms < ts_ms) continue;
    RowState state = run.state;
    std::string_view rows = run.rows;
    for (std::uint32_t left = run.count; left > 0 && state.ts_ms >= ts_ms; --left) {
      if (state.ts_ms == ts_ms) {
        for (std::size_t slot = 0; slot < present.size(); ++slot) {
          if (present[slot] == 0 || !HasSlot(state, slot)) continue;
          present[slot] = 0;
          ++dropped;
        }
      }
      if (!PreviousRow(rows, state)) break;
    }
  }
  return dropped;
}

std::size_t OpenBlock::RunFor(std::int64_t ts_ms) {
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (runs_[i].count == 0 || runs_[i].state.ts_ms < ts_ms) return i;
  }
  runs_.emplace_back();
  return runs_.size() - 1;
}

void OpenBlock::Add(std::size_t run_index, const RowInput& input, std::uint64_t segment, bool based) {
  Run& run = runs_[run_index];
  if (rows_ == 0) first_segment_ = segment;
  first_ts_ms_ = rows_ == 0 ? input.ts_ms : std::min(first_ts_ms_, input.ts_ms);
  last_ts_ms_ = rows_ == 0 ? input.ts_ms : std::max(last_ts_ms_, input.ts_ms);
  ++rows_;
  if (run.rows.capacity() - run.rows.size() < kRowsSlackBytes) {
    run.rows.reserve(run.rows.size() + run.rows.size() / 8 + 2 * kRowsSlackBytes);
  }
  AppendRow(input, run.state, run.rows);
  if (seen_.size() < run.state.present.size()) seen_.resize(run.state.present.size());
  for (std::size_t i = 0; i < run.state.present.size(); ++i) seen_[i] |= run.state.present[i];
  ++run.count;
  run.segment = segment;
  run.since_base = based ? 0 : run.since_base + 1;
}

void OpenBlock::Undo(std::size_t run_index) {
  Run& run = runs_[run_index];
  std::string_view rows = run.rows;
  // What AppendRow wrote into memory a moment ago is not damaged.
  if (!PreviousRow(rows, run.state)) return;
  run.rows.resize(rows.size());
  --run.count;
  // Where its last row was logged is no longer known: it is logged anew before the next.
  run.segment = 0;
  if (run.count == 0) runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(run_index));
  NoteBounds();
}

void OpenBlock::NoteBounds() {
  rows_ = 0;
  for (const Run& run : runs_) {
    ForEachRow(run, [this](const RowState& state) {
      first_ts_ms_ = rows_ == 0 ? state.ts_ms : std::min(first_ts_ms_, state.ts_ms);
      last_ts_ms_ = rows_ == 0 ? state.ts_ms : std::max(last_ts_ms_, state.ts_ms);
      ++rows_;
    });
  }
}

void OpenBlock::Consolidate(std::uint64_t commit) {
  if (runs_.size() < 2) return;
  std::size_t slots = 0;
  for (const Run& run : runs_) slots = std::max(slots, run.state.values.size());
  const BlockContent content = Content(slots);
  Run merged;
  std::vector<double> values(slots);
  std::vector<std::uint8_t> present(slots);
  for (std::size_t tick = 0; tick < content.ts_ms.size(); ++tick) {
    for (std::size_t slot = 0; slot < slots; ++slot) {
      const BlockColumn& column = content.columns[slot];
      values[slot] = column.values[tick];
      present[slot] = IsPresent(column.present, tick) ? 1 : 0;
    }
    AppendRow({content.ts_ms[tick], commit, values.data(), present.data(), slots}, merged.state, merged.rows);
    ++merged.count;
  }
  merged.rows.shrink_to_fit();
  rows_ = merged.count;
  runs_.clear();
  runs_.push_back(std::move(merged));
}

BlockContent OpenBlock::Content(std::size_t slots) const {
  BlockContent content;
  for (const Run& run : runs_) {
    ForEachRow(run, [&content](const RowState& state) { content.ts_ms.push_back(state.ts_ms); });
  }
  if (runs_.size() > 1) {
    std::sort(content.ts_ms.begin(), content.ts_ms.end());
    content.ts_ms.erase(std::unique(content.ts_ms.begin(), content.ts_ms.end()), content.ts_ms.end());
  }
  const std::size_t ticks = content.ts_ms.size();
  content.columns.assign(slots, AbsentColumn(ticks));
  std::vector<std::size_t> counts(slots);
  for (const Run& run : runs_) {
    std::size_t tick = 0;
    ForEachRow(run, [&](const RowState& state) {
      while (content.ts_ms[tick] < state.ts_ms) ++tick;
      for (std::size_t slot = 0; slot < state.values.size() && slot < slots; ++slot) {
        if (!HasSlot(state, slot)) continue;
        content.columns[slot].values[tick] = state.values[slot];
        SetPresent(content.columns[slot].present, tick);
        ++counts[slot];
      }
    });
  }
  for (std::size_t slot = 0; slot < slots; ++slot) {
    if (counts[slot] == ticks) content.columns[slot].present.clear();
  }
  return content;
}

void OpenBlock::Read(const WantedSlots& wanted, std::int64_t start_ms, std::int64_t end_ms, std::uint64_t commit,
                     std::vector<PointBuffer>& out, std::vector<Point>* previous, ReadScratch& scratch) const {
  std::vector<std::size_t> before(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) before[i] = out[i].size();
  std::vector<bool> found;
  for (const Run& run : runs_) {
    if (previous != nullptr) found = scratch.has_previous;
    ReadRun(run, wanted, start_ms, end_ms, commit, out, previous, scratch, found);
  }
  if (previous != nullptr) {
    for (std::size_t i = 0; i < previous->size(); ++i) {
      if ((*previous)[i].ts_ms != INT64_MIN) scratch.has_previous[i] = true;
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::span<Point> own = out[i].points().subspan(before[i]);
    if (runs_.size() == 1) {
      std::reverse(own.begin(), own.end());
    } else {
      std::sort(own.begin(), own.end(), [](const Point& a, const Point& b) { return a.ts_ms < b.ts_ms; });
    }
  }
}

// Backwards from the newest row, so that the usual question, about the last minutes, costs no more than them.
void OpenBlock::ReadRun(const Run& run, const WantedSlots& wanted, std::int64_t start_ms, std::int64_t end_ms,
                        std::uint64_t commit, std::vector<PointBuffer>& out, std::vector<Point>* previous,
                        ReadScratch& scratch, std::vector<bool>& found) const {
  RowState& state = scratch.state;
  state = run.state;
  std::string_view rows = run.rows;
  std::size_t missing =
      previous == nullptr ? 0 : static_cast<std::size_t>(std::count(found.begin(), found.end(), false));
  for (std::uint32_t left = run.count; left > 0; --left) {
    if (state.ts_ms < start_ms && missing == 0) return;
    if (state.commit <= commit && state.ts_ms <= end_ms) {
      const std::size_t slots = std::min(wanted.size(), state.values.size());
      for (std::size_t slot = 0; slot < slots; ++slot) {
        if (wanted[slot] < 0 || !HasSlot(state, slot)) continue;
        const auto index = static_cast<std::size_t>(wanted[slot]);
        const Point point{state.ts_ms, state.values[slot]};
        if (state.ts_ms >= start_ms) {
          out[index].push_back(point);
        } else if (!found[index]) {
          found[index] = true;
          --missing;
          // Another run may have a later one.
          if ((*previous)[index].ts_ms < point.ts_ms) (*previous)[index] = point;
        }
      }
    }
    if (left > 1 && !PreviousRow(rows, state)) return;
  }
}

}  // namespace proxy_telemetry::tsdb
