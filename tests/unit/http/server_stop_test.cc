// The server over real sockets: many idle or hostile connections, and stopping under them.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "raw_http.h"

namespace proxy_telemetry {
namespace {

constexpr std::size_t kHalfOpen = 250;

std::int64_t MsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
}

// Nothing, half a request line, half a head, half a body: in turn.
std::vector<RawConnection> OpenHalf(const std::string& address, std::size_t count) {
  static constexpr std::string_view kHalves[] = {"", "GET /met", "GET /metrics HTTP/1.1\r\nHost: a\r\n",
                                                 "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"};
  std::vector<RawConnection> connections;
  for (std::size_t i = 0; i < count; ++i) {
    connections.emplace_back(address);
    connections.back().Send(kHalves[i % std::size(kHalves)]);
  }
  return connections;
}

TEST(HttpLoad, AnswersUnderHalfOpenConnections) {
  TestServer server(TestRoutes());
  const auto half_open = OpenHalf(server.address(), kHalfOpen);
  std::int64_t worst_ms = 0;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(Exchange(server.address(), Get("/metrics", "Connection: close\r\n")).status, 200);
    worst_ms = std::max(worst_ms, MsSince(start));
  }
  RecordProperty("worst_ms", std::to_string(worst_ms));
  EXPECT_LT(worst_ms, 2000) << "the contract's limit";
}

TEST(HttpLoad, AnswersUnderIdleKeptConnectionsAndHalfOpenOnes) {
  TestServer server(TestRoutes());
  std::vector<RawConnection> kept;
  int promised = 0;
  for (std::size_t i = 0; i < kHttpThreads; ++i) {
    kept.emplace_back(server.address());
    kept.back().Send(Get("/metrics"));
    const RawResponse response = kept.back().Read();
    EXPECT_EQ(response.status, 200);
    if (response.Header("Connection") == "keep-alive") ++promised;
  }
  EXPECT_GE(promised, kHttpKeepAliveMax) << "while there are threads to spare";
  EXPECT_LE(promised, kHttpKeepAliveMax + 1) << "not for all";
  const auto half_open = OpenHalf(server.address(), kHalfOpen);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Exchange(server.address(), Get("/metrics")).status, 200);
  EXPECT_LT(MsSince(start), 2000) << "the contract's limit";
}

TEST(HttpLoad, AnswersHalfOpenConnectionsInTheEnd) {
  TestServer server(TestRoutes());
  auto half_open = OpenHalf(server.address(), 4);
  EXPECT_TRUE(half_open[0].AtEnd()) << "sent nothing: closed without a word";
  for (std::size_t i = 1; i < half_open.size(); ++i) {
    EXPECT_EQ(half_open[i].Read().status, 400) << i;
    EXPECT_TRUE(half_open[i].AtEnd()) << i;
  }
}

TEST(HttpStop, ClosesHalfOpenKeptAndStalledConnections) {
  TestServer server(TestRoutes());
  auto half_open = OpenHalf(server.address(), 100);
  RawConnection kept(server.address());
  kept.Send(Get("/metrics"));
  EXPECT_EQ(kept.Read().status, 200);
  RawConnection stalled(server.address(), 4096);  // asks for 17 MB and reads none of it
  stalled.Send(Get("/big"));

  const auto start = std::chrono::steady_clock::now();
  server.server().Stop();
  const auto stop_ms = MsSince(start);
  RecordProperty("stop_ms", std::to_string(stop_ms));
  EXPECT_LT(stop_ms, 5000) << "the contract's limit for the whole process";
  EXPECT_TRUE(kept.AtEnd());
  EXPECT_TRUE(half_open[0].AtEnd());
  EXPECT_FALSE(RawConnection(server.address()).connected());
  server.server().Stop();  // again does nothing
}

TEST(HttpStop, LetsRequestsInFlightFinish) {
  std::promise<void> entered;
  std::promise<void> release;
  Router router;
  router.Handle("POST", "/-/quit", [&](const HttpRequest&) {
    entered.set_value();
    release.get_future().wait();
    return HttpResponse::Text(200, "stopping");
  });
  TestServer server(std::move(router));
  RawConnection connection(server.address());
  connection.Send("POST /-/quit HTTP/1.1\r\nHost: a\r\n\r\n");
  entered.get_future().wait();
  std::thread stopper([&] { server.server().Stop(); });
  release.set_value();
  const RawResponse response = connection.Read();
  EXPECT_EQ(response.body, "stopping\n");
  stopper.join();
}

TEST(HttpStop, ReturnsWhileAHandlerHangs) {
  std::promise<void> entered;
  std::promise<void> release;
  std::atomic<bool> left = false;
  Router router;
  router.Handle("GET", "/hang", [&](const HttpRequest&) {
    entered.set_value();
    release.get_future().wait();
    left = true;
    return HttpResponse::Text(200, "at last");
  });
  TestServer server(std::move(router));
  RawConnection connection(server.address());
  connection.Send(Get("/hang"));
  entered.get_future().wait();
  server.server().Stop();
  EXPECT_FALSE(left) << "Stop() did not wait for it";
  release.set_value();
  for (int i = 0; i < 1000 && !left; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(left);
  // Its threads still use the router for a moment: let them go before it is destroyed.
  for (int i = 0; i < 1000 && !connection.AtEnd(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
}

TEST(HttpStop, WorksWithNothingGoingOnManyTimes) {
  for (int i = 0; i < 5; ++i) {
    TestServer server(TestRoutes());
    EXPECT_EQ(Exchange(server.address(), Get("/metrics")).status, 200);
  }
}

TEST(HttpLoad, ServesManyThreadsAtOnce) {
  std::atomic<int> observed = 0;
  TestServer server(TestRoutes(), [&](std::string_view, int, double, std::size_t) { ++observed; });
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&] {
      RawConnection connection(server.address());
      for (int i = 0; i < 200; ++i) {
        connection.Send(Get(i % 2 == 0 ? "/metrics" : "/nothing", "Accept-Encoding: gzip\r\n"));
        if (connection.Read().status == (i % 2 == 0 ? 200 : 404)) ++good;
      }
    });
  }
  for (auto& client : clients) client.join();
  server.server().Stop();
  EXPECT_EQ(good, 1600);
  EXPECT_EQ(observed, 1600);
}

}  // namespace
}  // namespace proxy_telemetry
