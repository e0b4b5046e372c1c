#include "exporter/openmetrics_parser.h"

#include <algorithm>
#include <string>

#include "openmetrics_families.h"
#include "openmetrics_key.h"
#include "openmetrics_metadata.h"
#include "openmetrics_sample.h"
#include "openmetrics_text.h"

namespace proxy_telemetry {
namespace {

std::string_view TrimBlanks(std::string_view text) {
  const std::size_t from = SkipBlanks(text, 0);
  std::size_t to = text.size();
  while (to > from && IsBlank(text[to - 1])) --to;
  return text.substr(from, to - from);
}

}  // namespace

ExpositionFormat ExpositionFormatOf(std::string_view content_type) {
  std::string media_type(TrimBlanks(content_type.substr(0, content_type.find(';'))));
  for (char& c : media_type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return media_type == "application/openmetrics-text" ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kText;
}

class OpenMetricsParser::Impl {
 public:
  Impl(ExpositionFormat format, PageSink& sink)
      : format_(format), sink_(sink), families_(format, sink), sample_(format) {}

  Status Feed(std::string_view piece);
  Status Finish();

 private:
  bool is_text() const { return format_ == ExpositionFormat::kText; }
  // These return false after a failure, which failure_ then holds. `line` is without its newline.
  bool FeedLines(std::string_view piece);
  bool Keep(std::string_view part);
  bool ReadLine(std::string_view line);
  bool ReadSample(std::string_view line, std::string_view tried);
  bool ReadMetadataLine(std::string_view line);
  // `line` is not of the format: error_ says why.
  bool FailSyntax(std::string_view line);
  bool Fail(std::size_t offset, const std::string& reason, StatusCode code = StatusCode::kInvalidArgument);
  bool FailTooLong();

  const ExpositionFormat format_;
  PageSink& sink_;
  FamilyTable families_;
  SampleReader sample_;
  std::string partial_;          // the start of a line that the next piece goes on with
  std::size_t line_number_ = 0;  // of the line being read, from 1
  bool eof_seen_ = false;        // # EOF
  LineError error_;
  Status failure_;
};

Status OpenMetricsParser::Impl::Feed(std::string_view piece) {
  if (failure_.ok()) FeedLines(piece);
  return failure_;
}

bool OpenMetricsParser::Impl::FeedLines(std::string_view piece) {
  if (!partial_.empty()) {
    const std::size_t newline = piece.find('\n');
    if (!Keep(piece.substr(0, newline))) return false;
    if (newline == std::string_view::npos) return true;
    if (!ReadLine(partial_)) return false;
    partial_.clear();
    piece.remove_prefix(newline + 1);
  }
  for (;;) {
    const std::size_t newline = piece.find('\n');
    if (newline == std::string_view::npos) return Keep(piece);
    if (!ReadLine(piece.substr(0, newline))) return false;
    piece.remove_prefix(newline + 1);
  }
}

bool OpenMetricsParser::Impl::Keep(std::string_view part) {
  if (partial_.size() + part.size() > kExpositionLineBytesMax) {
    ++line_number_;
    return FailTooLong();
  }
  partial_ += part;
  return true;
}

Status OpenMetricsParser::Impl::Finish() {
  if (!failure_.ok()) return failure_;
  const std::size_t offset = partial_.size();
  if (!partial_.empty() && !ReadLine(partial_)) return failure_;
  partial_.clear();
  if (!is_text() && !eof_seen_) {
    if (offset == 0) ++line_number_;
    Fail(offset, "the page ends without # EOF: it may be cut off");
    return failure_;
  }
  families_.Flush();
  return failure_;
}

bool OpenMetricsParser::Impl::ReadLine(std::string_view line) {
  ++line_number_;
  if (line.size() > kExpositionLineBytesMax) return FailTooLong();
  if (eof_seen_) return Fail(0, "nothing may follow # EOF, " + Got(line, 0));
  SeriesKey key;
  if (GuessSeriesKey(format_, line, key)) {
    return sink_.AddKnown(key.raw, key.value) || ReadSample(line, key.raw);
  }
  const std::size_t start = is_text() ? SkipBlanks(line, 0) : 0;
  if (start == line.size() && is_text()) return true;
  return start < line.size() && line[start] == '#' ? ReadMetadataLine(line) : ReadSample(line, {});
}

// `tried` is a key that the sink does not know.
bool OpenMetricsParser::Impl::ReadSample(std::string_view line, std::string_view tried) {
  if (!sample_.Read(line, error_)) return FailSyntax(line);
  if (sample_.raw() != tried && sink_.AddKnown(sample_.raw(), sample_.value())) return true;
  const Status status = sink_.AddSeries(sample_.raw(), families_.FamilyOf(sample_.name()), sample_.name(),
                                        sample_.labels(), sample_.value());
  return status.ok() || Fail(0, status.message(), status.code());
}

bool OpenMetricsParser::Impl::ReadMetadataLine(std::string_view line) {
  Metadata metadata;
  if (!ReadMetadata(format_, line, metadata, error_)) return FailSyntax(line);
  eof_seen_ = metadata.kind == Metadata::Kind::kEof;
  families_.Declare(metadata);
  return true;
}

bool OpenMetricsParser::Impl::FailSyntax(std::string_view line) {
  const std::string_view token = line.substr(std::min(error_.offset, line.size()));
  // A page of another kind is not helped by other line ends.
  if (token.ends_with('\r') && token.find_first_of(" \t<") == std::string_view::npos) {
    error_.reason += "; lines must end with LF, not CR LF";
  }
  return Fail(error_.offset, error_.reason);
}

bool OpenMetricsParser::Impl::Fail(std::size_t offset, const std::string& reason, StatusCode code) {
  failure_ =
      Status(code, "line " + std::to_string(line_number_) + ", column " + std::to_string(offset + 1) + ": " + reason);
  return false;
}

bool OpenMetricsParser::Impl::FailTooLong() {
  return Fail(kExpositionLineBytesMax, "the line is longer than " + std::to_string(kExpositionLineBytesMax) + " bytes",
              StatusCode::kResourceExhausted);
}

OpenMetricsParser::OpenMetricsParser(ExpositionFormat format, PageSink& sink)
    : impl_(std::make_unique<Impl>(format, sink)) {}
OpenMetricsParser::~OpenMetricsParser() = default;

Status OpenMetricsParser::Feed(std::string_view piece) { return impl_->Feed(piece); }
Status OpenMetricsParser::Finish() { return impl_->Finish(); }

}  // namespace proxy_telemetry
