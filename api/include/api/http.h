// HttpRequest, HttpResponse and Router: what handlers see. No sockets, no civetweb: handlers are tested with these.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // as sent: "GET"
  std::string path;    // percent-decoded, not otherwise cleaned: "//metrics" stays so
  HttpFields query;    // decoded, in order, repetitions kept
  HttpFields headers;  // in order, as sent
  std::string body;

  // The first parameter of that name (of repeated ones the first counts); nullopt when absent.
  std::optional<std::string_view> Param(std::string_view name) const;
  // The first header of that name, case-insensitive; "" when absent.
  std::string_view Header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  HttpFields headers;  // besides Content-Type, Content-Length, Connection, Date, X-Content-Type-Options
  // The body is `shared` when set (large pages served from memory without a copy), else `body`.
  std::string body;
  std::shared_ptr<const std::string> shared;

  std::string_view Body() const { return shared ? std::string_view(*shared) : std::string_view(body); }
  // The first header of that name, case-insensitive; "" when absent.
  std::string_view Header(std::string_view name) const;

  // One line, newline added, text/plain; charset=utf-8.
  static HttpResponse Text(int status, std::string_view line);
  static HttpResponse Json(int status, std::string body);
};

// "a=1&b=x+y" as in a query or a form body: decoded, in order. Fails on bad percent-encoding and on a NUL.
Result<HttpFields> ParseUrlEncoded(std::string_view text);

// True when the Accept-Encoding header allows gzip (q=0 and "identity" understood).
bool AcceptsGzip(const HttpRequest& request);

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// The route of a request that matched none, for metrics: keeps their cardinality small.
inline constexpr std::string_view kOtherRoute = "other";
// In place of a method: every method that has no handler of its own.
inline constexpr std::string_view kAnyMethod = "*";

// Exact, case-sensitive paths to handlers by method. Filled before serving starts, then immutable: any thread.
class Router {
 public:
  // `prefix`: "" or "/telemetry-ui" (--web.route-prefix); every route lives below it. A "/" at its end is dropped.
  explicit Router(std::string prefix = "");

  void Handle(std::string_view method, std::string_view path, HttpHandler handler);
  // As Handle(), for a path that is not below the prefix.
  void HandleOutside(std::string_view method, std::string_view path, HttpHandler handler);

  // Never throws: an exception in a handler is a 500 and a log line. HEAD is answered as GET (the server drops the
  // body). Unknown path 404; known path, other method 405 with Allow; OPTIONS and methods unknown to HTTP are 405 on
  // any path. Bodies that compress are gzipped when the client accepts it (gzip.h).
  HttpResponse Dispatch(const HttpRequest& request) const noexcept;

  // The path as it was given to Handle(), prefix in front, or kOtherRoute. Lives as long as the router.
  std::string_view RouteOf(std::string_view path) const;

  const std::string& prefix() const { return prefix_; }

 private:
  using Methods = std::map<std::string, HttpHandler, std::less<>>;

  HttpResponse Route(const HttpRequest& request) const;

  std::string prefix_;
  std::map<std::string, Methods, std::less<>> routes_;
};

}  // namespace proxy_telemetry
