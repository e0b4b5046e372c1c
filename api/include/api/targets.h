// The targets: GET /api/v1/targets in Prometheus' shape, and GET /targets, a page for people.
//
// Prometheus' parameters: state=active|dropped|any, scrapePool=JOB. Ours besides its fields: "proxy" (what the target
// was recognised as) and "samples" of an active target; "scrapePool" and, where it was an error, "error" of a dropped
// one. /targets?state=down shows what does not work.
#pragma once

#include <functional>
#include <string>

#include "api/http.h"
#include "base/clock.h"
#include "exporter/target_status.h"

namespace proxy_telemetry {

struct TargetsRoutes {
  std::function<TargetStatuses()> statuses;  // runs on HTTP worker threads, several at once
  const Clock* clock = nullptr;              // outlives the router
  // What the globalUrl of a target on this machine names instead of localhost; "": localhost stays.
  std::string external_host;
};

void MountTargets(const TargetsRoutes& routes, Router& router);

}  // namespace proxy_telemetry
