#include "api/targets.h"

#include <string_view>

#include "html_response.h"
#include "targets_html.h"
#include "targets_json.h"

namespace proxy_telemetry {
namespace {

constexpr int kOk = 200;

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

HttpResponse ServeJson(const TargetsRoutes& routes, const HttpRequest& request) {
  // An unknown state shows neither, as in Prometheus.
  const std::string state = LowerCase(request.Param("state").value_or(""));
  const bool any = state.empty() || state == "any";
  const TargetsFilter filter{any || state == "active", any || state == "dropped",
                             request.Param("scrapePool").value_or("")};
  return HttpResponse::Json(kOk, TargetsJson(routes.statuses(), filter, routes.external_host));
}

HttpResponse ServePage(const TargetsRoutes& routes, const HttpRequest& request) {
  const bool only_down = LowerCase(request.Param("state").value_or("")) == "down";
  return HtmlResponse(TargetsPage(routes.statuses(), only_down, routes.clock->WallMs()));
}

}  // namespace

void MountTargets(const TargetsRoutes& routes, Router& router) {
  router.Handle("GET", "/api/v1/targets", [routes](const HttpRequest& request) { return ServeJson(routes, request); });
  router.Handle("GET", "/targets", [routes](const HttpRequest& request) { return ServePage(routes, request); });
}

}  // namespace proxy_telemetry
