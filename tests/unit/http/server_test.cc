// The server over real sockets: what well-behaved clients see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <mutex>

#include "raw_http.h"

namespace proxy_telemetry {
namespace {

TEST(HttpServer, ServesExactPathsOnly) {
  TestServer server(TestRoutes());
  EXPECT_EQ(Exchange(server.address(), Get("/metrics")).body, "metrics\n");
  EXPECT_EQ(Exchange(server.address(), Get("/metrics?a=b")).status, 200);
  EXPECT_EQ(Exchange(server.address(), Get("/%6Detrics")).status, 200);
  for (const char* path : {"/METRICS", "//metrics", "/metricsx", "/metrics/", "/metrics/x", "/./metrics",
                           "/x/../metrics", "/..//metrics", "/%2Fmetrics", "/metrics%20", "/metrics#x", "/"}) {
    const RawResponse response = Exchange(server.address(), Get(path));
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.body, "not found\n") << path;
  }
}

TEST(HttpServer, WritesItsHeadersAndNoOthers) {
  TestServer server(TestRoutes());
  const RawResponse response = Exchange(server.address(), Get("/metrics", "Origin: http://evil.example\r\n"));
  EXPECT_EQ(response.head.substr(0, 17), "HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(response.Header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response.Header("Content-Length"), "8");
  EXPECT_EQ(response.Header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.Header("Connection"), "keep-alive");
  EXPECT_EQ(response.Header("Date").size(), 29U);
  EXPECT_FALSE(response.Has("Access-Control-Allow-Origin"));
  EXPECT_FALSE(response.Has("Server"));
}

TEST(HttpServer, AnswersHeadWithTheHeadersOfGet) {
  TestServer server(TestRoutes());
  for (const char* headers : {"", "Accept-Encoding: gzip\r\n"}) {
    for (const char* path : {"/metrics", "/big", "/nothing"}) {
      RawConnection connection(server.address());
      connection.Send(Get(path, headers));
      RawResponse get = connection.Read();
      connection.Send("HEAD" + Get(path, headers).substr(3));
      RawResponse head = connection.Read(true);
      for (RawResponse* response : {&get, &head}) {
        const auto date = response->head.find("Date: ");
        response->head.erase(date, response->head.find("\r\n", date) - date);
      }
      EXPECT_EQ(get.head, head.head);
      // The next answer follows at once: HEAD left no body behind.
      connection.Send(Get("/metrics"));
      EXPECT_EQ(connection.Read().body, "metrics\n");
    }
  }
}

TEST(HttpServer, AnswersWrongMethodsWith405) {
  TestServer server(TestRoutes());
  for (const char* method :
       {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "FOO", "get", "GETT"}) {
    const RawResponse response =
        Exchange(server.address(), method + std::string(" /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.Header("Allow"), "GET, HEAD") << method;
  }
  const RawResponse echo = Exchange(server.address(), Get("/echo"));
  EXPECT_EQ(echo.status, 405);
  EXPECT_EQ(echo.Header("Allow"), "POST");
}

TEST(HttpServer, AnswersNoPreflight) {
  TestServer server(TestRoutes());
  const RawResponse response = Exchange(server.address(),
                                        "OPTIONS /metrics HTTP/1.1\r\nHost: a\r\nOrigin: http://evil.example\r\n"
                                        "Access-Control-Request-Method: GET\r\n\r\n");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.head.find("Access-Control"), std::string::npos);
}

TEST(HttpServer, AnswersOptionsOfTheServerItself) {
  TestServer server(TestRoutes());
  for (const char* method : {"OPTIONS", "FOO"}) {
    RawConnection connection(server.address());
    connection.Send(method + std::string(" * HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(connection.Read().status, 405) << method;
    EXPECT_TRUE(connection.AtEnd()) << "answered once: " << method;
  }
}

TEST(HttpServer, TakesAbsoluteTargetsOfItsOwn) {
  TestServer server(TestRoutes());
  EXPECT_EQ(Exchange(server.address(), Get("http://" + server.address() + "/metrics")).status, 200);
  EXPECT_EQ(Exchange(server.address(), Get("http://other.example/metrics")).status, 400);
}

TEST(HttpServer, KeepsConnectionsOpen) {
  TestServer server(TestRoutes());
  RawConnection connection(server.address());
  for (int i = 0; i < 5; ++i) {
    connection.Send(Get("/metrics"));
    EXPECT_EQ(connection.Read().status, 200);
    connection.Send(Get("/nothing"));
    EXPECT_EQ(connection.Read().status, 404);
  }
  connection.Send(Get("/metrics") + Get("/nothing"));  // pipelined
  EXPECT_EQ(connection.Read().status, 200);
  EXPECT_EQ(connection.Read().status, 404);
  connection.Send(Get("/metrics", "Connection: close\r\n"));
  EXPECT_EQ(connection.Read().Header("Connection"), "close");
  EXPECT_TRUE(connection.AtEnd());
}

TEST(HttpServer, ClosesAfterHttp10UnlessAsked) {
  TestServer server(TestRoutes());
  RawConnection plain(server.address());
  plain.Send("GET /metrics HTTP/1.0\r\n\r\n");
  EXPECT_EQ(plain.Read().Header("Connection"), "close");
  EXPECT_TRUE(plain.AtEnd());

  RawConnection kept(server.address());
  for (int i = 0; i < 2; ++i) {
    kept.Send("GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.Read().Header("Connection"), "keep-alive");
  }
}

TEST(HttpServer, AnswersUpgradesInHttp11) {
  TestServer server(TestRoutes());
  for (const char* headers :
       {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n",
        "Connection: keep-alive, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Connection: Upgrade\r\n"}) {
    RawConnection connection(server.address());
    connection.Send(Get("/metrics", headers));
    const RawResponse response = connection.Read();
    EXPECT_EQ(response.status, 200) << headers;
    EXPECT_EQ(response.Header("Connection"), "close") << headers;
  }
}

TEST(HttpServer, ContainsExceptionsOfHandlers) {
  TestServer server(TestRoutes());
  RawConnection connection(server.address());
  connection.Send(Get("/throw"));
  const RawResponse response = connection.Read();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, "internal error\n");
  connection.Send(Get("/metrics"));
  EXPECT_EQ(connection.Read().status, 200);
}

TEST(HttpServer, ServesSharedBodiesWhole) {
  TestServer server(TestRoutes());
  const RawResponse response = Exchange(server.address(), Get("/big"));
  EXPECT_EQ(response.body, std::string(std::size_t{17} * 1024 * 1024, 'x'));
}

TEST(HttpServer, GivesHandlersDecodedParametersAndHeaders) {
  Router router;
  router.Handle("GET", "/show", [](const HttpRequest& request) {
    return HttpResponse::Text(
        200, std::string(request.Param("host").value_or("none")) + "|" + std::string(request.Header("x-thing")));
  });
  TestServer server(std::move(router));
  EXPECT_EQ(Exchange(server.address(), Get("/show?x=1&host=a%26b+c&host=d", "X-Thing:  two words \r\n")).body,
            "a&b c|two words \n");
}

TEST(HttpServer, RunsHandlersOnLargeStacks) {
  Router router;
  router.Handle("GET", "/stack", [](const HttpRequest&) {
    pthread_attr_t attributes;
    std::size_t bytes = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return HttpResponse::Text(500, "no attributes");
    pthread_attr_getstacksize(&attributes, &bytes);
    pthread_attr_destroy(&attributes);
    volatile char frame[400'000];  // four times what civetweb asks for
    frame[0] = 1;
    frame[sizeof(frame) - 1] = frame[0];
    return HttpResponse::Text(200, bytes >= kHttpStackBytesMin ? "large" : std::to_string(bytes));
  });
  TestServer server(std::move(router));
  EXPECT_EQ(Exchange(server.address(), Get("/stack")).body, "large\n");
}

TEST(HttpServer, TellsTheObserverAboutEveryAnswer) {
  std::mutex mutex;
  std::vector<std::string> seen;
  {
    TestServer server(TestRoutes(), [&](std::string_view route, int status, double seconds, std::size_t bytes) {
      const std::lock_guard lock(mutex);
      EXPECT_GE(seconds, 0);
      seen.push_back(std::string(route) + " " + std::to_string(status) + " " + std::to_string(bytes));
    });
    for (const char* request : {"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
                                "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "GET /metrics HTTP/1.1\r\n\r\n",
                                "FOO /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "broken\r\n\r\n"}) {
      EXPECT_NE(Exchange(server.address(), request).status, 0) << request;
    }
  }
  // In any order: the observer runs after the client has its answer.
  EXPECT_THAT(seen, testing::UnorderedElementsAre(
                        "/metrics 200 8", "/metrics 200 0", "other 404 10", testing::StartsWith("/metrics 400 "),
                        testing::StartsWith("/metrics 405 "), testing::StartsWith("other 400 ")));
}

TEST(HttpServer, ListensOnSeveralAddresses) {
  const Router router = TestRoutes();
  HttpServerOptions options;
  options.listen_addresses = {"127.0.0.1:0", "localhost:0", ":0"};
  auto server = HttpServer::Start(options, router, {});
  ASSERT_TRUE(server.ok()) << server.status().message();
  const auto addresses = (*server)->addresses();
  ASSERT_EQ(addresses.size(), 3U);
  EXPECT_TRUE(addresses[1].starts_with("127.0.0.1:"));
  EXPECT_TRUE(addresses[2].starts_with("0.0.0.0:"));
  for (const auto& address : addresses) {
    EXPECT_EQ(Exchange(address, Get("/metrics")).status, 200) << address;
  }
}

TEST(HttpServer, SaysWhyItCannotStart) {
  TestServer first(TestRoutes());
  const Router router = TestRoutes();
  const auto why = [&router](std::vector<std::string> addresses) {
    HttpServerOptions options;
    options.listen_addresses = std::move(addresses);
    const auto server = HttpServer::Start(options, router, {});
    return server.ok() ? "started" : server.status().message();
  };
  EXPECT_EQ(why({first.address()}), "cannot listen on " + first.address() + ": address already in use");
  EXPECT_EQ(why({"127.0.0.1:0", first.address()}), "cannot listen on " + first.address() + ": address already in use");
  EXPECT_EQ(why({"192.0.2.1:0"}), "cannot listen on 192.0.2.1:0: not an address of this machine");
  EXPECT_EQ(why({}), "no listen address given");
  EXPECT_NE(why({"[::1]:0"}).find("not supported by this build's HTTP library"), std::string::npos);
  EXPECT_NE(why({"unix:/tmp/x.sock"}).find("not supported by this build's HTTP library"), std::string::npos);
  // Only the library itself can find this one: each address is free by itself.
  const std::string port = first.address().substr(first.address().rfind(':'));
  first.server().Stop();
  EXPECT_NE(why({"127.0.0.1" + port, "localhost" + port}).find("Address already in use"), std::string::npos);
}

}  // namespace
}  // namespace proxy_telemetry
