#include "proxies/csv.h"

#include <algorithm>

namespace proxy_telemetry {
namespace {

Status AtLine(std::size_t line, std::string_view reason) {
  return Status::Corruption("line " + std::to_string(line) + ": " + std::string(reason));
}

}  // namespace

Result<bool> CsvReader::Next() {
  cells_.clear();
  unquoted_.clear();
  while (at_ < page_.size() && page_[at_] == '\n') {
    ++at_;
    ++line_;
  }
  row_line_ = line_;
  if (at_ == page_.size()) return false;
  while (true) {
    if (cells_.size() == kCsvCellsMax) {
      return AtLine(line_, "more than " + std::to_string(kCsvCellsMax) + " cells in a row");
    }
    if (at_ < page_.size() && page_[at_] == '"') {
      PT_RETURN_IF_ERROR(ReadQuoted());
    } else {
      ReadPlain();
    }
    if (at_ == page_.size()) return AtLine(line_, "the last row has no newline: the page is cut off");
    const char end = page_[at_++];
    if (end == ',') continue;
    if (end != '\n') return AtLine(line_, "text behind a closing quote");
    ++line_;
    return true;
  }
}

Status CsvReader::ReadQuoted() {
  std::string& cell = unquoted_.emplace_back();
  const std::size_t begin_line = line_;
  ++at_;
  while (at_ < page_.size()) {
    const char c = page_[at_++];
    if (c == '"') {
      if (at_ == page_.size() || page_[at_] != '"') {
        cells_.emplace_back(cell);
        return Status::Ok();
      }
      ++at_;
    }
    if (c == '\n') ++line_;
    cell += c;
  }
  return AtLine(begin_line, "a quote is never closed: the page is cut off");
}

void CsvReader::ReadPlain() {
  const std::size_t end = std::min(page_.find_first_of(",\n", at_), page_.size());
  cells_.push_back(page_.substr(at_, end - at_));
  at_ = end;
}

}  // namespace proxy_telemetry
