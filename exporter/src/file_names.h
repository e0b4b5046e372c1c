// FilesMatching: the files that a name of file_sd_configs stands for. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace proxy_telemetry {

// What is before the last "/": "/etc/x/*.yml" -> "/etc/x", "/x.yml" -> "/".
std::string DirectoryOf(std::string_view pattern);

// `pattern` itself where it is there; where its last part holds *, ? or [ the files of its directory that it fits,
// sorted. As in Prometheus * stands for a leading dot too.
std::vector<std::string> FilesMatching(const std::string& pattern);

}  // namespace proxy_telemetry
