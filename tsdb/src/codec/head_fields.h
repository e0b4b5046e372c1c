// The two directions of a block's head: a description of its fields, written once, writes them or reads them.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "bit_stream.h"
#include "coding.h"

namespace proxy_telemetry::tsdb {

class HeadWriter {
 public:
  static constexpr bool kReads = false;
  template <typename T>
  void Bits(unsigned count, const T& field) {
    bits_.Put(static_cast<std::uint64_t>(field), count);
  }
  template <typename T>
  void Small(const T& field) {
    bits_.PutSmall(static_cast<std::uint64_t>(field));
  }
  template <typename T>
  void Number(const T& field) {
    bits_.PutNumber(ZigZag(static_cast<std::int64_t>(field)));
  }
  bool Require(bool) { return true; }
  void AppendTo(std::string& out) { bits_.AppendTo(out); }

 private:
  BitWriter bits_;
};

class HeadReader {
 public:
  static constexpr bool kReads = true;
  explicit HeadReader(std::string_view bytes) : bits_(bytes) {}
  template <typename T>
  void Bits(unsigned count, T& field) {
    field = static_cast<T>(bits_.Get(count));
  }
  template <typename T>
  void Small(T& field) {
    const std::uint64_t number = bits_.GetSmall();
    if (number > std::numeric_limits<T>::max()) good_ = false;
    field = static_cast<T>(number);
  }
  template <typename T>
  void Number(T& field) {
    field = static_cast<T>(UnZigZag(bits_.GetNumber()));
  }
  // False ends the reading.
  bool Require(bool good) {
    good_ = good_ && good && bits_.ok();
    return good_;
  }
  std::string_view Rest() { return bits_.Rest(); }

 private:
  BitReader bits_;
  bool good_ = true;
};

}  // namespace proxy_telemetry::tsdb
