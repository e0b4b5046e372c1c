// MappedHosts: the hosts of a page's native names, and the labels that keep the names of one host apart.
//
// Where a host is not spelled like the name, its counters and backend series carry the label `proxy`, that name,
// whether or not another name feeds the host: one may come with its first request, or with a change of the proxy's
// configuration that keeps its counters, and must rename no series. One page, single thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/labels.h"
#include "proxies/mapped_traffic.h"
#include "proxies/snapshot_builder.h"

namespace proxy_telemetry {

class MappedHosts {
 public:
  // The first host that a name is given counts.
  void Add(const std::string& native, const std::string& host);

  // "" for a name that was never added.
  const std::string& HostOf(const std::string& native) const;
  // host, and proxy where the name is another.
  std::vector<Label> LabelsOf(const std::string& native) const;

 private:
  std::map<std::string, std::string> host_by_native_;
};

// The traffic as metrics of the contract. Every native name of it is in `hosts`.
void AddMappedTraffic(const MappedTraffic& traffic, const MappedHosts& hosts, SnapshotBuilder& builder);

// All names that the traffic has a host's number for.
std::vector<std::string> NativeNamesOf(const MappedTraffic& traffic);

}  // namespace proxy_telemetry
