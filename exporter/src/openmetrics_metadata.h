// Lines that start with '#': HELP, TYPE, UNIT, EOF and comments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exporter/openmetrics_parser.h"
#include "openmetrics_text.h"

namespace proxy_telemetry {

// Types as the two formats name them; 0.0.4 knows the first five.
enum class DeclaredType : std::uint8_t {
  kUnknown,
  kCounter,
  kGauge,
  kHistogram,
  kSummary,
  kGaugeHistogram,
  kInfo,
  kStateset
};

// One such line, checked. Views point into the line.
struct Metadata {
  enum class Kind : std::uint8_t { kComment, kHelp, kType, kUnit, kEof };
  Kind kind = Kind::kComment;
  std::string_view name;
  std::string_view text;                       // kHelp: as written, escapes and all
  DeclaredType type = DeclaredType::kUnknown;  // kType
};

// `line` has no newline; its first byte (0.0.4: blanks aside) is '#'. False: `error` says why.
bool ReadMetadata(ExpositionFormat format, std::string_view line, Metadata& metadata, LineError& error);

}  // namespace proxy_telemetry
