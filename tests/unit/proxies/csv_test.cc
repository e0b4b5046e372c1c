#include "proxies/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Rows = std::vector<std::vector<std::string>>;

// Nothing when the page is refused.
std::optional<Rows> Read(std::string_view page) {
  CsvReader reader(page);
  Rows rows;
  while (true) {
    const Result<bool> more = reader.Next();
    if (!more.ok()) return std::nullopt;
    if (!*more) return rows;
    rows.emplace_back(reader.cells().begin(), reader.cells().end());
  }
}

// The same by a state machine that looks at one byte at a time and copies all.
class SlowCsv {
 public:
  std::optional<Rows> Read(std::string_view page) {
    for (const char c : page) {
      if (!Step(c)) return std::nullopt;
    }
    if (state_ != State::kRowStart) return std::nullopt;
    return rows_;
  }

 private:
  enum class State { kRowStart, kCellStart, kPlain, kQuoted, kQuoteInQuoted };

  void EndCell() {
    row_.push_back(cell_);
    cell_.clear();
    state_ = State::kCellStart;
  }

  void EndRow() {
    EndCell();
    rows_.push_back(row_);
    row_.clear();
    state_ = State::kRowStart;
  }

  bool Step(char c) {
    if (state_ == State::kQuoted) {
      if (c == '"') {
        state_ = State::kQuoteInQuoted;
      } else {
        cell_ += c;
      }
      return true;
    }
    if (state_ == State::kQuoteInQuoted && c == '"') {
      cell_ += c;
      state_ = State::kQuoted;
      return true;
    }
    if (state_ == State::kRowStart && c == '\n') return true;
    if (c == ',') {
      EndCell();
    } else if (c == '\n') {
      EndRow();
    } else if (state_ == State::kQuoteInQuoted) {
      return false;
    } else if (c == '"' && state_ != State::kPlain) {
      state_ = State::kQuoted;
    } else {
      cell_ += c;
      state_ = State::kPlain;
    }
    return true;
  }

  State state_ = State::kRowStart;
  std::string cell_;
  std::vector<std::string> row_;
  Rows rows_;
};

TEST(CsvReader, AgreesWithItsSlowTwinOnEveryShortPage) {
  constexpr std::string_view kAlphabet = "a,\"\n";
  constexpr std::size_t kSizeMax = 8;
  std::size_t refused = 0;
  std::size_t pages = 0;
  for (std::size_t size = 0; size <= kSizeMax; ++size) {
    const std::size_t count = std::size_t{1} << (2 * size);
    for (std::size_t number = 0; number < count; ++number) {
      std::string page;
      for (std::size_t i = 0; i < size; ++i) page += kAlphabet[(number >> (2 * i)) & 3];
      const std::optional<Rows> rows = Read(page);
      ASSERT_EQ(rows, SlowCsv().Read(page)) << page;
      refused += rows.has_value() ? 0 : 1;
      ++pages;
    }
  }
  EXPECT_EQ(pages, 87381U);
  EXPECT_GT(refused, 1000U);
  EXPECT_LT(refused, pages - 1000U);
}

TEST(CsvReader, UndoublesQuotesAndKeepsCommasAndNewlinesInsideThem) {
  const std::optional<Rows> rows = Read("a,\"b, \"\"c\"\"\nd\",\n");
  ASSERT_TRUE(rows.has_value());
  EXPECT_THAT(*rows, ElementsAre(ElementsAre("a", "b, \"c\"\nd", "")));
}

TEST(CsvReader, SaysOnWhichLineAQuoteWasOpened) {
  CsvReader reader("a\nb,\"c\nd\n");
  ASSERT_TRUE(reader.Next().ok());
  EXPECT_THAT(reader.Next().status().message(), HasSubstr("line 2: a quote is never closed"));
}

TEST(CsvReader, RefusesARowOfMoreCellsThanItsLimit) {
  const std::string good = std::string(kCsvCellsMax - 1, ',') + "\n";
  EXPECT_TRUE(Read(good).has_value());
  EXPECT_FALSE(Read("," + good).has_value());
}

}  // namespace
}  // namespace proxy_telemetry
