// Reader: typed values out of a YamlTree. Whatever is wrong goes to Faults with its place and its key's path; the
// caller goes on with what is right, so that one run finds everything.
//
// Functions that read a value take a pointer, null meaning "not in the file", and return true when `out` was set.
// One Reader per load, one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/loader.h"
#include "faults.h"
#include "yaml_tree.h"

namespace proxy_telemetry {

// A node at its place in the document. Points into the tree.
struct Value {
  const YamlNode* node = nullptr;
  const YamlNode* key = nullptr;  // null for the root and for items of a list
  std::string path;               // "scrape_configs[0].targets", "" for the root

  const std::string& name() const { return key->text; }
};

// The entries of a map in file order.
class Fields {
 public:
  Fields() = default;
  explicit Fields(std::vector<Value> values) : values_(std::move(values)) {}
  // Null when the key is not there.
  const Value* Find(std::string_view name) const;
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

 private:
  std::vector<Value> values_;
};

// Names handed to a function, written in place or a constant array. A view: not to be kept.
class KeyNames {
 public:
  KeyNames(std::initializer_list<std::string_view> names)  // NOLINT(google-explicit-constructor)
      : names_(names.begin(), names.size()) {}
  template <std::size_t N>
  KeyNames(const std::array<std::string_view, N>& names) : names_(names) {}  // NOLINT(google-explicit-constructor)
  auto begin() const { return names_.begin(); }
  auto end() const { return names_.end(); }
  std::size_t size() const { return names_.size(); }

 private:
  std::span<const std::string_view> names_;
};

class Reader {
 public:
  // All three outlive the Reader. Relative file names are below `base_dir`. With an empty `env` text stays as it is.
  Reader(const EnvLookup& env, const std::string& base_dir, Faults& faults)
      : env_(env), base_dir_(base_dir), faults_(faults) {}

  // The value is wrong, or the key is.
  void Fail(const Value& value, std::string message);
  void FailKey(const Value& value, std::string message);

  // A map with these keys and no others, each at most once.
  Fields Map(const Value& map, KeyNames known);
  // A map whose keys the user chooses, each at most once.
  Fields FreeMap(const Value& map);
  std::vector<Value> List(const Value& list);
  // Find() with a fault where the key is missing.
  const Value* Require(const Value& map, const Fields& fields, std::string_view name);
  // Of these keys at most one may be there.
  void Exclusive(const Fields& fields, KeyNames names);

  bool String(const Value* value, std::string& out);
  bool NonEmptyString(const Value* value, std::string& out);
  bool Bool(const Value* value, bool& out);
  bool Count(const Value* value, std::uint64_t& out);
  // Longer than 0.
  bool DurationMs(const Value* value, std::int64_t& out);
  bool SizeBytes(const Value* value, std::uint64_t& out);
  // The index of the text among `names`.
  bool OneOf(const Value* value, KeyNames names, std::size_t& out);
  // A file name, absolute or below the configuration file's directory.
  bool FilePath(const Value* value, std::string& out);

 private:
  bool IsKind(const Value& value, YamlNode::Kind kind);

  const EnvLookup& env_;
  const std::string& base_dir_;
  Faults& faults_;
  std::size_t env_bytes_ = 0;
};

// `text` in quotes for a message, cut where it is long. Never for a secret.
std::string Quoted(std::string_view text);
// "a, b or c"
std::string JoinOr(KeyNames names);

}  // namespace proxy_telemetry
