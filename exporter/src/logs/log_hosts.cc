#include "logs/log_hosts.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

// Whether `name` can be a host's: what has control characters or is no UTF-8 is noise from the net.
bool IsUsable(std::string_view name) {
  return !name.empty() && name.size() <= kHostNameBytesMax && FindInvalidUtf8(name) == std::string_view::npos &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

}  // namespace

LogHosts::LogHosts(HostMapper mapper, Options options) : mapper_(std::move(mapper)), options_(std::move(options)) {}

void LogHosts::Configure(HostMapper mapper, Options options) {
  mapper_ = std::move(mapper);
  options_ = std::move(options);
  by_spelling_.clear();
  next_expiry_ms_ = 0;
}

LogHost& LogHosts::Of(std::string_view spelling, std::int64_t now_ms) {
  const auto known = by_spelling_.find(spelling);
  if (known != by_spelling_.end()) return *known->second;
  const std::string_view native = spelling.empty() ? std::string_view(options_.unnamed) : spelling;
  std::string name = native.size() <= kHostNameBytesMax ? mapper_.HostOf(native) : std::string();
  if (!IsUsable(name) || name.size() > options_.name_bytes_max) return Fold(now_ms);
  const auto found = hosts_.find(name);
  if (found == hosts_.end() && !HasPlace()) {
    Expire(now_ms);
    if (!HasPlace()) return Fold(now_ms);
  }
  LogHost& host = found != hosts_.end() ? *found->second : Insert(std::move(name), now_ms);
  Remember(spelling, host);
  return host;
}

LogHost& LogHosts::Restore(const std::string& name, std::int64_t now_ms) {
  const auto found = hosts_.find(name);
  return found != hosts_.end() ? *found->second : Insert(name, now_ms);
}

LogHost& LogHosts::Fold(std::int64_t now_ms) {
  ++folded_;
  return Restore(std::string(kOtherHost), now_ms);
}

LogHost& LogHosts::Insert(std::string name, std::int64_t now_ms) {
  auto host = std::make_unique<LogHost>();
  host->name = name;
  host->last_request_ms = now_ms;
  return *hosts_.emplace(std::move(name), std::move(host)).first->second;
}

bool LogHosts::HasPlace() const {
  return options_.limit == 0 || hosts_.size() - (hosts_.contains(kOtherHost) ? 1 : 0) < options_.limit;
}

void LogHosts::Remember(std::string_view spelling, LogHost& host) {
  if (by_spelling_.size() >= hosts_.size() + kSpellingsMax) by_spelling_.clear();
  by_spelling_.emplace(spelling, &host);
}

void LogHosts::Expire(std::int64_t now_ms) {
  if (options_.silence_ms == 0 || now_ms < next_expiry_ms_) return;
  std::int64_t oldest_ms = std::numeric_limits<std::int64_t>::max();
  const std::size_t before = hosts_.size();
  std::erase_if(hosts_, [&](const auto& entry) {
    const std::int64_t last_ms = std::min(entry.second->last_request_ms, now_ms);
    if (now_ms - last_ms >= options_.silence_ms) return true;
    oldest_ms = std::min(oldest_ms, last_ms);
    return false;
  });
  if (hosts_.size() != before) by_spelling_.clear();
  next_expiry_ms_ = hosts_.empty() ? now_ms : oldest_ms + options_.silence_ms;
}

}  // namespace proxy_telemetry
