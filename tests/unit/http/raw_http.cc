#include "raw_http.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

namespace proxy_telemetry {
namespace {

constexpr int kReadSeconds = 10;

std::uint16_t PortOf(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

}  // namespace

std::string RawResponse::Header(std::string_view name) const {
  std::size_t line = head.find("\r\n");
  while (line != std::string::npos && line + 2 < head.size()) {
    const std::size_t start = line + 2;
    line = head.find("\r\n", start);
    const std::string text = head.substr(start, line - start);
    const std::size_t colon = text.find(": ");
    if (colon == name.size() && strncasecmp(text.c_str(), name.data(), colon) == 0) return text.substr(colon + 2);
  }
  return "";
}

bool RawResponse::Has(std::string_view name) const { return !Header(name).empty(); }

RawConnection::RawConnection(const std::string& address, int receive_buffer_bytes)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit = {kReadSeconds, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  if (receive_buffer_bytes > 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
  }
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(PortOf(address));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

RawConnection::~RawConnection() {
  if (fd_ >= 0) close(fd_);
}

bool RawConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawConnection::FinishSending() { shutdown(fd_, SHUT_WR); }

bool RawConnection::Fill() {
  char buffer[65536];
  const ssize_t got = recv(fd_, buffer, sizeof(buffer), 0);
  if (got <= 0) return false;
  rest_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

RawResponse RawConnection::Read(bool head_request) {
  RawResponse response;
  std::size_t end = 0;
  while ((end = rest_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return response;
  }
  response.head = rest_.substr(0, end + 2);
  rest_.erase(0, end + 4);
  int status = 0;
  std::from_chars(response.head.data() + 9, response.head.data() + 12, status);
  std::size_t length = 0;
  const std::string text = response.Header("Content-Length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  if (head_request || status == 100) length = 0;
  while (rest_.size() < length) {
    if (!Fill()) return response;
  }
  response.body = rest_.substr(0, length);
  rest_.erase(0, length);
  response.status = status;
  return response;
}

bool RawConnection::AtEnd() {
  char byte = 0;
  if (!rest_.empty()) return false;
  const ssize_t got = recv(fd_, &byte, 1, 0);
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

RawResponse Exchange(const std::string& address, std::string_view request) {
  RawConnection connection(address);
  connection.Send(request);
  return connection.Read(request.starts_with("HEAD "));
}

std::string Get(std::string_view target, std::string_view headers) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n";
}

TestServer::TestServer(Router router, HttpObserver observer) : router_(std::make_unique<Router>(std::move(router))) {
  HttpServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  auto started = HttpServer::Start(options, *router_, std::move(observer));
  if (!started.ok()) throw std::runtime_error(started.status().message());
  server_ = std::move(started).value();
  address_ = server_->addresses().at(0);
}

Router TestRoutes() {
  Router router;
  router.Handle("GET", "/metrics", [](const HttpRequest&) { return HttpResponse::Text(200, "metrics"); });
  router.Handle("POST", "/echo", [](const HttpRequest& request) {
    HttpResponse response;
    response.body = request.body;
    return response;
  });
  const auto big = std::make_shared<const std::string>(std::size_t{17} * 1024 * 1024, 'x');
  router.Handle("GET", "/big", [big](const HttpRequest&) {
    HttpResponse response;
    response.shared = big;
    return response;
  });
  router.Handle("GET", "/throw", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("told to"); });
  return router;
}

}  // namespace proxy_telemetry
