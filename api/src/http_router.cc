#include <algorithm>
#include <array>
#include <exception>

#include "api/gzip.h"
#include "api/http.h"
#include "base/log.h"

namespace proxy_telemetry {
namespace {

// Methods for which an unknown path is "not found"; for others the method is the first thing that is wrong.
constexpr std::array<std::string_view, 5> kCommonMethods = {"GET", "HEAD", "POST", "PUT", "DELETE"};

HttpResponse MethodNotAllowed(std::string allow) {
  HttpResponse response = HttpResponse::Text(405, "method not allowed; use " + allow);
  response.headers.emplace_back("Allow", std::move(allow));
  return response;
}

HttpResponse HandlerFailed(const HttpRequest& request, std::string_view what) {
  LogError("HTTP handler failed", {{"method", request.method}, {"path", request.path}, {"error", what}});
  return HttpResponse::Text(500, "internal error");
}

}  // namespace

Router::Router(std::string prefix) : prefix_(std::move(prefix)) {
  while (prefix_.ends_with('/')) prefix_.pop_back();
}

void Router::Handle(std::string_view method, std::string_view path, HttpHandler handler) {
  HandleOutside(method, prefix_ + std::string(path), std::move(handler));
}

void Router::HandleOutside(std::string_view method, std::string_view path, HttpHandler handler) {
  routes_[std::string(path)][std::string(method)] = std::move(handler);
}

std::string_view Router::RouteOf(std::string_view path) const {
  const auto route = routes_.find(path);
  return route == routes_.end() ? kOtherRoute : std::string_view(route->first);
}

HttpResponse Router::Route(const HttpRequest& request) const {
  const auto route = routes_.find(request.path);
  if (route == routes_.end()) {
    const bool common = std::ranges::find(kCommonMethods, request.method) != kCommonMethods.end();
    return common ? HttpResponse::Text(404, "not found") : MethodNotAllowed("GET, HEAD");
  }
  const Methods& methods = route->second;
  auto handler = methods.find(request.method);
  if (handler == methods.end() && request.method == "HEAD") handler = methods.find("GET");
  if (handler == methods.end()) handler = methods.find(kAnyMethod);
  if (handler != methods.end()) return handler->second(request);

  std::string allow;
  for (const auto& [method, unused] : methods) {
    if (!allow.empty()) allow += ", ";
    allow += method == "GET" ? "GET, HEAD" : method;
  }
  return MethodNotAllowed(std::move(allow));
}

HttpResponse Router::Dispatch(const HttpRequest& request) const noexcept {
  try {
    HttpResponse response = Route(request);
    GzipResponse(request, response);
    return response;
  } catch (const std::exception& error) {
    return HandlerFailed(request, error.what());
  } catch (...) {
    return HandlerFailed(request, "not a std::exception");
  }
}

}  // namespace proxy_telemetry
