// SampleReader: one line with a sample, taken apart and checked in full.
//
// Lifetime: one per page; its buffers are used again, so lines of known shape cost no allocation. What the accessors
// return points into the line and the buffers and is valid until the next Read(). Single thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/openmetrics_parser.h"
#include "exporter/page_sink.h"
#include "openmetrics_text.h"

namespace proxy_telemetry {

class SampleReader {
 public:
  explicit SampleReader(ExpositionFormat format) : format_(format) {}

  // `line` has no newline and starts, blanks aside, with a byte that is no '#'. False: `error` says why.
  bool Read(std::string_view line, LineError& error);

  std::string_view raw() const { return raw_; }
  std::string_view name() const { return name_; }
  std::span<const LabelView> labels() const { return labels_; }  // without empty values
  double value() const { return value_; }

 private:
  bool is_text() const { return format_ == ExpositionFormat::kText; }
  bool Fail(std::string reason) { return FailAt(at_, std::move(reason)); }
  bool FailAt(std::size_t offset, std::string reason);
  void SkipTextBlanks();
  bool At(char c) const { return at_ < line_.size() && line_[at_] == c; }

  bool ReadName();
  // From behind the opening brace to behind the closing one.
  bool ReadLabels();
  bool ReadLabel();
  bool ReadLabelValue(std::string_view label_name);
  // Distinct names, none of them __name__; then drops empty values.
  bool CheckLabels();
  bool ReadNumber(std::string_view what, double& value);
  bool ReadTextTail();
  bool ReadOpenMetricsTail();
  bool ReadTimestampS();
  bool ReadExemplar();

  const ExpositionFormat format_;
  std::string_view line_;
  std::size_t at_ = 0;
  LineError* error_ = nullptr;
  std::string_view raw_;
  std::string_view name_;
  std::vector<LabelView> labels_;
  std::vector<std::string_view> label_names_;
  std::string unescaped_;  // values that had escapes; never grows beyond the line, so views into it stay
  double value_ = 0;
};

}  // namespace proxy_telemetry
