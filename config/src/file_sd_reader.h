// file_sd_configs: where the files with targets are. Their content is read by ParseTargetGroups().
#pragma once

#include <vector>

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

std::vector<FileSdConfig> ReadFileSdConfigs(Reader& reader, const Value& value);

}  // namespace proxy_telemetry
