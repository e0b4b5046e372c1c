#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/history.h"
#include "base/log.h"
#include "base/mutex.h"
#include "history_json.h"
#include "history_params.h"

namespace proxy_telemetry {
namespace {

constexpr int kOk = 200;
constexpr int kBadRequest = 400;
constexpr int kTooMuch = 422;
constexpr int kInternalError = 500;
constexpr int kTookTooLong = 503;
// Where agbero mounts its telemetry, and what clients ask that strip or add a prefix.
constexpr std::string_view kMounts[] = {"/telemetry", "", "/api/v1/telemetry"};

HttpResponse FailureResponse(const Status& status) {
  if (status.code() == StatusCode::kResourceExhausted) return HttpResponse::Text(kTooMuch, status.message());
  if (status.code() == StatusCode::kTimeout) return HttpResponse::Text(kTookTooLong, status.message());
  LogError("history cannot be read", {{"reason", status.message()}});
  return HttpResponse::Text(kInternalError, "query failed: " + status.message());
}

HttpResponse ServeHistory(const HistoryRoutes& routes, const HttpRequest& request) {
  const Result<history::HistoryParams> params =
      history::ParseHistoryParams(request, routes.clock->WallMs(), routes.default_aggregate());
  if (!params.ok()) return HttpResponse::Text(kBadRequest, params.status().message());
  const std::shared_ptr<const tsdb::View> view = routes.view();
  if (!view) return FailureResponse(Status::Unavailable("the store is not open"));
  const Result<std::vector<HistorySample>> samples = QueryHistory(*view, params->query);
  if (!samples.ok()) return FailureResponse(samples.status());
  return HttpResponse::Json(kOk, history::HistoryJson(params->query.host, params->range_label, *samples));
}

// The answer to the last request for the hosts, which seldom change. Thread-safe.
class HostsAnswer {
 public:
  std::string BodyFor(const tsdb::View& view) EXCLUDES(mutex_) {
    const std::uint64_t generation = view.series_generation();
    {
      MutexLock lock(mutex_);
      if (generation != 0 && generation == generation_) return body_;
    }
    std::string body = history::HostsJson(QueryHosts(view));
    MutexLock lock(mutex_);
    generation_ = generation;
    body_ = body;
    return body;
  }

 private:
  Mutex mutex_;
  std::uint64_t generation_ GUARDED_BY(mutex_) = 0;
  std::string body_ GUARDED_BY(mutex_);
};

HttpResponse ServeHosts(const HistoryRoutes& routes, HostsAnswer& answer) {
  const std::shared_ptr<const tsdb::View> view = routes.view();
  if (!view) return FailureResponse(Status::Unavailable("the store is not open"));
  return HttpResponse::Json(kOk, answer.BodyFor(*view));
}

}  // namespace

void MountHistory(const HistoryRoutes& routes, Router& router) {
  const auto answer = std::make_shared<HostsAnswer>();
  for (const std::string_view mount : kMounts) {
    router.Handle("GET", std::string(mount) + "/history",
                  [routes](const HttpRequest& request) { return ServeHistory(routes, request); });
    router.Handle("GET", std::string(mount) + "/hosts",
                  [routes, answer](const HttpRequest& /*request*/) { return ServeHosts(routes, *answer); });
  }
}

}  // namespace proxy_telemetry
