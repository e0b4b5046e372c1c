// TextSource: the bytes of a file or of standard input, decompressed on the way.
//
// gzip (RFC 1952, several members too) and Zstandard (several frames too) are told by their first bytes, not by the
// file's name. Memory is bounded: two blocks, and for Zstandard a window of at most 128 MiB.
// Lifetime: any; closes its file at its end. Single thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/status.h"

namespace proxy_telemetry::tools {

class TextSource {
 public:
  // "-" is standard input. Fails with kNotFound or kIoError when there is no such file, or it is a directory.
  static Result<std::unique_ptr<TextSource>> Open(const std::string& path);

  virtual ~TextSource() = default;

  // Fills the front of `out` (not empty) and returns how many bytes; 0 at the end. A compressed file that ends in the
  // middle or is damaged is kCorruption.
  virtual Result<std::size_t> Read(std::span<char> out) = 0;

  // For messages: the path, or "standard input".
  virtual const std::string& name() const = 0;
  // Progress: bytes taken of the file as it lies there, of how many; nullopt for a pipe.
  virtual std::uint64_t bytes_read() const = 0;
  virtual std::optional<std::uint64_t> bytes_total() const = 0;
};

}  // namespace proxy_telemetry::tools
