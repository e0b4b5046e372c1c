// KnownSeries: which series a line's text stands for, without reading its labels again.
//
// Lifetime: one file. Memory: forgets everything when more than the limit's bytes were added. Single thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tools/sample_parser.h"

namespace proxy_telemetry::tools {

class KnownSeries {
 public:
  explicit KnownSeries(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::optional<SampleSink::SeriesId> Find(std::string_view text) const {
    const auto at = ids_.find(text);
    if (at == ids_.end()) return std::nullopt;
    return at->second;
  }
  void Add(std::string_view text, SampleSink::SeriesId id) {
    constexpr std::size_t kEntryBytes = 96;  // node, string header, bucket
    bytes_ += text.size() + kEntryBytes;
    if (bytes_ > bytes_max_) {
      ids_.clear();
      bytes_ = text.size() + kEntryBytes;
    }
    ids_.emplace(text, id);
  }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, SampleSink::SeriesId, TextHash, std::equal_to<>> ids_;
};

}  // namespace proxy_telemetry::tools
