// What the commands have in common: how they print, and how they show numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry::tools {

// "proxy-telemetry: MESSAGE" on standard error.
void PrintError(std::string_view message);
// On standard output, all of it or an error.
Status WriteOut(std::string_view text);

// "4.98 MB", "812 B".
std::string FormatBytes(std::uint64_t bytes);
// "0.176"; "-" for nothing.
std::string FormatRatio(std::uint64_t bytes, std::uint64_t samples);

// Lines with their columns aligned: the first to the left, the others to the right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> head) : rows_{std::move(head)} {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace proxy_telemetry::tools
