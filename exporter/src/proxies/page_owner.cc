#include "proxies/page_owner.h"

#include <string>

#include "base/text.h"
#include "exporter/proxies.h"
#include "proxies/mapped_series.h"

namespace proxy_telemetry {

Status CheckPageOf(ProxyKind kind, std::string_view exposition) {
  const std::string name = ProxyKindName(kind);
  if (HasSeries(exposition, name + "_*")) return Status::Ok();
  switch (SniffPage(exposition)) {
    case PageKind::kExposition:
      break;
    case PageKind::kHtml:
      return Status::Corruption("this is an HTML page, not the metrics of " + name + "; check metrics_path");
    default:
      if (exposition.empty()) return Status::Corruption("the page is empty, not the metrics of " + name);
      return Status::Corruption("this is not the metrics of " + name + ", " +
                                Got(exposition.substr(0, exposition.find('\n')), 0) +
                                "; check the address and metrics_path");
  }
  return Status::Corruption("no " + name + "_ series: not a page of " + name +
                            "; take proxy: " + ProxyKindName(ProxyOfExposition(exposition)) + " for it");
}

}  // namespace proxy_telemetry
