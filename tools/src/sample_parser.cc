#include "tools/sample_parser.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "fast_sample.h"
#include "known_series.h"
#include "sample_tail.h"
#include "series_reader.h"
#include "value_bits.h"

namespace proxy_telemetry::tools {
namespace {

constexpr std::string_view kEofLine = "# EOF";
constexpr std::size_t kBlockBytes = 1 << 18;

// The end of a series that was read before: behind the last brace, as neither value nor timestamp has one; without
// labels at the blank. What ends elsewhere (exemplars have braces) is no known series' text.
std::size_t GuessSeriesEnd(std::string_view line) {
  const std::size_t brace = line.rfind('}');
  return brace != std::string_view::npos ? brace + 1 : std::min(line.find_first_of(" \t"), line.size());
}

}  // namespace

class SampleParser::Impl {
 public:
  Impl(SampleFormat format, std::string name, SampleSink& sink)
      : name_(std::move(name)), sink_(sink), rule_(format), tail_(rule_), known_(kKnownSeriesBytesMax) {}

  Status Feed(std::string_view piece) {
    if (status_.ok()) status_ = TakePiece(piece);
    return status_;
  }
  Status Finish() {
    if (status_.ok()) status_ = TakeEnd();
    return status_;
  }
  SampleFormat format() const { return rule_.format(); }
  std::uint64_t samples() const { return samples_ + filled_; }

 private:
  Status Fail(std::size_t offset, const std::string& reason) const {
    return Status::InvalidArgument(name_ + ":" + std::to_string(line_number_) + ":" + std::to_string(offset + 1) +
                                   ": " + reason);
  }
  Status FailTooLong() const {
    return Fail(0, "the line is longer than " + std::to_string(kSampleLineBytesMax) + " bytes");
  }

  Status TakePiece(std::string_view piece);
  Status TakeEnd();
  // Whole lines: `end` is behind a newline.
  Status TakeLines(const char* at, const char* end);
  // Lines of the current series, as long as they are of the common kind; moves `at` behind them.
  template <bool InSeconds>
  Status TakeKnownLines(const char*& at, const char* end);
  Status TakeLine(std::string_view line);
  Status TakeComment(std::string_view line, std::size_t start);
  Status FindSeries(std::string_view line, std::size_t& end, SampleSink::SeriesId& id);
  Status TakeBits(std::size_t value_at, double& value);
  Status Add(const tsdb::Point& point);
  Status Flush();

  const std::string name_;
  SampleSink& sink_;
  TimestampRule rule_;
  SampleTail tail_;
  SeriesReader series_reader_;
  KnownSeries known_;
  Status status_;

  std::string carry_;  // a line's beginning, until its end arrives
  std::uint64_t line_number_ = 0;
  bool comment_seen_ = false;
  bool eof_seen_ = false;
  std::optional<std::uint64_t> value_bits_;  // for the sample that comes next

  // The series of the line before. `key_` is that line up to its value; usable_ when the next line may be compared.
  std::string key_;
  bool usable_ = false;
  SampleSink::SeriesId series_ = 0;
  std::array<tsdb::Point, kSampleBatchMax> points_;
  std::size_t filled_ = 0;
  std::uint64_t samples_ = 0;  // without points_
};

Status SampleParser::Impl::TakePiece(std::string_view piece) {
  if (!carry_.empty()) {
    const std::size_t newline = piece.find('\n');
    const std::size_t size = newline == std::string_view::npos ? piece.size() : newline + 1;
    // One byte more than a line may have: its newline, or what makes it too long.
    carry_.append(piece.substr(0, std::min(size, kSampleLineBytesMax + 1)));
    piece.remove_prefix(size);
    if (newline != std::string_view::npos || carry_.size() > kSampleLineBytesMax) {
      if (carry_.back() != '\n') carry_ += '\n';
      PT_RETURN_IF_ERROR(TakeLines(carry_.data(), carry_.data() + carry_.size()));
      carry_.clear();
    }
  }
  const std::size_t last = piece.rfind('\n');
  const std::size_t whole = last == std::string_view::npos ? 0 : last + 1;
  const char* const begin = piece.data();
  PT_RETURN_IF_ERROR(TakeLines(begin, begin + whole));
  carry_.append(piece.substr(whole));
  if (carry_.size() <= kSampleLineBytesMax) return Status::Ok();
  ++line_number_;
  return FailTooLong();
}

Status SampleParser::Impl::TakeEnd() {
  ++line_number_;
  // # EOF may stand without its newline; any other line without it may have lost its last digits.
  if (carry_ == kEofLine) {
    PT_RETURN_IF_ERROR(TakeLine(carry_));
  } else if (!carry_.empty()) {
    return Fail(carry_.size(), "the last line has no newline: the file is torn, copy it again");
  }
  if (value_bits_) return Fail(0, "the file ends behind the line that gives the next value's bits: it is torn");
  const SampleFormat format = rule_.format();
  if (format == SampleFormat::kOpenMetrics && !eof_seen_) {
    return Fail(0, rule_.detected() ? "timestamps in seconds make this OpenMetrics, which ends with \"# EOF\", but the "
                                      "file does not: it is torn; copy it again"
                                    : "the file does not end with \"# EOF\": it is torn; copy it again");
  }
  if (format == SampleFormat::kAuto && !eof_seen_) {
    return Fail(0, "the file holds no sample and no \"# EOF\": nothing to import");
  }
  return Flush();
}

Status SampleParser::Impl::TakeLines(const char* at, const char* end) {
  while (at < end) {
    if (usable_) {
      PT_RETURN_IF_ERROR(rule_.format() == SampleFormat::kOpenMetrics ? TakeKnownLines<true>(at, end)
                                                                      : TakeKnownLines<false>(at, end));
      if (at == end) break;
    }
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    ++line_number_;
    PT_RETURN_IF_ERROR(TakeLine(std::string_view(at, static_cast<std::size_t>(newline - at))));
    at = newline + 1;
  }
  return Status::Ok();
}

template <bool InSeconds>
Status SampleParser::Impl::TakeKnownLines(const char*& at, const char* end) {
  const char* const key = key_.data();
  const std::size_t key_size = key_.size();
  tsdb::Point point{};
  while (static_cast<std::size_t>(end - at) > key_size && std::memcmp(at, key, key_size) == 0) {
    const char* const next = ReadFastSample<InSeconds>(at + key_size, end, point);
    if (next == nullptr) break;
    at = next;
    ++line_number_;
    points_[filled_] = point;
    if (++filled_ == points_.size()) PT_RETURN_IF_ERROR(Flush());
  }
  return Status::Ok();
}

Status SampleParser::Impl::TakeLine(std::string_view line) {
  if (line.size() > kSampleLineBytesMax) return FailTooLong();
  if (eof_seen_) return Fail(0, "a line behind \"# EOF\", which ends the file");
  const std::size_t start = line.find_first_not_of(" \t");
  if (start == std::string_view::npos) return Status::Ok();
  if (line[start] == '#') return TakeComment(line, start);
  if (rule_.format() == SampleFormat::kAuto && line[start] == '{' && !comment_seen_) {
    rule_.Decide(SampleFormat::kTsdbDump);
  }
  std::size_t end = 0;
  SampleSink::SeriesId id = 0;
  PT_RETURN_IF_ERROR(FindSeries(line, end, id));
  if (id != series_) PT_RETURN_IF_ERROR(Flush());
  series_ = id;
  std::size_t value_at = 0;
  tsdb::Point point{};
  LineProblem problem;
  if (!tail_.Read(line, end, value_at, point, problem)) return Fail(problem.offset, problem.reason);
  PT_RETURN_IF_ERROR(TakeBits(value_at, point.value));
  key_.assign(line.substr(0, value_at));
  usable_ = true;
  return Add(point);
}

Status SampleParser::Impl::TakeComment(std::string_view line, std::size_t start) {
  comment_seen_ = true;
  if (line == kEofLine) {
    const SampleFormat format = rule_.format();
    if (format == SampleFormat::kPrometheusText && rule_.detected()) {
      return Fail(0,
                  "\"# EOF\" ends an OpenMetrics file, which has seconds, but the timestamps are of the magnitude of "
                  "milliseconds; say which it is with --format openmetrics or --format prometheus");
    }
    eof_seen_ = format == SampleFormat::kOpenMetrics || format == SampleFormat::kAuto;
    if (eof_seen_) usable_ = false;
    return Status::Ok();
  }
  std::optional<std::uint64_t> bits;
  if (!ReadValueBits(line.substr(start), bits)) return Status::Ok();
  if (!bits) return Fail(start, "expected \"0x\" and the 16 hexadecimal digits of a NaN at the end of the line");
  if (value_bits_) return Fail(start, "the line before gives the next value's bits already");
  value_bits_ = bits;
  usable_ = false;
  return Status::Ok();
}

Status SampleParser::Impl::FindSeries(std::string_view line, std::size_t& end, SampleSink::SeriesId& id) {
  end = GuessSeriesEnd(line);
  std::optional<SampleSink::SeriesId> known = known_.Find(line.substr(0, end));
  if (!known) {
    Labels labels;
    LineProblem problem;
    const Quoting quoting = rule_.format() == SampleFormat::kTsdbDump ? Quoting::kGo : Quoting::kExposition;
    if (!series_reader_.Read(line, quoting, end, labels, problem)) return Fail(problem.offset, problem.reason);
    known = known_.Find(line.substr(0, end));
    if (!known) {
      PT_RETURN_IF_ERROR(Flush());
      PT_ASSIGN_OR_RETURN(known, sink_.OnSeries(labels));
      known_.Add(line.substr(0, end), *known);
    }
  }
  id = *known;
  return Status::Ok();
}

Status SampleParser::Impl::TakeBits(std::size_t value_at, double& value) {
  if (!value_bits_) return Status::Ok();
  if (!std::isnan(value)) return Fail(value_at, "the line before gives the bits of a NaN, but the value is none");
  value = std::bit_cast<double>(*value_bits_);
  value_bits_.reset();
  return Status::Ok();
}

Status SampleParser::Impl::Add(const tsdb::Point& point) {
  points_[filled_] = point;
  return ++filled_ == points_.size() ? Flush() : Status::Ok();
}

Status SampleParser::Impl::Flush() {
  if (filled_ == 0) return Status::Ok();
  const std::size_t size = filled_;
  samples_ += size;
  filled_ = 0;
  return sink_.OnSamples(series_, std::span(points_).first(size));
}

SampleParser::SampleParser(SampleFormat format, std::string name, SampleSink& sink)
    : impl_(std::make_unique<Impl>(format, std::move(name), sink)) {}
SampleParser::~SampleParser() = default;
Status SampleParser::Feed(std::string_view piece) { return impl_->Feed(piece); }
Status SampleParser::Finish() { return impl_->Finish(); }
SampleFormat SampleParser::format() const { return impl_->format(); }
std::uint64_t SampleParser::samples() const { return impl_->samples(); }

Status ParseSamples(TextSource& source, SampleFormat format, SampleSink& sink, ImportProgress* progress) {
  SampleParser parser(format, source.name(), sink);
  std::vector<char> block(kBlockBytes);
  while (true) {
    PT_ASSIGN_OR_RETURN(const std::size_t size, source.Read(block));
    if (size == 0) break;
    PT_RETURN_IF_ERROR(parser.Feed(std::string_view(block.data(), size)));
    if (progress != nullptr) PT_RETURN_IF_ERROR(progress->OnProgress(source, parser.samples()));
  }
  return parser.Finish();
}

}  // namespace proxy_telemetry::tools
