// The seed of a random test: printed, and repeated with PT_SEED=....
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace proxy_telemetry::tsdb {

inline std::mt19937_64 SeededRandom() {
  const char* given = std::getenv("PT_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "PT_SEED=" << seed << '\n';
  return std::mt19937_64(seed);
}

// 0 <= result < limit.
inline std::uint64_t Below(std::mt19937_64& random, std::uint64_t limit) { return random() % limit; }

}  // namespace proxy_telemetry::tsdb
