// Decompressor: turns compressed pieces into text. One per format; none for plain text.
//
// Lifetime: one file. Single thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry::tools {

class Decompressor {
 public:
  struct Step {
    std::size_t taken = 0;  // of the input
    std::size_t made = 0;   // of the output
  };

  virtual ~Decompressor() = default;

  // Advances by at least a byte on either side while there is input or output pending; kCorruption when it is damaged.
  virtual Result<Step> Advance(std::string_view in, std::span<char> out) = 0;
  // Whether what was taken so far ends a gzip member or a Zstandard frame: a file may end here.
  virtual bool AtEnd() const = 0;

  // By the first bytes of a file; nullptr when it is not compressed in a known way.
  static std::unique_ptr<Decompressor> For(std::string_view first_bytes);
  static constexpr std::size_t kMagicBytesMax = 4;
};

}  // namespace proxy_telemetry::tools
