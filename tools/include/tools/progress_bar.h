// ProgressBar: one line on a terminal that says how far a long command is; nothing where there is no terminal.
//
//   import  [=======>            ]  37 %  212 MB/s  2.31 M samples/s  ETA 0:08
//
// Lifetime: one command; the clock must outlive it. Single thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace proxy_telemetry::tools {

class ProgressBar {
 public:
  using Write = std::function<void(std::string_view)>;
  static constexpr std::int64_t kUpdateIntervalMs = 100;

  // `write` gets the line's bytes; an empty one keeps the bar silent. `columns` is the terminal's width.
  ProgressBar(std::string label, const Clock& clock, Write write, std::size_t columns);
  // On standard error if that is a terminal, else silent.
  static ProgressBar OnStandardError(std::string label);

  // Draws at most ten times a second; cheap in between. `total` is unknown for a pipe: then there is no percentage.
  void Update(std::uint64_t bytes, std::optional<std::uint64_t> total, std::uint64_t samples);
  // Takes the line away, so that what is printed next starts at the left. Draws no more until the next Update().
  void Clear();

 private:
  void Draw(std::uint64_t bytes, std::optional<std::uint64_t> total, std::uint64_t samples, std::int64_t elapsed_ms);

  const std::string label_;
  const Clock& clock_;
  const Write write_;
  const std::size_t columns_;
  const std::int64_t start_ms_;
  std::int64_t drawn_ms_;
  bool visible_ = false;
};

}  // namespace proxy_telemetry::tools
