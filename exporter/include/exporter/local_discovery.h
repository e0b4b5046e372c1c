// Looks for proxies on this machine, for those who start the program without a configuration.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"

namespace proxy_telemetry {

struct LocalProxy {
  ProxyKind kind = ProxyKind::kAuto;
  std::string address;  // as a target in the configuration
};

// All looking together ends after this.
inline constexpr std::int64_t kDiscoveryMs = 2000;

// Where which proxy usually shows its numbers, the better place first.
std::vector<LocalProxy> UsualPlaces();

// Asks all places at once and believes what they answer by its content only. Blocks up to kDiscoveryMs; of each kind
// at most one entry, the first place that has it. Follows no redirect: nothing leaves the machine.
std::vector<LocalProxy> FindLocalProxies(const std::vector<LocalProxy>& places = UsualPlaces());

// Where it looks, each address once, for messages.
std::vector<std::string> LocalProxyPlaces();

// Where the lines that HowToTellMore() gives send access logs: nginx and Angie to the socket; HAProxy, which usually
// has changed its root and cannot reach a path of the machine, to the port.
inline constexpr const char* kLocalLogSocket = "/run/proxy-telemetry/access.sock";
inline constexpr const char* kLocalLogAddress = "127.0.0.1:19090";

// Makes the socket's directory if it is not there; true when this program may make the socket in it.
bool CanMakeLocalLogSocket();

struct LocalLogs {
  bool socket = false;  // this program may listen on kLocalLogSocket
  // These send their log: the same requests must not be counted from their counters again.
  std::set<ProxyKind> used;
};

// The job that reads the access log of such a proxy.
std::string LocalLogJob(ProxyKind kind);

// A configuration that scrapes them, one job per kind, and listens for the access logs of those that tell little
// without.
Config ConfigForLocalProxies(const std::vector<LocalProxy>& proxies, const LocalLogs& logs);

// What this proxy does not tell as it is: a line that says so and where to add something, the lines to add as they are,
// and where needed a last one about this program. "" for a proxy that tells everything.
std::string HowToTellMore(const LocalProxy& proxy, const LocalLogs& logs);

}  // namespace proxy_telemetry
