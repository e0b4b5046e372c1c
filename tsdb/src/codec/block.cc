#include "block.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "chain.h"
#include "coding.h"
#include "frame.h"
#include "histogram_sum.h"
#include "plan.h"

namespace proxy_telemetry::tsdb {
namespace {

// Turns a plan into streams, and the plan's layout into one that knows their sizes.
class StreamWriter {
 public:
  StreamWriter(const GroupShape& shape, BlockPlan& plan) : shape_(shape), plan_(plan), streams_(plan.numbers.size()) {}

  void Run() {
    for (std::size_t i = 0; i < plan_.numbers.size(); ++i) {
      ColumnLayout& column = plan_.layout.columns[i];
      if (column.kind != ColumnKind::kSequence || plan_.numbers[i].values.empty()) continue;
      const std::size_t first = std::min<std::size_t>(column.order, plan_.increases[i].size());
      WriteSequence(column.spec, std::span(plan_.increases[i]).subspan(first), ans_);
      Finish(i);
    }
    for (std::size_t i = 0; i < plan_.chains.size(); ++i) WriteChain(i);
  }
  void AppendTo(std::string& out) const {
    for (const std::string& stream : streams_) out += stream;
  }

 private:
  void Finish(std::size_t column) {
    ans_.Finish(streams_[column]);
    plan_.layout.columns[column].stream_bytes = static_cast<std::uint32_t>(streams_[column].size());
  }

  void WriteChain(std::size_t i) {
    const ChainLayout& chain = plan_.layout.chains[i];
    const BlockPlan::ChainData& data = plan_.chains[i];
    parts_.Start(chain, plan_.layout.columns[chain.master].bases[0], data.increases);
    while (parts_.done() < chain.order.size()) {
      if (chain.closed && parts_.done() + 1 == chain.order.size()) {
        parts_.TakeRest();
        break;
      }
      const std::uint16_t place = chain.order[parts_.done()];
      const std::uint16_t member = chain.members[place];
      parts_.Write(plan_.layout.columns[member].bases[0], data.parts[place], ans_);
      Finish(member);
    }
    for (std::size_t sum = 0; sum < plan_.layout.columns.size(); ++sum) {
      ColumnLayout& column = plan_.layout.columns[sum];
      if (column.kind == ColumnKind::kHistogramSum && column.other == i) WriteSum(sum, chain);
    }
  }

  void WriteSum(std::size_t sum, const ChainLayout& chain) {
    ColumnLayout& column = plan_.layout.columns[sum];
    const auto& increases = plan_.increases[sum];
    SumModel model;
    model.Make(shape_, chain, column.form.form);
    if (!model.usable()) return WriteSumAsSequence(sum, chain);
    model.Expect(parts_);
    const auto cost = [&](int tuning) { return model.Cost(increases, parts_, tuning); };
    int best = 0;
    std::uint64_t best_cost = cost(best);
    for (const int step : {1, -1}) {
      for (int next = best + step; std::abs(next) <= kTuningMax; next += step) {
        const std::uint64_t next_cost = cost(next);
        if (next_cost >= best_cost) break;
        best = next;
        best_cost = next_cost;
      }
    }
    // Where the buckets say nothing of the sum, its increases cost about their width.
    std::uint64_t width_cost = 0;
    for (const std::uint16_t tick : parts_.risen()) {
      width_cost += static_cast<std::uint64_t>(std::bit_width(increases[tick])) * 256;
    }
    if (best_cost > width_cost) return WriteSumAsSequence(sum, chain);
    column.bounds_check = model.check();
    column.tuning = static_cast<std::int8_t>(best);
    model.Write(increases, parts_, best, ans_);
    Finish(sum);
  }

  void WriteSumAsSequence(std::size_t sum, const ChainLayout& chain) {
    ColumnLayout& column = plan_.layout.columns[sum];
    const ColumnLayout& master = plan_.layout.columns[chain.master];
    column.kind = ColumnKind::kSequence;
    column.order = 1;
    column.first_reset = master.first_reset;
    column.resets = master.resets;
    column.spec = ChooseSequence(std::span(plan_.increases[sum]).subspan(1));
    WriteSequence(column.spec, std::span(plan_.increases[sum]).subspan(1), ans_);
    Finish(sum);
  }

  const GroupShape& shape_;
  BlockPlan& plan_;
  AnsWriter ans_;
  ChainParts parts_;
  std::vector<std::string> streams_;
};

void PlanTimestamps(const std::vector<std::int64_t>& ts_ms, ColumnLayout& column, std::string& stream) {
  std::vector<std::uint64_t> bends;
  for (std::size_t i = 2; i < ts_ms.size(); ++i) {
    bends.push_back(static_cast<std::uint64_t>(ts_ms[i] - 2 * ts_ms[i - 1] + ts_ms[i - 2]));
  }
  column.order = 2;
  column.bases[0] = static_cast<std::uint64_t>(ts_ms[0]);
  if (ts_ms.size() > 1) column.bases[1] = static_cast<std::uint64_t>(ts_ms[1] - ts_ms[0]);
  column.spec = ChooseSequence(bends);
  AnsWriter ans;
  WriteSequence(column.spec, bends, ans);
  ans.Finish(stream);
  column.stream_bytes = static_cast<std::uint32_t>(stream.size());
}

}  // namespace

void EncodeBlock(std::string_view key, const BlockShape& shape, const BlockContent& content, std::string& out) {
  const auto& group = static_cast<const GroupShape&>(shape);
  BlockPlan plan(group, content);
  StreamWriter streams(group, plan);
  streams.Run();
  std::string timestamps;
  PlanTimestamps(content.ts_ms, plan.layout.timestamps, timestamps);
  const std::size_t begin = out.size();
  out += static_cast<char>(kBlockVersion);
  plan.layout.Write(out);
  out += timestamps;
  streams.AppendTo(out);
  SealWithCrc(key, begin, out);
}

}  // namespace proxy_telemetry::tsdb
