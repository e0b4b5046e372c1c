// HttpServer on civetweb 1.15: the only file that knows its names.
//
// Everything is answered from three callbacks. begin_request sees each well-formed request before civetweb looks for
// handlers, files, authorization or CORS, and always answers it. http_error replaces civetweb's own error pages.
// connection_close catches targets that civetweb would drop without a word ("OPTIONS *", another host's absolute URI).
#include <civetweb.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <thread>

#include "api/http_server.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "civetweb_config.h"
#include "civetweb_stack.h"
#include "http_head.h"
#include "http_listen.h"

namespace proxy_telemetry {
namespace {

constexpr int kHeaderLinesMax = 63;              // civetweb keeps 64 and drops the rest silently
constexpr std::size_t kBodyPieceBytes = 64;      // civetweb's read of n bytes may take n times its timeout
constexpr std::size_t kJoinBytesMax = 65536;     // up to here head and body leave in one write
constexpr std::size_t kWriteBytesMax = 1 << 30;  // mg_write counts in int
constexpr std::int64_t kBrokenWriteMs = 1000;    // a write that fails sooner did not wait: the connection is gone
constexpr std::int64_t kDrainMs = 1000;          // of Stop()'s time, for requests in flight
static_assert(kDrainMs < kHttpStopMs);

// Shared by the server and civetweb's threads; outlives the server when a handler hangs.
struct State {
  State(const Router& r, HttpObserver o) : router(r), observer(std::move(o)) {}

  const Router& router;
  const HttpObserver observer;
  std::atomic<int> connections = 0;
  std::atomic<int> in_flight = 0;
  std::atomic<bool> stopping = false;
  Mutex mutex;
  bool started GUARDED_BY(mutex) = false;
  std::string start_errors GUARDED_BY(mutex);
};

State& StateOf(const mg_connection* connection) {
  return *static_cast<State*>(mg_get_user_data(mg_get_context(connection)));
}

// Counts a request as in flight, so that Stop() waits for it.
class InFlight {
 public:
  explicit InFlight(State& state) : state_(state) { ++state_.in_flight; }
  ~InFlight() { --state_.in_flight; }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  State& state_;
};

// False where civetweb's lenient parser may have left out or misread a header: a folded line or other junk ends its
// header list silently, "Length : 5" loses its space. It overwrites each CR LF with two NULs, which shows where lines
// ended; the blank line's CR must follow the last. (Its buffer has 8 bytes to spare behind a head that fills it.)
bool LinesWhole(const mg_request_info& info) {
  const char* line_end = info.http_version + std::strlen(info.http_version);
  for (int i = 0; i < info.num_headers; ++i) {
    const mg_header& header = info.http_headers[i];
    if (line_end[1] != '\0' || header.name != line_end + 2) return false;
    const char* colon = header.name + std::strlen(header.name);
    if (colon[1] == '\0' && header.value != colon + 1) return false;
    line_end = header.value + std::strlen(header.value);
  }
  return line_end[1] == '\0' && (line_end[2] == '\r' || line_end[2] == '\0');
}

std::optional<HttpResponse> ReadBody(mg_connection* connection, const RequestHead& head, std::string& body) {
  if (!head.chunked && head.body_bytes == 0) return std::nullopt;
  if (head.expects_continue) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    mg_write(connection, kContinue.data(), kContinue.size());
  }
  const std::int64_t deadline = Clock::System().SteadyMs() + kHttpBodyMs;
  char piece[kBodyPieceBytes];
  while (head.chunked || body.size() < head.body_bytes) {
    const std::size_t wanted = head.chunked ? sizeof(piece) : std::min(sizeof(piece), head.body_bytes - body.size());
    const int got = mg_read(connection, piece, wanted);
    if (got == 0 && head.chunked) break;
    if (got <= 0) return HttpResponse::Text(400, "malformed or incomplete body");
    body.append(piece, static_cast<std::size_t>(got));
    if (body.size() > kHttpBodyBytesMax) return HttpResponse::Text(413, "body too large; at most 1 MiB");
    if (Clock::System().SteadyMs() > deadline) return HttpResponse::Text(408, "body took too long");
  }
  return std::nullopt;
}

// A response when the request must be refused and the connection closed.
std::optional<HttpResponse> ReadRequest(mg_connection* connection, HttpRequest& request, RequestHead& head) {
  const mg_request_info& info = *mg_get_request_info(connection);
  request.method = info.request_method;
  if (info.num_headers > kHeaderLinesMax) return HttpResponse::Text(431, "too many header lines; at most 63");
  if (!LinesWhole(info)) {
    return HttpResponse::Text(400, "malformed header line: folded, without CR LF, or with a space before the colon");
  }
  for (int i = 0; i < info.num_headers; ++i) {
    request.headers.emplace_back(info.http_headers[i].name, info.http_headers[i].value);
  }
  if (auto refusal = ReadTarget(info.local_uri_raw, info.query_string ? info.query_string : "", request)) {
    return refusal;
  }
  if (auto refusal = ReadHead(request, info.http_version, head)) return refusal;
  return ReadBody(connection, head, request.body);
}

// False when the client went away or stopped reading.
bool WriteAll(mg_connection* connection, const State& state, std::string_view data) {
  std::int64_t progress_ms = Clock::System().SteadyMs();
  while (!data.empty()) {
    const std::int64_t start_ms = Clock::System().SteadyMs();
    const int written = mg_write(connection, data.data(), std::min(data.size(), kWriteBytesMax));
    const std::int64_t now_ms = Clock::System().SteadyMs();
    if (written > 0) {
      data.remove_prefix(static_cast<std::size_t>(written));
      progress_ms = now_ms;
    } else if (now_ms - start_ms < kBrokenWriteMs || now_ms - progress_ms > kHttpSendStallMs || state.stopping) {
      return false;
    }
  }
  return true;
}

// Sends the answer and tells the observer. Without `keep_alive` the connection closes afterwards.
void Answer(mg_connection* connection, const HttpRequest& request, const HttpResponse& response, bool keep_alive,
            std::chrono::steady_clock::time_point start) {
  State& state = StateOf(connection);
  keep_alive = keep_alive && !state.stopping && state.connections <= kHttpKeepAliveMax;
  if (!keep_alive) mg_disable_connection_keep_alive(connection);

  std::string head = ResponseHead(response, keep_alive, std::time(nullptr));
  const std::string_view body = request.method == "HEAD" ? std::string_view() : response.Body();
  bool sent = false;
  if (body.size() <= kJoinBytesMax) {
    head.append(body);
    sent = WriteAll(connection, state, head);
  } else {
    sent = WriteAll(connection, state, head) && WriteAll(connection, state, body);
  }
  if (!sent) mg_disable_connection_keep_alive(connection);

  if (state.observer) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    state.observer(state.router.RouteOf(request.path), response.status, seconds.count(), sent ? body.size() : 0);
  }
}

int OnRequest(mg_connection* connection) noexcept {
  const auto start = std::chrono::steady_clock::now();
  State& state = StateOf(connection);
  const InFlight in_flight(state);
  try {
    HttpRequest request;
    RequestHead head;
    const auto refusal = ReadRequest(connection, request, head);
    const HttpResponse response = refusal ? *refusal : state.router.Dispatch(request);
    Answer(connection, request, response, !refusal && head.keep_alive, start);
    return response.status;
  } catch (const std::exception& error) {
    LogError("HTTP request failed", {{"error", error.what()}});
  } catch (...) {
    LogError("HTTP request failed", {{"error", "not a std::exception"}});
  }
  mg_disable_connection_keep_alive(connection);
  return 500;
}

// True when civetweb's complaint is about the method, which the contract answers with 405: its list lacks TRACE and
// everything it has not heard of, and a CONNECT's target is no path.
bool IsAboutMethod(const mg_request_info& info) {
  static constexpr std::string_view kSpoken[] = {"GET",   "HEAD",     "POST",   "PUT",  "DELETE", "OPTIONS",  "PATCH",
                                                 "MKCOL", "PROPFIND", "REPORT", "LOCK", "UNLOCK", "PROPPATCH"};
  if (info.request_method == nullptr || info.http_version == nullptr) return false;
  const std::string_view version = info.http_version;
  return (version == "1.1" || version == "1.0") && std::ranges::count(kSpoken, info.request_method) == 0;
}

// For what never became a request. The connection closes.
void Refuse(mg_connection* connection, const HttpResponse& response, const HttpRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  mg_set_user_connection_data(connection, &StateOf(connection));  // "has its answer", for OnClose
  Answer(connection, request, response, false, start);
}

HttpResponse ErrorResponse(int status) {
  if (status == 505) return HttpResponse::Text(505, "HTTP version not supported; use HTTP/1.1");
  if (status >= 500) return HttpResponse::Text(500, "internal error");
  if (status == 413) return HttpResponse::Text(431, "request head too large; at most 16 KiB");
  return HttpResponse::Text(400, "malformed, incomplete or too large request head (at most 16 KiB)");
}

int OnError(mg_connection* connection, int status, const char* /*message*/) noexcept {
  try {
    const mg_request_info* info = mg_get_request_info(connection);
    HttpRequest request;
    if (info != nullptr && info->request_method != nullptr) request.method = info->request_method;
    if (status != 400 || info == nullptr || !IsAboutMethod(*info)) {
      Refuse(connection, ErrorResponse(status), request);
      return 0;
    }
    const std::string_view target = info->request_uri;
    const auto refusal = ReadTarget(target.substr(0, target.find('?')), {}, request);
    Refuse(connection, refusal ? *refusal : StateOf(connection).router.Dispatch(request), request);
  } catch (const std::exception& error) {
    LogError("HTTP error page failed", {{"error", error.what()}});
  }
  return 0;
}

int OnOpen(const mg_connection* connection, void** /*data*/) noexcept {
  ++StateOf(connection).connections;
  return 0;
}

void OnClose(const mg_connection* closing) noexcept {
  const mg_request_info* info = mg_get_request_info(closing);
  const bool dropped = info != nullptr && info->request_uri != nullptr && info->local_uri == nullptr;
  if (!dropped || mg_get_user_connection_data(closing) != nullptr) return;
  try {
    HttpRequest request;
    request.method = info->request_method;
    const bool asterisk = std::string_view(info->request_uri) == "*";
    Refuse(const_cast<mg_connection*>(closing),
           asterisk ? StateOf(closing).router.Dispatch(request)
                    : HttpResponse::Text(400, "the request target is not on this server"),
           request);
  } catch (const std::exception& error) {
    LogError("HTTP error page failed", {{"error", error.what()}});
  }
}

void OnClosed(const mg_connection* connection) noexcept { --StateOf(connection).connections; }

int OnLog(const mg_connection* connection, const char* message) noexcept {
  State& state = StateOf(connection);
  const MutexLock lock(state.mutex);
  if (state.started) {
    LogDebug("civetweb", {{"message", message}});
  } else {
    state.start_errors.append(state.start_errors.empty() ? "" : "; ").append(message);
  }
  return 1;
}

mg_context* StartCivetweb(State& state, const std::vector<ListenAddress>& addresses) {
  [[maybe_unused]] static const unsigned kLibrary = mg_init_library(MG_FEATURES_DEFAULT);
  mg_callbacks callbacks = {};
  callbacks.begin_request = OnRequest;
  callbacks.http_error = OnError;
  callbacks.init_connection = OnOpen;
  callbacks.connection_close = OnClose;
  callbacks.connection_closed = OnClosed;
  callbacks.log_message = OnLog;
  const auto options = CivetwebOptions(addresses);
  std::vector<const char*> flat;
  for (const auto& [name, value] : options) flat.insert(flat.end(), {name.c_str(), value.c_str()});
  flat.push_back(nullptr);
  return mg_start(&callbacks, &state, flat.data());
}

class CivetwebServer : public HttpServer {
 public:
  CivetwebServer(std::shared_ptr<State> state, mg_context* context, std::vector<ListenAddress> addresses)
      : state_(std::move(state)), context_(context), addresses_(std::move(addresses)) {}
  ~CivetwebServer() override { Shutdown(); }
  CivetwebServer(const CivetwebServer&) = delete;
  CivetwebServer& operator=(const CivetwebServer&) = delete;

  std::vector<std::string> addresses() const override {
    std::vector<std::string> texts;
    texts.reserve(addresses_.size());
    for (const auto& address : addresses_) texts.push_back(address.ToString());
    return texts;
  }
  void Stop() override { Shutdown(); }

 private:
  void Shutdown();

  std::shared_ptr<State> state_;
  mg_context* context_;  // null once stopped
  std::vector<ListenAddress> addresses_;
};

// mg_stop() cuts answers short and polls for up to 2 s per blocked thread. So requests in flight get their time first,
// then connections are shut down under it, which wakes those threads at once.
void CivetwebServer::Shutdown() {
  if (context_ == nullptr) return;
  const Clock& clock = Clock::System();
  const std::int64_t start_ms = clock.SteadyMs();
  state_->stopping = true;
  const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); };
  while (state_->in_flight > 0 && clock.SteadyMs() - start_ms < kDrainMs) pause();

  const auto done = std::make_shared<std::atomic<bool>>(false);
  std::thread stopper([context = context_, state = state_, done] {
    mg_stop(context);
    *done = true;
  });
  context_ = nullptr;
  std::vector<std::uint16_t> ports;
  ports.reserve(addresses_.size());
  for (const auto& address : addresses_) ports.push_back(address.port);
  while (!*done && clock.SteadyMs() - start_ms < kHttpStopMs) {
    for (const auto& address : addresses_) WakeListener(address);
    ShutDownConnections(ports);
    pause();
  }
  if (*done) {
    stopper.join();
  } else {
    LogError("HTTP handlers still running after stop", {{"requests", state_->in_flight.load()}});
    stopper.detach();
  }
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options, const Router& router,
                                                      HttpObserver observer) {
  if (options.listen_addresses.empty()) return Status::InvalidArgument("no listen address given");
  const bool ipv6 = mg_check_feature(MG_FEATURES_IPV6) != 0;
  std::vector<ListenAddress> addresses;
  for (const auto& text : options.listen_addresses) {
    PT_ASSIGN_OR_RETURN(ListenAddress address, ParseListenAddress(text, ipv6));
    PT_RETURN_IF_ERROR(ProbeListen(address));
    addresses.push_back(std::move(address));
  }
  auto state = std::make_shared<State>(router, std::move(observer));
  mg_context* context = StartCivetweb(*state, addresses);
  {
    const MutexLock lock(state->mutex);
    if (context == nullptr) return Status::IoError("cannot start the HTTP server: " + state->start_errors);
    if (!state->start_errors.empty()) LogWarn("HTTP server", {{"civetweb", state->start_errors}});
    state->started = true;
  }
  std::vector<mg_server_port> ports(addresses.size());
  const int count = mg_get_server_ports(context, static_cast<int>(ports.size()), ports.data());
  for (std::size_t i = 0; i < addresses.size() && static_cast<int>(i) < count; ++i) {
    addresses[i].port = static_cast<std::uint16_t>(ports[i].port);
  }
  LogDebug("HTTP server started", {{"threads", kHttpThreads}, {"stack_bytes", ThreadStackBytesMin()}});
  return std::unique_ptr<HttpServer>(std::make_unique<CivetwebServer>(std::move(state), context, std::move(addresses)));
}

}  // namespace proxy_telemetry
