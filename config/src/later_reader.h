// Keys of the documented configuration whose function this version does not have. They are refused, never ignored,
// and checked like all others, so that the file can be written for the version that has them.
#pragma once

#include "reader.h"

namespace proxy_telemetry {

void ReadExternalLabels(Reader& reader, const Value* value);
void ReadHostLimit(Reader& reader, const Value* value);
void ReadAccessLog(Reader& reader, const Value* value);
void ReadFileSdConfigs(Reader& reader, const Value* value);
// relabel_configs and metric_relabel_configs.
void ReadRelabelConfigs(Reader& reader, const Value* value);

}  // namespace proxy_telemetry
