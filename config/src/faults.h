// Everything that is wrong with one text, gathered in any order, handed out as ConfigErrors in file order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.h"

namespace proxy_telemetry {

// Further faults are dropped and the last error says so.
inline constexpr std::size_t kConfigErrorsMax = 1000;

// One thread at a time.
class Faults {
 public:
  // `offset`: byte of the text the fault is about.
  void Add(std::size_t offset, std::string key_path, std::string message);
  bool empty() const { return faults_.empty(); }
  // Sorted by place; faults of one place keep the order in which they were added.
  std::vector<ConfigError> Errors(std::string_view text) const;

 private:
  struct Fault {
    std::size_t offset;
    std::size_t sequence;
    std::string key_path;
    std::string message;
  };
  std::vector<Fault> faults_;
  bool more_ = false;
};

}  // namespace proxy_telemetry
