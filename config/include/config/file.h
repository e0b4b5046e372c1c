// Whole small files. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "base/status.h"

namespace proxy_telemetry {

// kRegular never blocks on a pipe without a writer; kAny reads pipes and devices to their end.
enum class FileKind { kRegular, kAny };

// What `path` holds. Fails on more than `bytes_max`, on a directory, and on what the system refuses; messages begin
// with a verb ("cannot be read: ...") and do not repeat the path.
Result<std::string> ReadSmallFile(const std::string& path, FileKind kind, std::size_t bytes_max);

}  // namespace proxy_telemetry
