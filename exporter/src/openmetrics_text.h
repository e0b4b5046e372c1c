// The bytes of the exposition formats: their classes and names.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/text.h"
#include "base/utf8.h"

namespace proxy_telemetry {

// What is wrong with a line, and the offset of the byte where it shows.
struct LineError {
  std::size_t offset = 0;
  std::string reason;
};

inline constexpr std::string_view kNoQuotedNames =
    "quoted (UTF-8) names are not supported; have the target escape them, as text format 0.0.4 asks";

namespace byte_class {
inline constexpr unsigned char kLabelStart = 1;   // [a-zA-Z_]
inline constexpr unsigned char kMetricStart = 2;  // [a-zA-Z_:]
inline constexpr unsigned char kDigit = 4;

constexpr std::array<unsigned char, 256> MakeTable() {
  std::array<unsigned char, 256> table{};
  for (std::size_t c = 'a'; c <= 'z'; ++c) table[c] = kLabelStart | kMetricStart;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) table[c] = kLabelStart | kMetricStart;
  for (std::size_t c = '0'; c <= '9'; ++c) table[c] = kDigit;
  table['_'] = kLabelStart | kMetricStart;
  table[':'] = kMetricStart;
  return table;
}
inline constexpr std::array<unsigned char, 256> kTable = MakeTable();
}  // namespace byte_class

inline bool IsOfClass(char c, unsigned char classes) {
  return (byte_class::kTable[static_cast<unsigned char>(c)] & classes) != 0;
}
inline bool IsDigit(char c) { return IsOfClass(c, byte_class::kDigit); }
inline bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Where the name that starts at `from` ends; `from` itself when none starts there. `start` is the class of its
// first byte; digits may follow.
std::size_t NameEnd(std::string_view line, std::size_t from, unsigned char start);

// The first byte at or behind `from` that is no blank, or the line's size.
inline std::size_t SkipBlanks(std::string_view line, std::size_t from) {
  while (from < line.size() && IsBlank(line[from])) ++from;
  return from;
}

}  // namespace proxy_telemetry
