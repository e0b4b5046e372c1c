// HttpServer: listens and hands requests to a Router. civetweb lives behind it in one file.
//
// Lifetime: serves from Start() until destroyed or Stop(); the Router outlives it. Stop() lets requests in flight
// finish, then closes every connection; it returns within kHttpStopMs. A handler that runs longer is left behind on
// its thread and logged: the process should end soon after, since that thread still uses the Router.
// Handlers run on the server's worker threads, several at once, on stacks of at least kHttpStackBytesMin.
//
// What handlers never see: requests whose head or body is malformed, ambiguous or too large. They are answered with
// 400, 405, 413, 417, 431 or 505 and the connection closes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "base/status.h"

namespace proxy_telemetry {

inline constexpr std::size_t kHttpHeaderBytesMax = std::size_t{16} << 10U;
inline constexpr std::size_t kHttpBodyBytesMax = std::size_t{1} << 20U;
inline constexpr std::size_t kHttpStackBytesMin = std::size_t{1} << 20U;
inline constexpr std::int64_t kHttpStopMs = 2000;

// civetweb gives every open connection a thread. So there are more threads than a careless or hostile client's
// half-open connections, and only the first kHttpKeepAliveMax connections may idle between requests.
inline constexpr int kHttpThreads = 384;
inline constexpr int kHttpKeepAliveMax = 128;
inline constexpr std::int64_t kHttpHeadMs = 2000;         // for the whole head of a connection's first request
inline constexpr std::int64_t kHttpKeepAliveMs = 20'000;  // for a further request on a connection
inline constexpr std::int64_t kHttpBodyMs = 5000;         // for a request's body
inline constexpr std::int64_t kHttpSendStallMs = 10'000;  // a client that takes nothing for so long is dropped
static_assert(kHttpKeepAliveMax + 250 < kHttpThreads, "idle clients and 250 half-open ones leave threads free");

struct HttpServerOptions {
  // "127.0.0.1:19090", "localhost:19090", ":19090" (all IPv4 addresses); port 0 picks a free one. At least one.
  // "[::1]:19090" only where civetweb was built with IPv6 (Debian's is not).
  std::vector<std::string> listen_addresses;
};

// Called after each answer, on a worker thread: for the self-metrics. `route` is Router::RouteOf() the path, or
// kOtherRoute for what never reached the router; `bytes` those of the body that were sent.
using HttpObserver = std::function<void(std::string_view route, int status, double seconds, std::size_t bytes)>;

class HttpServer {
 public:
  virtual ~HttpServer() = default;

  // Fails with the address and the reason (in use, not this machine's, not supported).
  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options, const Router& router,
                                                   HttpObserver observer);
  // The addresses in force, ports filled in, in the order of the options.
  virtual std::vector<std::string> addresses() const = 0;
  // Once or more often, from one thread.
  virtual void Stop() = 0;
};

}  // namespace proxy_telemetry
