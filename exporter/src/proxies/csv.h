// CsvReader: the rows of a CSV page (RFC 4180 quoting), one at a time, without copying what is not quoted.
//
// The page must outlive the reader; cells are valid until the next call of Next(). Memory: one row. Single thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

// A row with more cells is refused.
inline constexpr std::size_t kCsvCellsMax = 1024;

class CsvReader {
 public:
  explicit CsvReader(std::string_view page) : page_(page) {}

  // True: a row is in cells(). False: the page is over. Empty lines are passed over. Fails with "line L: reason" on an
  // open quote, text behind a closing quote, too many cells, and a last row that lacks its newline (a cut-off page).
  Result<bool> Next();

  const std::vector<std::string_view>& cells() const { return cells_; }
  // The line on which the row in cells() begins, counted from 1.
  std::size_t line() const { return row_line_; }

 private:
  Status ReadQuoted();
  void ReadPlain();

  std::string_view page_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_line_ = 0;
  std::vector<std::string_view> cells_;
  std::deque<std::string> unquoted_;  // a deque: cells_ points into its strings
};

}  // namespace proxy_telemetry
