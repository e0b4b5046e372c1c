// Pages for property tests: random ones that are mostly right, and damage for given ones.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "exporter/openmetrics_parser.h"

namespace proxy_telemetry {

class PageGenerator {
 public:
  PageGenerator(ExpositionFormat format, std::uint64_t seed)
      : text_(format == ExpositionFormat::kText), random_(seed) {}

  // Metadata stands before the samples it is about. About one page in three has something wrong in it.
  std::string Page();
  // 1 to 4 random changes: bytes changed, put in, taken out; lines doubled, swapped, taken out.
  std::string Damaged(std::string page);
  // Uniform in [0, n).
  std::size_t Below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

 private:
  bool Chance(std::size_t one_in) { return Below(one_in) == 0; }
  template <std::size_t N>
  std::string Pick(const char* const (&choices)[N]) {
    return choices[Below(N)];
  }
  std::string Blank(bool required);
  std::string Name();
  std::string Number();
  std::string LabelValue();
  std::string Labels();
  std::string Metadata();
  std::string Sample();

  bool text_;
  bool spoiled_ = false;  // wrong tokens may come up
  std::mt19937_64 random_;
  std::string family_ = "up";
  std::size_t families_ = 0;
};

}  // namespace proxy_telemetry
