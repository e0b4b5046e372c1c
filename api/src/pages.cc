#include "api/pages.h"

#include <memory>

#include "html_response.h"
#include "pages_landing.h"

namespace proxy_telemetry {
namespace {

HttpResponse Ready(const PagesOptions& options) {
  const std::string reason = options.not_ready ? options.not_ready() : "";
  if (!reason.empty()) return HttpResponse::Text(503, "proxy-telemetry is not ready: " + reason);
  return HttpResponse::Text(200, "proxy-telemetry is ready.");
}

HttpResponse Reload(const PagesOptions& options) {
  const Status status = options.reload();
  if (!status.ok()) {
    return HttpResponse::Text(500, "configuration not reloaded, the old one stays in force: " + status.message());
  }
  return HttpResponse::Text(200, "configuration reloaded");
}

HttpResponse Quit(const PagesOptions& options) {
  options.quit();
  return HttpResponse::Text(200, "stopping");
}

HttpResponse Landing(const PagesOptions& options) {
  return HtmlResponse(
      LandingPage(options.version, options.telemetry_path, options.example_host ? options.example_host() : ""));
}

HttpHandler RedirectTo(std::string location) {
  return [location = std::move(location)](const HttpRequest&) {
    HttpResponse response = HttpResponse::Text(302, "see " + location);
    response.headers.emplace_back("Location", location);
    return response;
  };
}

void MountLifecycle(Router& router, const std::shared_ptr<const PagesOptions>& options) {
  if (!options->enable_lifecycle) {
    const HttpHandler refuse = [](const HttpRequest&) {
      return HttpResponse::Text(403, "lifecycle API is not enabled; start with --web.enable-lifecycle");
    };
    router.Handle(kAnyMethod, "/-/reload", refuse);
    router.Handle(kAnyMethod, "/-/quit", refuse);
    return;
  }
  router.Handle("POST", "/-/reload", [options](const HttpRequest&) { return Reload(*options); });
  router.Handle("POST", "/-/quit", [options](const HttpRequest&) { return Quit(*options); });
}

}  // namespace

void MountPages(Router& router, PagesOptions given) {
  const auto options = std::make_shared<const PagesOptions>(std::move(given));
  router.Handle("GET", "/", [options](const HttpRequest&) { return Landing(*options); });
  router.Handle("GET", "/-/healthy",
                [](const HttpRequest&) { return HttpResponse::Text(200, "proxy-telemetry is healthy."); });
  router.Handle("GET", "/-/ready", [options](const HttpRequest&) { return Ready(*options); });
  MountLifecycle(router, options);
  if (!router.prefix().empty()) {
    router.HandleOutside("GET", "/", RedirectTo(router.prefix() + "/"));
    router.HandleOutside("GET", router.prefix(), RedirectTo(router.prefix() + "/"));
  }
}

}  // namespace proxy_telemetry
