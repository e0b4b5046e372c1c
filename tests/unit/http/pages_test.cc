#include "api/pages.h"

#include <gtest/gtest.h>

#include <atomic>

namespace proxy_telemetry {
namespace {

HttpResponse Ask(const Router& router, const std::string& path, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.path = path;
  return router.Dispatch(request);
}

TEST(Pages, AreHealthyAtOnceAndReadyWhenTold) {
  std::string reason = "the first scrape round is not over";
  Router router;
  PagesOptions options;
  options.not_ready = [&reason] { return reason; };
  MountPages(router, options);
  EXPECT_EQ(Ask(router, "/-/healthy").body, "proxy-telemetry is healthy.\n");
  EXPECT_EQ(Ask(router, "/-/ready").status, 503);
  EXPECT_EQ(Ask(router, "/-/ready").body, "proxy-telemetry is not ready: the first scrape round is not over\n");
  reason.clear();
  EXPECT_EQ(Ask(router, "/-/ready").status, 200);
}

TEST(Pages, RefuseLifecycleWithoutTheFlagOnAnyMethod) {
  Router router;
  MountPages(router, {});
  for (const char* path : {"/-/reload", "/-/quit"}) {
    for (const char* method : {"POST", "GET", "HEAD", "PUT"}) {
      const HttpResponse response = Ask(router, path, method);
      EXPECT_EQ(response.status, 403) << method;
      EXPECT_EQ(response.body, "lifecycle API is not enabled; start with --web.enable-lifecycle\n");
    }
  }
}

TEST(Pages, ReloadAndQuitByPostOnly) {
  int reloads = 0;
  int quits = 0;
  Status outcome;
  Router router;
  PagesOptions options;
  options.enable_lifecycle = true;
  options.reload = [&] {
    ++reloads;
    return outcome;
  };
  options.quit = [&] { ++quits; };
  MountPages(router, options);
  for (const char* path : {"/-/reload", "/-/quit"}) {
    EXPECT_EQ(Ask(router, path).status, 405);
    EXPECT_EQ(Ask(router, path).Header("Allow"), "POST");
  }
  EXPECT_EQ(reloads + quits, 0);
  EXPECT_EQ(Ask(router, "/-/reload", "POST").status, 200);
  outcome = Status::InvalidArgument("x.yml:1:1: broken");
  const HttpResponse failed = Ask(router, "/-/reload", "POST");
  EXPECT_EQ(failed.status, 500);
  EXPECT_NE(failed.body.find("x.yml:1:1: broken"), std::string::npos);
  EXPECT_EQ(reloads, 2);
  EXPECT_EQ(Ask(router, "/-/quit", "POST").status, 200);
  EXPECT_EQ(quits, 1);
}

TEST(Pages, LandingPageLinksToEverythingRelatively) {
  Router router("/ui");
  PagesOptions options;
  options.version = "1.2.3";
  options.telemetry_path = "/my/metrics";
  options.example_host = [] { return std::string("a.example"); };
  MountPages(router, options);
  const HttpResponse page = Ask(router, "/ui/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  for (const char* part : {"href=\"my/metrics\"", "href=\"telemetry/hosts\"", "href=\"-/healthy\"", "href=\"-/ready\"",
                           "href=\"telemetry/history?host=a.example&amp;range=1h\"", ">1.2.3<"}) {
    EXPECT_NE(page.body.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(page.body.find("://"), std::string::npos) << "nothing from elsewhere";
}

TEST(Pages, LandingPageEscapesAndForbidsScripts) {
  Router router;
  PagesOptions options;
  options.version = "<script>alert(1)</script>";
  options.telemetry_path = "/\"><script>";
  options.example_host = [] { return std::string("<script>\"'&"); };
  MountPages(router, options);
  const HttpResponse page = Ask(router, "/");
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
  EXPECT_NE(page.body.find("host=%3Cscript%3E%22%27%26&amp;range"), std::string::npos);
  EXPECT_TRUE(page.Header("Content-Security-Policy").starts_with("default-src 'none'"));
}

TEST(Pages, RedirectIntoTheRoutePrefix) {
  Router router("/ui");
  MountPages(router, {});
  for (const char* path : {"/", "/ui"}) {
    EXPECT_EQ(Ask(router, path).status, 302) << path;
    EXPECT_EQ(Ask(router, path).Header("Location"), "/ui/") << path;
  }
  EXPECT_EQ(Ask(router, "/-/healthy").status, 404);
  EXPECT_EQ(Ask(router, "/ui/-/healthy").status, 200);
}

}  // namespace
}  // namespace proxy_telemetry
