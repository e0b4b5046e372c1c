#include "openmetrics_text.h"

namespace proxy_telemetry {

std::size_t NameEnd(std::string_view line, std::size_t from, unsigned char start) {
  if (from >= line.size() || !IsOfClass(line[from], start)) return from;
  const auto classes = static_cast<unsigned char>(start | byte_class::kDigit);
  while (from < line.size() && IsOfClass(line[from], classes)) ++from;
  return from;
}

}  // namespace proxy_telemetry
