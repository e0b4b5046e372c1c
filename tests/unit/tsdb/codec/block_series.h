// Series of every kind for tests of the block codec, made from a seed.
#pragma once

#include <optional>
#include <random>
#include <vector>

#include "block_twin.h"

namespace proxy_telemetry::tsdb {

using MaybeValues = std::vector<std::optional<double>>;

// Counters, gauges, decimals, fractions, anything with odd values, constants, mostly absent ones.
MaybeValues RandomSeries(std::mt19937_64& random, std::size_t ticks);

// A proxy's host: 4 codes, 12 buckets, sum, count, two gauges, with resets, absences and stale markers if asked for;
// then spoiled in so many places, so that what the labels promise does not hold.
struct HostOptions {
  double requests = 3;  // per tick
  bool resets = false;
  bool absences = false;
  bool stale = false;
  int spoiled = 0;
};
BlockTwin RandomHost(std::mt19937_64& random, std::size_t ticks, const HostOptions& options);
std::vector<Labels> HostLabels();

}  // namespace proxy_telemetry::tsdb
