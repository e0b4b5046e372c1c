#include "proxies/json_view.h"

#include <algorithm>
#include <cmath>

#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

constexpr double kCountMax = 18446744073709551616.0;  // 2^64
constexpr std::size_t kComplaintBytesMax = 300;

// Leaves the parser from inside its callback.
struct LimitHit {
  std::string limit;
};

void AppendStep(std::string_view key, std::string& out) {
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

// The parser's message without the library's own prefix: "parse error at line 1, column 2: ...".
std::string Reason(const std::string& what) {
  const std::size_t prefix_end = what.find("] ");
  return prefix_end == std::string::npos ? what : what.substr(prefix_end + 2);
}

}  // namespace

std::string JsonView::Pointer() const {
  if (parent_ == nullptr) return "/";
  std::string pointer = parent_->parent_ == nullptr ? std::string() : parent_->Pointer();
  pointer += '/';
  if (parent_->value_->is_array()) {
    pointer += std::to_string(index_);
  } else {
    AppendStep(key_, pointer);
  }
  return pointer;
}

Status JsonView::WrongType(std::string_view wanted) const {
  const std::string got = value_->is_number() ? value_->dump() : "a value of type " + std::string(value_->type_name());
  return Status::Corruption(Pointer() + ": must be " + std::string(wanted) + ", got " + got);
}

std::optional<JsonView> JsonView::Member(std::string_view key) const {
  if (!value_->is_object()) return std::nullopt;
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return JsonView(*this, found.key(), *found);
}

Status JsonView::RequireObject() const { return value_->is_object() ? Status::Ok() : WrongType("an object"); }

Result<std::string> JsonView::String() const {
  if (!value_->is_string()) return WrongType("a string");
  return value_->get_ref<const std::string&>();
}

Result<bool> JsonView::Bool() const {
  if (!value_->is_boolean()) return WrongType("true or false");
  return value_->get<bool>();
}

Result<double> JsonView::Number() const {
  if (!value_->is_number()) return WrongType("a number");
  return value_->get<double>();
}

Result<double> JsonView::Count() const {
  constexpr std::string_view kWanted = "a whole number from 0 to 2^64";
  if (!value_->is_number()) return WrongType(kWanted);
  const auto count = value_->get<double>();
  if (!(count >= 0 && count <= kCountMax && count == std::trunc(count))) return WrongType(kWanted);
  return count;
}

Result<nlohmann::json> ParseJson(std::string_view text, const JsonLimits& limits,
                                 std::span<const std::string_view> skipped) {
  std::size_t values = 0;
  std::optional<int> skipped_at;  // depth of the member that is being skipped
  const auto check = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    if (depth > limits.depth_max) throw LimitHit{"is nested deeper than " + std::to_string(limits.depth_max)};
    if (event == nlohmann::json::parse_event_t::key && (!skipped_at || depth <= *skipped_at)) {
      const auto& key = value.get_ref<const std::string&>();
      skipped_at.reset();
      if (std::find(skipped.begin(), skipped.end(), key) != skipped.end()) skipped_at = depth;
    }
    if (skipped_at && depth < *skipped_at) skipped_at.reset();
    if (skipped_at) return event != nlohmann::json::parse_event_t::key;
    if (++values > limits.values_max) {
      throw LimitHit{"has more than " + std::to_string(limits.values_max) + " values"};
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, check);
  } catch (const LimitHit& hit) {
    return Status::ResourceExhausted("the JSON " + hit.limit);
  } catch (const nlohmann::json::exception& error) {
    return Status::Corruption("bad JSON: " + Reason(error.what()));
  }
}

std::string WithInvalidUtf8Escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string escaped;
  while (true) {
    const std::size_t bad = FindInvalidUtf8(text);
    escaped += text.substr(0, bad);
    if (bad == std::string_view::npos) return escaped;
    const auto byte = static_cast<unsigned char>(text[bad]);
    escaped += R"(\\x)";
    escaped += kHex[byte >> 4U];
    escaped += kHex[byte & 15U];
    text.remove_prefix(bad + 1);
  }
}

Status Shortened(const Status& status) {
  if (status.message().size() <= kComplaintBytesMax) return status;
  return {status.code(), status.message().substr(0, kComplaintBytesMax) + "..."};
}

}  // namespace proxy_telemetry
