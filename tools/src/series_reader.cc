#include "series_reader.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace proxy_telemetry::tools {
namespace {

bool IsNameByte(char c, bool first, bool metric) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (c == ':' && metric) || (!first && c >= '0' && c <= '9');
}

}  // namespace

bool SeriesReader::FailAt(std::size_t offset, std::string reason) {
  *problem_ = {offset, std::move(reason)};
  return false;
}

void SeriesReader::SkipBlanks() {
  while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
}

std::size_t SeriesReader::NameEnd(bool metric) const {
  std::size_t end = at_;
  while (end < line_.size() && IsNameByte(line_[end], end == at_, metric)) ++end;
  return end;
}

bool SeriesReader::Read(std::string_view line, Quoting quoting, std::size_t& end, Labels& labels,
                        LineProblem& problem) {
  line_ = line;
  quoting_ = quoting;
  problem_ = &problem;
  at_ = 0;
  labels_.clear();
  if (!ReadName()) return false;
  end = at_;
  SkipBlanks();
  if (At('{')) {
    if (!ReadItems()) return false;
    end = at_;
  }
  if (!CheckNames()) return false;
  labels = Labels(std::move(labels_));
  if (labels.empty()) return FailAt(0, "the series has neither a name nor labels");
  return true;
}

bool SeriesReader::ReadName() {
  SkipBlanks();
  if (At('{')) return true;
  if (quoting_ == Quoting::kGo) return Fail("expected \"{\" as in promtool's dump, " + Got(line_, at_));
  const std::size_t start = at_;
  const std::size_t end = NameEnd(true);
  if (end == start) return Fail("expected a metric name, " + Got(line_, at_));
  at_ = end;
  return AddLabel(std::string(kNameLabel), std::string(line_.substr(start, end - start)), start);
}

bool SeriesReader::ReadItems() {
  ++at_;
  SkipBlanks();
  while (!At('}')) {
    if (!ReadItem()) return false;
    SkipBlanks();
    if (At('}')) break;
    if (!At(',')) return Fail("expected \",\" or \"}\" behind a label, " + Got(line_, at_));
    ++at_;
    SkipBlanks();
  }
  ++at_;
  return true;
}

bool SeriesReader::ReadItem() {
  const std::size_t start = at_;
  std::string name;
  bool quoted = false;
  if (!ReadLabelName(name, quoted)) return false;
  SkipBlanks();
  if (!At('=')) {
    if (quoted && (At(',') || At('}')) && quoting_ == Quoting::kExposition) {
      return AddLabel(std::string(kNameLabel), std::move(name), start);
    }
    return Fail("expected \"=\" behind label name " + QuotedToken(name) + ", " + Got(line_, at_));
  }
  ++at_;
  SkipBlanks();
  if (!At('"'))
    return Fail("expected a value in double quotes for label " + QuotedToken(name) + ", " + Got(line_, at_));
  if (name == kNameLabel && quoting_ == Quoting::kExposition) {
    return FailAt(start, "label \"__name__\" stands in braces: write the name in front, or give --format dump");
  }
  std::string value;
  if (!ReadQuoted(line_, quoting_, at_, value, *problem_)) return false;
  return AddLabel(std::move(name), std::move(value), start);
}

bool SeriesReader::ReadLabelName(std::string& name, bool& quoted) {
  const std::size_t end = NameEnd(false);
  quoted = end == at_;
  if (!quoted) {
    name = line_.substr(at_, end - at_);
    at_ = end;
    return true;
  }
  if (!At('"')) return Fail("expected a label name, " + Got(line_, at_));
  const std::size_t start = at_;
  if (!ReadQuoted(line_, quoting_, at_, name, *problem_)) return false;
  return !name.empty() || FailAt(start, "a name is empty");
}

bool SeriesReader::AddLabel(std::string name, std::string value, std::size_t offset) {
  const auto limit = [&](const char* what, std::size_t max) {
    return FailAt(offset, std::string(what) + "; at most " + std::to_string(max) + " are taken");
  };
  const bool is_metric_name = name == kNameLabel;
  if (labels_.size() == kLabelsMax) return limit("too many labels", kLabelsMax);
  if (name.size() > kLabelNameBytesMax || (is_metric_name && value.size() > kLabelNameBytesMax)) {
    return limit("too many bytes in a name", kLabelNameBytesMax);
  }
  if (value.size() > kLabelValueBytesMax) return limit("too many bytes in a label value", kLabelValueBytesMax);
  labels_.push_back({std::move(name), std::move(value)});
  return true;
}

bool SeriesReader::CheckNames() {
  names_.clear();
  for (const Label& label : labels_) names_.push_back(label.name);
  std::ranges::sort(names_);
  const auto twice = std::ranges::adjacent_find(names_);
  if (twice == names_.end()) return true;
  return FailAt(
      0, *twice == kNameLabel ? "the series has two metric names" : "label " + QuotedToken(*twice) + " is given twice");
}

}  // namespace proxy_telemetry::tools
