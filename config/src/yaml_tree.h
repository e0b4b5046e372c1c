// YAML text as a tree of plain nodes that know where they stand in the text.
//
// yaml-cpp is behind this and nowhere else. It is fed through its event interface, one document only, because its
// own tree hides duplicate keys, the positions of keys and the size that aliases expand to. An alias is a pointer to
// its anchor's node: the tree is a graph without cycles, and walking all of it touches at most the
// weight that was allowed.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace proxy_telemetry {

inline constexpr std::size_t kYamlDepthMax = 32;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  bool quoted = false;
  std::size_t offset = 0;                 // of its first byte in the text
  std::size_t weight = 0;                 // 8 and the bytes of its text; an alias what its anchor weighs
  std::string text;                       // of a scalar
  std::vector<const YamlNode*> children;  // of a list: its items; of a map: key, value, key, value
};

// Why the text is no YAML document, and the byte where this shows.
struct YamlFault {
  std::size_t offset = 0;
  std::string message;
};

// Movable; nodes point to each other and live as long as the tree.
struct YamlTree {
  std::deque<YamlNode> nodes;
  const YamlNode* root = nullptr;  // null for a text without content
};

// `text` is valid UTF-8 without control characters (CheckText in text_position.h). A tree that weighs more than
// `weight_max`, aliases expanded, is a fault. Recurses as deep as kYamlDepthMax.
std::variant<YamlTree, YamlFault> ParseYaml(std::string_view text, std::size_t weight_max);

}  // namespace proxy_telemetry
