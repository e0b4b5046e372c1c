#include "faults.h"

#include <algorithm>
#include <utility>

#include "text_position.h"

namespace proxy_telemetry {

void Faults::Add(std::size_t offset, std::string key_path, std::string message) {
  if (faults_.size() == kConfigErrorsMax) {
    more_ = true;
    return;
  }
  faults_.push_back({offset, faults_.size(), std::move(key_path), std::move(message)});
}

std::vector<ConfigError> Faults::Errors(std::string_view text) const {
  std::vector<Fault> sorted = faults_;
  std::sort(sorted.begin(), sorted.end(), [](const Fault& a, const Fault& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.sequence < b.sequence;
  });
  std::vector<std::size_t> offsets;
  offsets.reserve(sorted.size());
  for (const Fault& fault : sorted) offsets.push_back(fault.offset);
  const std::vector<Position> positions = PositionsOf(text, offsets);
  std::vector<ConfigError> errors;
  errors.reserve(sorted.size() + 1);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    errors.push_back(
        {positions[i].line, positions[i].column, std::move(sorted[i].key_path), std::move(sorted[i].message)});
  }
  if (more_) {
    errors.push_back({positions.back().line, positions.back().column, "",
                      "more than " + std::to_string(kConfigErrorsMax) + " errors; the rest is not shown"});
  }
  return errors;
}

}  // namespace proxy_telemetry
