#include "document.h"

#include <utility>
#include <variant>

#include "text_position.h"

namespace proxy_telemetry {

std::string_view WithoutByteOrderMark(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

std::optional<YamlTree> ParseDocument(std::string_view text, std::size_t weight_max, Faults& faults) {
  if (const auto fault = CheckText(text)) {
    faults.Add(fault->offset, "", fault->message);
    return std::nullopt;
  }
  std::variant<YamlTree, YamlFault> parsed = ParseYaml(text, weight_max);
  if (const auto* fault = std::get_if<YamlFault>(&parsed)) {
    faults.Add(fault->offset, "", fault->message);
    return std::nullopt;
  }
  return std::get<YamlTree>(std::move(parsed));
}

}  // namespace proxy_telemetry
