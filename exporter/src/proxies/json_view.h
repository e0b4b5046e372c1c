// JsonView: a value of a parsed JSON document together with the way to it, so that a complaint can name the place.
//
// Views are made on the stack, child from parent, and must not outlive their parent or the document. Single thread.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry {

class JsonView {
 public:
  explicit JsonView(const nlohmann::json& root) : value_(&root) {}
  JsonView(const JsonView& parent, std::string_view key, const nlohmann::json& value)
      : value_(&value), parent_(&parent), key_(key) {}
  JsonView(const JsonView& parent, std::size_t index, const nlohmann::json& value)
      : value_(&value), parent_(&parent), index_(index) {}

  const nlohmann::json& value() const { return *value_; }

  // "/hosts/a~1b/routes/0" (RFC 6901); "/" stands for the whole document.
  std::string Pointer() const;
  // "POINTER: must be `wanted`, got a string".
  Status WrongType(std::string_view wanted) const;

  // The member, when this is an object that has it and it is not null.
  std::optional<JsonView> Member(std::string_view key) const;

  Status RequireObject() const;
  Result<std::string> String() const;
  Result<bool> Bool() const;
  // Finite.
  Result<double> Number() const;
  // A whole number from 0 to 2^64.
  Result<double> Count() const;

  // Calls visit(JsonView) for each element that is not null, until one fails.
  template <typename Visit>
  Status EachElement(const Visit& visit) const {
    if (!value_->is_array()) return WrongType("an array");
    std::size_t index = 0;
    for (const nlohmann::json& element : *value_) {
      if (!element.is_null()) PT_RETURN_IF_ERROR(visit(JsonView(*this, index, element)));
      ++index;
    }
    return Status::Ok();
  }

  // Calls visit(key, JsonView) for each member that is not null, until one fails.
  template <typename Visit>
  Status EachMember(const Visit& visit) const {
    PT_RETURN_IF_ERROR(RequireObject());
    for (auto member = value_->begin(); member != value_->end(); ++member) {
      if (!member->is_null()) PT_RETURN_IF_ERROR(visit(member.key(), JsonView(*this, member.key(), *member)));
    }
    return Status::Ok();
  }

 private:
  const nlohmann::json* value_;
  const JsonView* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
};

struct JsonLimits {
  int depth_max;
  std::size_t values_max;
};

// Parses a document; fails on bad JSON, on one nested deeper and on one with more values than `limits` allow. Members
// named in `skipped`, wherever they are, are checked but neither kept nor counted.
Result<nlohmann::json> ParseJson(std::string_view text, const JsonLimits& limits,
                                 std::span<const std::string_view> skipped = {});

// Bytes that are no UTF-8 as "\\xHH", which a JSON string shows as "\xHH"; `text` itself when all is well. nginx
// writes a client's Host header into JSON as it came: one byte of a stranger must not make the whole page unreadable.
std::string WithInvalidUtf8Escaped(std::string_view text);

// The same failure, its message cut to a length fit for a log: a complaint about JSON may hold a key of any length.
Status Shortened(const Status& status);

}  // namespace proxy_telemetry
