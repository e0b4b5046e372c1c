// LineFields: which name in an access log means what, by proxy. The table itself is in log_fields.cc.
//
// Immutable, any thread; lives as long as the program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/config.h"
#include "logs/log_value.h"

namespace proxy_telemetry {

// Who writes the log, as far as names mean different things.
enum class LogKind : std::uint8_t { kUnknown, kNginx, kHaproxy, kCaddy, kTraefik, kApache, kEnvoy };
inline constexpr std::size_t kLogKinds = 7;
LogKind LogKindOf(ProxyKind proxy);

enum class LineField : std::uint8_t {
  kNone,
  kHost,
  kStatus,
  kSeconds,
  kUpstreamSeconds,
  kResponseBytes,
  kRequestBytes,
  // What is no number of the record and tells what the line is.
  kRequestObject,  // an object that may hold the host
  kLogger,         // Caddy's
  kMessage,        // the text of a program's own log
  kLevel,
};
inline constexpr std::size_t kLogFields = 11;

struct LogMeaning {
  LineField field = LineField::kNone;
  std::uint8_t rank = 0;  // of two fields of a line the lower rank is taken
  TimeUnit unit = TimeUnit::kSeconds;
  bool operator==(const LogMeaning&) const = default;
};

struct LogName {
  std::string_view name;
  std::array<LogMeaning, kLogKinds> by_kind;
  bool is_same_for_all = true;       // then by_kind[0] is the meaning
  LogKind hint = LogKind::kUnknown;  // only this proxy writes the name
};

// One line of the table: what `name` means in the logs of `kinds` (bits, 1 << LogKind).
struct LineFieldRow {
  std::string_view name;
  LogMeaning meaning;
  unsigned kinds;
};
std::span<const LineFieldRow> LineFieldRows();
struct LineHintRow {
  std::string_view name;
  LogKind kind;
};
std::span<const LineHintRow> LineHintRows();

class LineFields {
 public:
  static const LineFields& Get();

  // nullptr: a name that means nothing.
  const LogName* Find(std::string_view name) const {
    if (name.empty()) return nullptr;
    for (std::size_t slot = SlotOf(name);; slot = (slot + 1) % kSlots) {
      const std::uint8_t index = slots_[slot];
      if (index == kFree) return nullptr;
      if (names_[index].name == name) return &names_[index];
    }
  }

 private:
  static constexpr std::size_t kSlots = 1024;
  static constexpr std::size_t kNamesMax = 250;
  static constexpr std::uint8_t kFree = 255;

  LineFields();
  LogName& Add(std::string_view name);
  static std::size_t SlotOf(std::string_view name) {
    const auto byte = [name](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i])); };
    return (name.size() * 389 + byte(0) * 31 + byte(name.size() / 2) * 7 + byte(name.size() - 1) * 131) % kSlots;
  }

  std::array<std::uint8_t, kSlots> slots_;
  std::array<LogName, kNamesMax> names_;
  std::size_t size_ = 0;
};

}  // namespace proxy_telemetry
