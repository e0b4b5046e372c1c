// The bytes of a file as a tree, or a fault that says where they stop being one.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "faults.h"
#include "yaml_tree.h"

namespace proxy_telemetry {

// `text` without the byte order mark that some editors put in front.
std::string_view WithoutByteOrderMark(std::string_view text);

// Nothing when there was a fault. Recurses as ParseYaml().
std::optional<YamlTree> ParseDocument(std::string_view text, std::size_t weight_max, Faults& faults);

}  // namespace proxy_telemetry
