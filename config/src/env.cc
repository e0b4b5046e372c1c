#include "env.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include "base/labels.h"

namespace proxy_telemetry {
namespace {

Status Unset(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  const bool one = names.size() == 1;
  return Status::InvalidArgument(std::string(one ? "environment variable " : "environment variables ") + list +
                                 (one ? " is" : " are") + " not set");
}

// An environment variable is named as a label is.
bool StartsName(std::string_view text) { return !text.empty() && IsValidLabelName(text.substr(0, 1)); }

}  // namespace

EnvLookup ProcessEnv() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody here calls setenv
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Result<std::string> ExpandEnv(std::string_view text, const EnvLookup& env, std::size_t bytes_max) {
  std::string out;
  std::vector<std::string> unset;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      out += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${") && StartsName(text.substr(2))) {
      const std::size_t close = text.find('}');
      const std::string name(text.substr(2, close == std::string_view::npos ? close : close - 2));
      if (close == std::string_view::npos || !IsValidLabelName(name)) {
        return Status::InvalidArgument(
            "unfinished ${...}; write ${NAME} for an environment variable, $${ for a plain ${");
      }
      const std::optional<std::string> value = env(name);
      if (value) {
        out += *value;
      } else if (std::find(unset.begin(), unset.end(), name) == unset.end()) {
        unset.push_back(name);
      }
      text.remove_prefix(close + 1);
    } else if (!text.empty()) {
      out += text.front();
      text.remove_prefix(1);
    }
    if (out.size() > bytes_max) return Status::ResourceExhausted("environment variables expand to too much text");
  }
  if (!unset.empty()) return Unset(unset);
  return out;
}

}  // namespace proxy_telemetry
