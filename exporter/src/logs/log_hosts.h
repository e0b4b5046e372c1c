// LogHosts: the hosts of one access log, found by what its lines call them. Bounded: what a flood of invented names
// asks for beyond `limit` is counted under the host "_other", and hosts that are known stay as they are.
//
// Single thread. A LogHost stays where it is until Expire() or Of() let it go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exporter/host_mapper.h"
#include "host_limit.h"
#include "logs/log_host.h"

namespace proxy_telemetry {

// A longer name is no host (RFC 1035).
inline constexpr std::size_t kHostNameBytesMax = 253;
// Spellings remembered beyond those of known hosts, so that the usual line costs one look-up.
inline constexpr std::size_t kSpellingsMax = 4096;

class LogHosts {
 public:
  struct Options {
    std::string unnamed;                             // what a line without a host is taken to say
    std::uint64_t limit = 0;                         // hosts beside "_other"; 0 = any number
    std::int64_t silence_ms = 0;                     // a host without requests for so long frees its place; 0 = never
    std::size_t name_bytes_max = kHostNameBytesMax;  // a longer name is "_other"'s
  };
  LogHosts(HostMapper mapper, Options options);

  // Other rules and limits from now on; the hosts that are known stay.
  void Configure(HostMapper mapper, Options options);

  // The host that a line means by `spelling`. Of one that is not known and has no place, "_other".
  LogHost& Of(std::string_view spelling, std::int64_t now_ms);
  // The host of that name as it is, whatever the limit: for what an earlier run had.
  LogHost& Restore(const std::string& name, std::int64_t now_ms);

  // Lets go of the hosts that have been silent for too long. Call it now and then.
  void Expire(std::int64_t now_ms);

  std::size_t size() const { return hosts_.size(); }
  // How often Of() gave "_other" for want of a place or of a name that can be one.
  std::uint64_t folded() const { return folded_; }

  template <typename Visit>
  void ForEach(const Visit& visit) {
    for (auto& [name, host] : hosts_) visit(*host);
  }

 private:
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename T>
  using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

  LogHost& Fold(std::int64_t now_ms);
  LogHost& Insert(std::string name, std::int64_t now_ms);
  bool HasPlace() const;
  void Remember(std::string_view spelling, LogHost& host);

  HostMapper mapper_;
  Options options_;
  std::map<std::string, std::unique_ptr<LogHost>, std::less<>> hosts_;  // in the order of their rounds
  StringMap<LogHost*> by_spelling_;
  std::int64_t next_expiry_ms_ = 0;  // before that no host can have been silent for too long
  std::uint64_t folded_ = 0;
};

}  // namespace proxy_telemetry
