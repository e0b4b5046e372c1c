// TestServer: answers HTTP requests on a free loopback port with scripted bytes.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace proxy_telemetry {

class TestServer {
 public:
  // From the path to the whole answer, head included; "" hangs until the server ends.
  using Script = std::function<std::string(const std::string& path)>;

  explicit TestServer(Script script);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int requests() const { return requests_; }

  static std::string Ok(const std::string& body);
  static std::string NotFound();

 private:
  void Serve();

  const Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

}  // namespace proxy_telemetry
