#include "proxies/mapped_series.h"

#include <cstddef>

namespace proxy_telemetry {

bool HasSeries(std::string_view exposition, std::string_view name) {
  const bool any_end = name.ends_with('*');
  if (any_end) name.remove_suffix(1);
  for (std::size_t at = exposition.find(name); at != std::string_view::npos; at = exposition.find(name, at + 1)) {
    const bool at_line_start = at == 0 || exposition[at - 1] == '\n';
    const std::size_t end = at + name.size();
    const bool ends = any_end || (end < exposition.size() && (exposition[end] == '{' || exposition[end] == ' '));
    if (at_line_start && ends) return true;
  }
  return false;
}

}  // namespace proxy_telemetry
