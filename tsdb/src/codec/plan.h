// BlockPlan: how the columns of one block are to be coded: what follows from what, as far as it holds for these values.
//
// The labels' hints (GroupShape) only say where to look; each relation is checked at every tick before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "block.h"
#include "layout.h"
#include "numbers.h"
#include "shape.h"

namespace proxy_telemetry::tsdb {

struct BlockPlan {
  // Of a chain: what its master rises by, and what of it each member in turn.
  struct ChainData {
    std::vector<std::uint64_t> increases;
    std::vector<std::vector<std::uint32_t>> parts;  // by position among the members
  };

  BlockPlan(const GroupShape& shape, const BlockContent& content);

  BlockLayout layout;  // all but the streams' sizes
  std::vector<ColumnNumbers> numbers;
  std::vector<ChainData> chains;
  std::vector<std::vector<std::uint64_t>> increases;  // of columns whose kind needs them: sequences and sums

 private:
  void ToColumns(const BlockContent& content);
  void FindChains(const GroupShape& shape);
  void FindSums(const GroupShape& shape);
  void FindCopies();
  void PlanSequences();

  std::uint16_t AddHistogram(const GroupShape::Histogram& histogram);
  void AddFamily(const GroupShape::Family& family);
  bool AddChain(std::uint16_t master, std::vector<std::uint16_t> members, bool cumulative);
  bool MakeMaster(std::uint16_t column);
  bool IsPlainCounter(std::uint16_t column) const;
  void PlanSequence(std::uint16_t column);

  std::vector<bool> is_planned_;
  std::vector<std::uint16_t> chain_of_histogram_;
};

}  // namespace proxy_telemetry::tsdb
