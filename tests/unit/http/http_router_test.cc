#include <gtest/gtest.h>

#include <stdexcept>

#include "api/gzip.h"
#include "api/http.h"

namespace proxy_telemetry {
namespace {

HttpRequest Request(std::string method, std::string path) {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  return request;
}

HttpHandler Says(std::string line) {
  return [line = std::move(line)](const HttpRequest&) { return HttpResponse::Text(200, line); };
}

Router MetricsAndReload(std::string prefix = "") {
  Router router(std::move(prefix));
  router.Handle("GET", "/metrics", Says("metrics"));
  router.Handle("POST", "/-/reload", Says("reloaded"));
  return router;
}

TEST(Router, MatchesPathsExactly) {
  const Router router = MetricsAndReload();
  EXPECT_EQ(router.Dispatch(Request("GET", "/metrics")).body, "metrics\n");
  for (const char* path : {"/METRICS", "//metrics", "/metricsx", "/metrics/", "/metrics/x", "/metric", "/", "",
                           "/./metrics", "/x/../metrics", "/metrics\n", "/metrics?"}) {
    EXPECT_EQ(router.Dispatch(Request("GET", path)).status, 404) << path;
  }
}

TEST(Router, AnswersHeadWhereGetWorks) {
  const Router router = MetricsAndReload();
  EXPECT_EQ(router.Dispatch(Request("HEAD", "/metrics")).status, 200);
  EXPECT_EQ(router.Dispatch(Request("HEAD", "/-/reload")).status, 405);
}

TEST(Router, AnswersWrongMethodsWith405AndAllow) {
  const Router router = MetricsAndReload();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "FOO", "get", ""}) {
    const HttpResponse response = router.Dispatch(Request(method, "/metrics"));
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.Header("Allow"), "GET, HEAD") << method;
  }
  EXPECT_EQ(router.Dispatch(Request("GET", "/-/reload")).Header("Allow"), "POST");
}

TEST(Router, ListsEveryMethodOfAPathInAllow) {
  Router router;
  router.Handle("POST", "/query", Says("posted"));
  router.Handle("GET", "/query", Says("got"));
  EXPECT_EQ(router.Dispatch(Request("POST", "/query")).body, "posted\n");
  EXPECT_EQ(router.Dispatch(Request("PUT", "/query")).Header("Allow"), "GET, HEAD, POST");
}

TEST(Router, AnswersUnknownPathsByMethod) {
  const Router router = MetricsAndReload();
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE"}) {
    EXPECT_EQ(router.Dispatch(Request(method, "/nothing")).status, 404) << method;
  }
  for (const char* method : {"OPTIONS", "PATCH", "FOO", "get"}) {
    EXPECT_EQ(router.Dispatch(Request(method, "/nothing")).status, 405) << method;
  }
}

TEST(Router, AnyMethodTakesWhatNoOtherHandlerTakes) {
  Router router;
  router.Handle(kAnyMethod, "/-/quit", Says("any"));
  router.Handle("GET", "/-/quit", Says("get"));
  EXPECT_EQ(router.Dispatch(Request("POST", "/-/quit")).body, "any\n");
  EXPECT_EQ(router.Dispatch(Request("OPTIONS", "/-/quit")).body, "any\n");
  EXPECT_EQ(router.Dispatch(Request("HEAD", "/-/quit")).body, "get\n");
}

TEST(Router, PutsEveryRouteBelowThePrefix) {
  Router router = MetricsAndReload("/ui/");
  router.HandleOutside("GET", "/", Says("outside"));
  EXPECT_EQ(router.prefix(), "/ui");
  EXPECT_EQ(router.Dispatch(Request("GET", "/ui/metrics")).status, 200);
  EXPECT_EQ(router.Dispatch(Request("GET", "/metrics")).status, 404);
  EXPECT_EQ(router.Dispatch(Request("GET", "/")).body, "outside\n");
}

TEST(Router, ContainsExceptions) {
  Router router;
  router.Handle("GET", "/throw", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); });
  router.Handle("GET", "/int", [](const HttpRequest&) -> HttpResponse { throw 7; });
  for (const char* path : {"/throw", "/int"}) {
    const HttpResponse response = router.Dispatch(Request("GET", path));
    EXPECT_EQ(response.status, 500) << path;
    EXPECT_EQ(response.body, "internal error\n") << path;
  }
}

TEST(Router, NamesTheRouteOrOther) {
  const Router router = MetricsAndReload("/ui");
  EXPECT_EQ(router.RouteOf("/ui/metrics"), "/ui/metrics");
  EXPECT_EQ(router.RouteOf("/ui/metrics/"), "other");
}

TEST(Router, CompressesWhatTheClientAccepts) {
  Router router;
  router.Handle("GET", "/long", Says(std::string(5000, 'x')));
  HttpRequest request = Request("GET", "/long");
  EXPECT_EQ(router.Dispatch(request).Header("Content-Encoding"), "");
  request.headers = {{"Accept-Encoding", "gzip"}};
  const HttpResponse packed = router.Dispatch(request);
  EXPECT_EQ(packed.Header("Content-Encoding"), "gzip");
  EXPECT_LT(packed.Body().size(), 200U);
  request.method = "HEAD";
  EXPECT_EQ(router.Dispatch(request).Body().size(), packed.Body().size());
}

}  // namespace
}  // namespace proxy_telemetry
