// A client that sends any bytes and reads answers as they come: for requests that no library would send.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http_server.h"

namespace proxy_telemetry {

struct RawResponse {
  int status = 0;  // 0: no (whole) answer
  std::string head;
  std::string body;

  // The header's value, name compared without case; "" when absent.
  std::string Header(std::string_view name) const;
  bool Has(std::string_view name) const;
};

// Blocking, with a limit of 10 s per read so that a test fails rather than hangs.
class RawConnection {
 public:
  // To 127.0.0.1 at the port of "127.0.0.1:19090". `receive_buffer_bytes`: 0 is the system's default.
  explicit RawConnection(const std::string& address, int receive_buffer_bytes = 0);
  ~RawConnection();
  RawConnection(RawConnection&& other) noexcept : fd_(std::exchange(other.fd_, -1)), rest_(std::move(other.rest_)) {}
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  bool connected() const { return fd_ >= 0; }
  // False when the other side has closed.
  bool Send(std::string_view bytes);
  // The server sees the end of what is sent; answers can still be read.
  void FinishSending();
  // One answer, its body by Content-Length; `head_request`: it has none.
  RawResponse Read(bool head_request = false);
  // True when nothing more comes: end of file or reset.
  bool AtEnd();

 private:
  bool Fill();

  int fd_ = -1;
  std::string rest_;  // received, not yet handed out
};

// Sends and reads one answer on a fresh connection.
RawResponse Exchange(const std::string& address, std::string_view request);
// "GET <target> HTTP/1.1" with Host and `headers` (each with CR LF).
std::string Get(std::string_view target, std::string_view headers = "");

// A server on a free loopback port with the given routes.
class TestServer {
 public:
  explicit TestServer(Router router, HttpObserver observer = {});

  const std::string& address() const { return address_; }
  HttpServer& server() { return *server_; }

 private:
  std::unique_ptr<Router> router_;
  std::unique_ptr<HttpServer> server_;
  std::string address_;
};

// Routes that most tests need: GET /metrics "metrics", POST /echo (the body), GET /big, GET /throw.
Router TestRoutes();

}  // namespace proxy_telemetry
