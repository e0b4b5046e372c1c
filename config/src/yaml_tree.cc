#include "yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace proxy_telemetry {
namespace {

constexpr std::size_t kNodeWeight = 8;

std::size_t OffsetOf(const YAML::Mark& mark) { return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos); }

// Plain scalars may hold brackets, so YAML reads the junk of `interval: 15s }` as part of the value.
bool HasStrayBracket(std::string_view text) {
  for (const auto& [open, close] : {std::pair{'{', '}'}, std::pair{'[', ']'}}) {
    const std::size_t closing = text.find(close);
    if (closing != std::string_view::npos && text.find(open) > closing) return true;
  }
  return false;
}

// Builds the tree out of yaml-cpp's events; leaves yaml-cpp by throwing a YamlFault.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::size_t weight_max) : text_(text), weight_max_(weight_max) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Leaf(YamlNode::Kind::kNull, mark, anchor, {}).offset = NullOffset(OffsetOf(mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) throw YamlFault{OffsetOf(mark), "an alias needs its anchor (&name) before it"};
    const YamlNode* target = it->second;
    if (std::find(open_.begin(), open_.end(), target) != open_.end()) {
      throw YamlFault{OffsetOf(mark), "an alias inside of its own anchor never ends; write the value out"};
    }
    if (total_weight_ + target->weight > weight_max_) {
      throw YamlFault{OffsetOf(mark), "the aliases of this file expand to too much; write the values out"};
    }
    Attach(target);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseTag(mark, tag);
    const bool quoted = tag == "!";
    if (!quoted && HasStrayBracket(value)) {
      throw YamlFault{OffsetOf(mark), "a closing bracket without its opening one; remove it, or quote the value"};
    }
    Leaf(YamlNode::Kind::kScalar, mark, anchor, value).quoted = quoted;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(YamlNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

  YamlTree Take() { return std::move(tree_); }

 private:
  static void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw YamlFault{OffsetOf(mark), "YAML tags (!...) have no meaning here; remove it"};
  }

  YamlNode& Add(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    YamlNode& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.offset = OffsetOf(mark);
    node.weight = kNodeWeight;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    return node;
  }

  YamlNode& Leaf(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text) {
    YamlNode& node = Add(kind, mark, anchor);
    node.text = text;
    node.weight += text.size();
    Attach(&node);
    return node;
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    RefuseTag(mark, tag);
    if (open_.size() == kYamlDepthMax) throw YamlFault{OffsetOf(mark), "lists and maps are nested too deeply"};
    open_.push_back(&Add(kind, mark, anchor));
  }

  void Close() {
    YamlNode* node = open_.back();
    open_.pop_back();
    Attach(node, /*count_children=*/false);
  }

  // Hands a finished node to the list or map that is open around it.
  void Attach(const YamlNode* node, bool count_children = true) {
    total_weight_ += count_children ? node->weight : kNodeWeight;
    if (total_weight_ > weight_max_) throw YamlFault{node->offset, "this file holds too many values"};
    if (open_.empty()) {
      tree_.root = node;
      return;
    }
    open_.back()->children.push_back(node);
    open_.back()->weight += node->weight;
  }

  // An unwritten null bears the mark of the token behind it, maybe lines away: go back to what stands before.
  std::size_t NullOffset(std::size_t offset) const {
    const std::string_view at = text_.substr(std::min(offset, text_.size()));
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
      if (at.starts_with(word)) return offset;
    }
    const std::size_t before = text_.substr(0, offset).find_last_not_of(" \t\r\n");
    return before == std::string_view::npos ? offset : before;
  }

  std::string_view text_;
  std::size_t weight_max_;
  YamlTree tree_;
  std::vector<YamlNode*> open_;
  std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;
  std::size_t total_weight_ = 0;  // of all attached so far, aliases expanded
};

// Stops yaml-cpp at the start of a second document and keeps where that is.
class SecondDocument : public TreeBuilder {
 public:
  using TreeBuilder::TreeBuilder;
  void OnDocumentStart(const YAML::Mark& mark) override {
    throw YamlFault{OffsetOf(mark), "more text after the end of the YAML document; one file is one document"};
  }
};

YamlTree ParseOrThrow(std::string_view text, std::size_t weight_max) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  TreeBuilder builder(text, weight_max);
  if (!parser.HandleNextDocument(builder)) return {};
  if (parser) {
    SecondDocument second(text, weight_max);
    parser.HandleNextDocument(second);
    throw YamlFault{text.size(), "a YAML directive (%...) after the document; remove it"};
  }
  return builder.Take();
}

}  // namespace

std::variant<YamlTree, YamlFault> ParseYaml(std::string_view text, std::size_t weight_max) {
  try {
    return ParseOrThrow(text, weight_max);
  } catch (const YamlFault& fault) {
    return fault;
  } catch (const YAML::Exception& error) {
    return YamlFault{OffsetOf(error.mark), "not valid YAML: " + error.msg};
  } catch (const std::exception& error) {
    return YamlFault{0, std::string("YAML reading failed: ") + error.what()};
  }
}

}  // namespace proxy_telemetry
