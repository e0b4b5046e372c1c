#include "proxies/haproxy_page.h"

#include <algorithm>
#include <charconv>

#include "exporter/proxies.h"
#include "openmetrics_text.h"
#include "proxies/csv.h"

namespace proxy_telemetry {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
constexpr std::string_view kHeaderStart = "# ";
constexpr std::uint64_t kTypeFirstIgnored = 3;

Status AtLine(std::size_t line, const std::string& reason) {
  return Status::Corruption("line " + std::to_string(line) + ": " + reason);
}

// Where each column of interest stands in this page.
class Columns {
 public:
  // Fails when a column without which rows mean nothing is not there, or a column is there twice.
  static Result<Columns> FromHeader(const std::vector<std::string_view>& cells);

  // The row's cells under the header; a row may or may not end in the comma that the header ends in.
  bool Fits(const std::vector<std::string_view>& cells) const {
    return cells.size() == count_ || (cells.size() == count_ + 1 && cells.back().empty());
  }

  Result<HaproxyRow> ReadRow(const std::vector<std::string_view>& cells, std::size_t line, std::uint64_t type) const;
  Result<std::uint64_t> ReadType(const std::vector<std::string_view>& cells, std::size_t line) const;

 private:
  struct NumberColumn {
    std::string_view name;
    std::size_t index = kAbsent;
    std::optional<double> HaproxyRow::* field = nullptr;
  };

  std::size_t count_ = 0;  // without the empty one behind the last comma
  std::size_t proxy_ = kAbsent;
  std::size_t service_ = kAbsent;
  std::size_t type_ = kAbsent;
  std::size_t status_ = kAbsent;
  std::array<std::size_t, kHaproxyClasses.size()> responses_{};
  std::array<NumberColumn, 6> numbers_ = {{
      {"scur", kAbsent, &HaproxyRow::sessions},
      {"stot", kAbsent, &HaproxyRow::connections},
      {"req_tot", kAbsent, &HaproxyRow::requests},
      {"intercepted", kAbsent, &HaproxyRow::intercepted},
      {"bin", kAbsent, &HaproxyRow::bytes_in},
      {"bout", kAbsent, &HaproxyRow::bytes_out},
  }};
};

Result<std::uint64_t> WholeNumber(std::string_view cell, std::string_view column, std::size_t line) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) {
    return AtLine(
        line, "column " + std::string(column) + " must be a whole number from 0 to 2^64-1, got " + QuotedToken(cell));
  }
  return value;
}

Status ReadNumber(const std::vector<std::string_view>& cells, std::size_t index, std::string_view column,
                  std::size_t line, std::optional<double>& value) {
  if (index == kAbsent || cells[index].empty()) return Status::Ok();
  PT_ASSIGN_OR_RETURN(const std::uint64_t number, WholeNumber(cells[index], column, line));
  value = static_cast<double>(number);
  return Status::Ok();
}

Result<Columns> Columns::FromHeader(const std::vector<std::string_view>& cells) {
  Columns columns;
  columns.count_ = cells.size() - (cells.back().empty() ? 1 : 0);
  Status twice;
  const auto find = [&cells, &twice](std::string_view name) {
    const auto found = std::find(cells.begin(), cells.end(), name);
    if (found == cells.end()) return kAbsent;
    if (std::find(found + 1, cells.end(), name) != cells.end()) {
      twice = AtLine(1, "column " + std::string(name) + " is there twice");
    }
    return static_cast<std::size_t>(found - cells.begin());
  };
  columns.proxy_ = find("pxname");
  columns.service_ = find("svname");
  columns.type_ = find("type");
  columns.status_ = find("status");
  if (std::max({columns.proxy_, columns.service_, columns.type_, columns.status_}) == kAbsent) {
    return AtLine(1, "the header must name the columns pxname, svname, type and status");
  }
  for (std::size_t i = 0; i < kHaproxyClasses.size(); ++i) {
    columns.responses_[i] = find("hrsp_" + std::string(kHaproxyClasses[i]));
  }
  for (NumberColumn& column : columns.numbers_) column.index = find(column.name);
  PT_RETURN_IF_ERROR(twice);
  return columns;
}

Result<std::uint64_t> Columns::ReadType(const std::vector<std::string_view>& cells, std::size_t line) const {
  return WholeNumber(cells[type_], "type", line);
}

Result<HaproxyRow> Columns::ReadRow(const std::vector<std::string_view>& cells, std::size_t line,
                                    std::uint64_t type) const {
  HaproxyRow row;
  row.type = static_cast<HaproxyRowType>(type);
  row.line = line;
  row.proxy = cells[proxy_];
  row.service = cells[service_];
  row.status = cells[status_];
  for (const std::string* name : {&row.proxy, &row.service}) {
    if (name->empty()) return AtLine(line, "pxname and svname must not be empty");
    if (FindInvalidUtf8(*name) != std::string_view::npos) {
      return AtLine(line, "a name is not valid UTF-8: " + QuotedToken(*name));
    }
  }
  for (std::size_t i = 0; i < kHaproxyClasses.size(); ++i) {
    PT_RETURN_IF_ERROR(
        ReadNumber(cells, responses_[i], "hrsp_" + std::string(kHaproxyClasses[i]), line, row.responses[i]));
  }
  for (const NumberColumn& column : numbers_) {
    PT_RETURN_IF_ERROR(ReadNumber(cells, column.index, column.name, line, row.*column.field));
  }
  return row;
}

Status CheckStart(std::string_view csv) {
  if (csv.empty()) return Status::Corruption("the page is empty");
  const PageKind kind = SniffPage(csv.substr(0, kSniffBytes));
  if (kind == PageKind::kHtml) {
    return Status::Corruption("this is an HTML page; of HAProxy's statistics the path needs \";csv\" at its end");
  }
  if (!csv.starts_with(kHeaderStart) || kind == PageKind::kExposition) {
    return AtLine(1, "HAProxy's statistics must begin with \"# pxname,svname,\", got " +
                         QuotedToken(csv.substr(0, csv.find('\n')).substr(0, kShownBytesMax)));
  }
  return Status::Ok();
}

}  // namespace

bool HaproxyRow::IsHttp() const {
  return std::any_of(responses.begin(), responses.end(), [](const auto& count) { return count.has_value(); });
}

double HaproxyRow::ResponseSum() const {
  double sum = 0;
  for (const std::optional<double>& count : responses) sum += count.value_or(0);
  return sum;
}

Result<std::vector<HaproxyRow>> ParseHaproxyPage(std::string_view csv) {
  PT_RETURN_IF_ERROR(CheckStart(csv));
  CsvReader reader(csv.substr(kHeaderStart.size()));
  PT_ASSIGN_OR_RETURN(bool more, reader.Next());
  if (!more) return Status::Corruption("the page has no header");
  PT_ASSIGN_OR_RETURN(const Columns columns, Columns::FromHeader(reader.cells()));
  std::vector<HaproxyRow> rows;
  std::size_t row_count = 0;
  while (true) {
    PT_ASSIGN_OR_RETURN(more, reader.Next());
    if (!more) break;
    if (++row_count > kHaproxyRowsMax) {
      return AtLine(reader.line(), "more than " + std::to_string(kHaproxyRowsMax) + " rows");
    }
    if (!columns.Fits(reader.cells())) {
      return AtLine(reader.line(), "the row has " + std::to_string(reader.cells().size()) +
                                       " cells, not as many as the header has columns");
    }
    PT_ASSIGN_OR_RETURN(const std::uint64_t type, columns.ReadType(reader.cells(), reader.line()));
    if (type >= kTypeFirstIgnored) continue;
    PT_ASSIGN_OR_RETURN(HaproxyRow row, columns.ReadRow(reader.cells(), reader.line(), type));
    rows.push_back(std::move(row));
  }
  if (row_count == 0) return Status::Corruption("the page has a header and no rows");
  return rows;
}

}  // namespace proxy_telemetry
