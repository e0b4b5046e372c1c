// SeriesReader: the series at the front of a sample's line.
//
//   series = [name] [ "{" [ item { "," item } [ "," ] ] "}" ]       at least one of the two
//   item   = ( label name | quoted label name ) "=" quoted value | quoted metric name
//
// Blanks may stand between all of them. Quoted names are those of Prometheus 3 (any UTF-8). Lifetime: any; its buffers
// are used again. Single thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "line_problem.h"
#include "quoted_text.h"

namespace proxy_telemetry::tools {

inline constexpr std::size_t kLabelsMax = 256;
inline constexpr std::size_t kLabelNameBytesMax = 1024;  // metric names too
inline constexpr std::size_t kLabelValueBytesMax = 1 << 16;

class SeriesReader {
 public:
  // Quoting::kGo is promtool's dump: the name is the label __name__ and stands in the braces.
  // On success `end` is the offset behind the series. False: `problem` says why.
  bool Read(std::string_view line, Quoting quoting, std::size_t& end, Labels& labels, LineProblem& problem);

 private:
  bool Fail(std::string reason) { return FailAt(at_, std::move(reason)); }
  bool FailAt(std::size_t offset, std::string reason);
  void SkipBlanks();
  bool At(char c) const { return at_ < line_.size() && line_[at_] == c; }
  // Where the unquoted name at at_ ends.
  std::size_t NameEnd(bool metric) const;

  bool ReadName();
  bool ReadItems();
  bool ReadItem();
  bool ReadLabelName(std::string& name, bool& quoted);
  bool AddLabel(std::string name, std::string value, std::size_t offset);
  bool CheckNames();

  std::string_view line_;
  Quoting quoting_ = Quoting::kExposition;
  std::size_t at_ = 0;
  LineProblem* problem_ = nullptr;
  std::vector<Label> labels_;
  std::vector<std::string_view> names_;
};

}  // namespace proxy_telemetry::tools
