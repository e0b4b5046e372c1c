#include "reader.h"

#include <algorithm>
#include <set>

#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

constexpr std::size_t kQuotedBytesMax = 80;

bool IsPlainKey(std::string_view key) {
  return !key.empty() && key.size() <= kQuotedBytesMax && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string PathOf(const std::string& parent, std::string_view key) {
  if (!IsPlainKey(key)) return parent + "[" + Quoted(key) + "]";
  return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

const char* KindName(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map of keys";
  }
  return "";
}

// Empty when the key may stand there.
std::string KeyFault(const YamlNode& key) {
  if (key.kind != YamlNode::Kind::kScalar) return "a key must be a word";
  if (key.text.find('\0') != std::string::npos) return "a key must not hold a NUL";
  if (key.text == "<<" && !key.quoted) return "merge keys (<<) are not supported; write the keys out";
  return "";
}

}  // namespace

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() > kQuotedBytesMax) {
      out += "...";
      break;
    }
    const std::size_t size = Utf8CharSize(text, i);
    const bool control = size == 0 || static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7f;
    out += control ? "?" : text.substr(i, size);
    i += std::max<std::size_t>(size, 1);
  }
  return out + '"';
}

std::string JoinOr(KeyNames names) {
  std::string out;
  std::size_t left = names.size();
  for (const std::string_view name : names) {
    out += name;
    --left;
    if (left > 0) out += left == 1 ? " or " : ", ";
  }
  return out;
}

const Value* Fields::Find(std::string_view name) const {
  const auto it = std::find_if(values_.begin(), values_.end(), [name](const Value& v) { return v.name() == name; });
  return it == values_.end() ? nullptr : &*it;
}

void Reader::Fail(const Value& value, std::string message) {
  faults_.Add(value.node->offset, value.path, std::move(message));
}

void Reader::FailKey(const Value& value, std::string message) {
  faults_.Add(value.key != nullptr ? value.key->offset : value.node->offset, value.path, std::move(message));
}

bool Reader::IsKind(const Value& value, YamlNode::Kind kind) {
  if (value.node->kind == kind) return true;
  if (value.node->kind == YamlNode::Kind::kNull) {
    // The place of an absent value is that of the next token, which may be lines away.
    FailKey(value, std::string("has no value; write ") + KindName(kind) + ", or remove it");
  } else {
    Fail(value, std::string("must be ") + KindName(kind) + ", not " + KindName(value.node->kind));
  }
  return false;
}

Fields Reader::FreeMap(const Value& map) {
  if (!IsKind(map, YamlNode::Kind::kMap)) return {};
  std::vector<Value> values;
  std::set<std::string_view> names;
  const std::vector<const YamlNode*>& children = map.node->children;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    const YamlNode& key = *children[i];
    const std::string fault = KeyFault(key);
    if (!fault.empty()) {
      faults_.Add(key.offset, map.path, fault);
      continue;
    }
    Value value{children[i + 1], &key, PathOf(map.path, key.text)};
    if (names.insert(key.text).second) {
      values.push_back(std::move(value));
    } else {
      FailKey(value, "duplicate key; give it once");
    }
  }
  return Fields(std::move(values));
}

Fields Reader::Map(const Value& map, KeyNames known) {
  std::vector<Value> values;
  for (const Value& value : FreeMap(map)) {
    if (std::find(known.begin(), known.end(), value.name()) != known.end()) {
      values.push_back(value);
    } else {
      FailKey(value, "unknown key; expected " + std::string(known.size() > 1 ? "one of " : "") + JoinOr(known));
    }
  }
  return Fields(std::move(values));
}

std::vector<Value> Reader::List(const Value& list) {
  if (!IsKind(list, YamlNode::Kind::kList)) return {};
  std::vector<Value> values;
  values.reserve(list.node->children.size());
  for (const YamlNode* child : list.node->children) {
    values.push_back({child, nullptr, list.path + "[" + std::to_string(values.size()) + "]"});
  }
  return values;
}

const Value* Reader::Require(const Value& map, const Fields& fields, std::string_view name) {
  const Value* value = fields.Find(name);
  if (value == nullptr && map.node->kind == YamlNode::Kind::kMap) {
    faults_.Add(map.node->offset, PathOf(map.path, name), "required, but missing");
  }
  return value;
}

void Reader::Exclusive(const Fields& fields, KeyNames names) {
  const Value* first = nullptr;
  for (const Value& value : fields) {
    if (std::find(names.begin(), names.end(), value.name()) == names.end()) continue;
    if (first == nullptr) {
      first = &value;
    } else {
      FailKey(value, "excludes " + first->name() + "; keep one of them");
    }
  }
}

}  // namespace proxy_telemetry
