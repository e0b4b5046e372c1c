#include "openmetrics_sample.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/labels.h"
#include "openmetrics_number.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kExemplarStart = " # {";

// Why a line that starts with neither a name nor '#' is none of ours: often the whole page is something else.
std::string BadStart(std::string_view line, std::size_t at) {
  const std::string got = Got(line, at);
  const char first = line[at];
  if (first == '<') return "this is an HTML page, not metrics: " + got + "; check the path";
  if (first == '[') return "this is JSON, not metrics: " + got + "; check the path";
  if (first != '{') return "expected a metric name, " + got;
  const std::size_t next = SkipBlanks(line, at + 1);
  if (next == line.size()) return "this is JSON, not metrics: " + got + "; check the path";
  if (line[next] != '"') return "expected a metric name before the labels, " + got;
  const std::size_t quote = line.find('"', next + 1);
  const std::size_t colon = quote == std::string_view::npos ? quote : SkipBlanks(line, quote + 1);
  if (colon < line.size() && line[colon] == ':') return "this is JSON, not metrics: " + got + "; check the path";
  return "expected a metric name, " + got + ": " + std::string(kNoQuotedNames);
}

}  // namespace

bool SampleReader::FailAt(std::size_t offset, std::string reason) {
  error_->offset = offset;
  error_->reason = std::move(reason);
  return false;
}

void SampleReader::SkipTextBlanks() {
  if (is_text()) at_ = SkipBlanks(line_, at_);
}

bool SampleReader::Read(std::string_view line, LineError& error) {
  line_ = line;
  at_ = 0;
  error_ = &error;
  labels_.clear();
  unescaped_.clear();
  SkipTextBlanks();
  const std::size_t start = at_;
  if (!ReadName()) return false;
  raw_ = line.substr(start, at_ - start);
  const std::size_t name_end = at_;
  SkipTextBlanks();
  if (At('{')) {
    ++at_;
    if (!ReadLabels() || !CheckLabels()) return false;
    raw_ = line.substr(start, at_ - start);
  } else if (at_ < line.size() && at_ == name_end && line[at_] != ' ') {
    return Fail("expected \" \" or \"{\" after the metric name, " + Got(line, at_));
  }
  return is_text() ? ReadTextTail() : ReadOpenMetricsTail();
}

bool SampleReader::ReadName() {
  const std::size_t end = NameEnd(line_, at_, byte_class::kMetricStart);
  if (end == at_) return Fail(at_ < line_.size() ? BadStart(line_, at_) : "expected a metric name, got an empty line");
  name_ = line_.substr(at_, end - at_);
  at_ = end;
  return true;
}

bool SampleReader::ReadLabels() {
  label_names_.clear();
  for (;;) {
    SkipTextBlanks();
    if (At('}')) {
      ++at_;
      return true;
    }
    if (!ReadLabel()) return false;
    SkipTextBlanks();
    if (At(',')) {
      ++at_;
    } else if (!At('}') && !is_text()) {
      return Fail("expected \",\" or \"}\" after a label, " + Got(line_, at_));
    }
  }
}

bool SampleReader::ReadLabel() {
  const std::size_t end = NameEnd(line_, at_, byte_class::kLabelStart);
  if (end == at_) {
    std::string reason = "expected a label name or \"}\", " + Got(line_, at_);
    if (At('"')) reason.append(": ").append(kNoQuotedNames);
    return Fail(std::move(reason));
  }
  const std::string_view name = line_.substr(at_, end - at_);
  label_names_.push_back(name);
  at_ = end;
  SkipTextBlanks();
  if (!At('=')) return Fail("expected \"=\" after label name " + QuotedToken(name) + ", " + Got(line_, at_));
  ++at_;
  SkipTextBlanks();
  if (!At('"'))
    return Fail("expected a value in double quotes for label " + QuotedToken(name) + ", " + Got(line_, at_));
  ++at_;
  return ReadLabelValue(name);
}

bool SampleReader::ReadLabelValue(std::string_view label_name) {
  const std::size_t start = at_;
  bool escaped = false;
  unsigned char bits = 0;  // of all bytes: plain ASCII needs no look at UTF-8
  std::size_t end = start;
  for (; end < line_.size() && line_[end] != '"'; ++end) {
    if (line_[end] == '\\') {
      escaped = true;
      ++end;
      if (end == line_.size()) break;
    }
    bits = static_cast<unsigned char>(bits | static_cast<unsigned char>(line_[end]));
  }
  if (end == line_.size()) {
    return FailAt(start - 1,
                  "the value of label " + QuotedToken(label_name) + " is not closed: no \" before the line ends");
  }
  std::string_view value = line_.substr(start, end - start);
  const std::size_t invalid = bits < 0x80 ? std::string_view::npos : FindInvalidUtf8(value);
  if (invalid != std::string_view::npos) {
    return FailAt(start + invalid, "the value of label " + QuotedToken(label_name) + " is not valid UTF-8, " +
                                       Got(line_.substr(0, end), start + invalid));
  }
  if (escaped) {
    unescaped_.reserve(line_.size());
    const std::size_t from = unescaped_.size();
    AppendUnescaped(value, true, unescaped_);
    value = std::string_view(unescaped_).substr(from);
  }
  labels_.push_back({label_name, value});
  at_ = end + 1;
  return true;
}

bool SampleReader::CheckLabels() {
  for (const std::string_view name : label_names_) {
    if (name != kNameLabel) continue;
    return FailAt(static_cast<std::size_t>(name.data() - line_.data()),
                  "label \"__name__\" cannot be given in braces: the metric name stands before them");
  }
  // Sorted, not compared pairwise: a line of a million bytes can hold very many labels. Equal names stay in order.
  std::ranges::sort(label_names_, [](std::string_view a, std::string_view b) {
    const int order = a.compare(b);
    return order != 0 ? order < 0 : a.data() < b.data();
  });
  const char* again = nullptr;
  std::string_view which;
  for (std::size_t i = 1; i < label_names_.size(); ++i) {
    if (label_names_[i] != label_names_[i - 1] || (again != nullptr && label_names_[i].data() > again)) continue;
    which = label_names_[i];
    again = which.data();
  }
  if (again != nullptr) {
    return FailAt(static_cast<std::size_t>(again - line_.data()), "label " + QuotedToken(which) + " is given twice");
  }
  std::erase_if(labels_, [](const LabelView& label) { return label.value.empty(); });
  return true;
}

bool SampleReader::ReadNumber(std::string_view what, double& value) {
  const std::size_t end = std::min(line_.find_first_of(is_text() ? " \t" : " ", at_), line_.size());
  const std::string_view token = line_.substr(at_, end - at_);
  const NumberError problem = ParseNumber(token, value);
  if (problem == NumberError::kSyntax) return Fail("expected " + std::string(what) + ", " + Got(line_, at_));
  if (problem == NumberError::kRange) {
    return Fail(std::string(what) + " out of range: " + QuotedToken(token) + " is too large for a 64-bit float");
  }
  at_ = end;
  return true;
}

bool SampleReader::ReadTextTail() {
  SkipTextBlanks();
  if (!ReadNumber("a value", value_)) return false;
  SkipTextBlanks();
  if (at_ == line_.size()) return true;
  const std::size_t end = std::min(line_.find_first_of(" \t", at_), line_.size());
  const NumberError problem = CheckTimestampMs(line_.substr(at_, end - at_));
  if (problem == NumberError::kRange) return Fail("a timestamp out of range: " + Got(line_, at_));
  if (problem != NumberError::kNone) {
    return Fail("expected a timestamp in milliseconds or the end of the line, " + Got(line_, at_));
  }
  at_ = end;
  SkipTextBlanks();
  return at_ == line_.size() || Fail("expected the end of the line behind the timestamp, " + Got(line_, at_));
}

bool SampleReader::ReadOpenMetricsTail() {
  if (!At(' ')) return Fail("expected \" \" and a value, " + Got(line_, at_));
  ++at_;
  if (!ReadNumber("a value", value_)) return false;
  if (at_ == line_.size()) return true;
  if (line_.substr(at_).starts_with(kExemplarStart)) return ReadExemplar();
  if (!ReadTimestampS()) return false;
  if (at_ == line_.size()) return true;
  if (line_.substr(at_).starts_with(kExemplarStart)) return ReadExemplar();
  return FailAt(at_ + 1, "expected the end of the line or an exemplar behind the timestamp, " + Got(line_, at_ + 1));
}

bool SampleReader::ReadTimestampS() {
  const std::size_t start = ++at_;
  double seconds = 0;
  if (!ReadNumber("a timestamp in seconds", seconds)) return false;
  return std::isfinite(seconds) || FailAt(start, "expected a timestamp in seconds, " + Got(line_, start));
}

bool SampleReader::ReadExemplar() {
  // Its labels go through the sample's buffers, behind the sample's own labels, and are dropped again.
  const std::size_t kept = labels_.size();
  at_ += kExemplarStart.size();
  if (!ReadLabels()) return false;
  labels_.resize(kept);
  if (!At(' ')) return Fail("expected \" \" and the exemplar's value, " + Got(line_, at_));
  ++at_;
  double ignored = 0;
  if (!ReadNumber("the exemplar's value", ignored)) return false;
  if (at_ == line_.size()) return true;
  if (!ReadTimestampS()) return false;
  return at_ == line_.size() || Fail("expected the end of the line behind the exemplar, " + Got(line_, at_));
}

}  // namespace proxy_telemetry
