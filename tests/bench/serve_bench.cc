// serve_bench [MEGABYTES=17] [ADDRESS=127.0.0.1:0]: serves an exposition page of that size from memory, for a load
// generator. Prints the address it listens on, then serves until its input ends. `serve_bench --gzip [MEGABYTES]`
// prints what each gzip level costs on that page instead. serve_bench.sh compares it with nginx.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>

#include "api/gzip.h"
#include "api/http_server.h"

namespace {

using proxy_telemetry::HttpRequest;
using proxy_telemetry::HttpResponse;

// Histogram buckets of many hosts: the shape of a real page.
std::string Page(std::size_t bytes) {
  std::string page = "# TYPE proxy_http_request_duration_seconds histogram\n";
  for (unsigned host = 0; page.size() < bytes; ++host) {
    const std::string labels =
        "{job=\"edge\",instance=\"127.0.0.1:8404\",host=\"site-" + std::to_string(host) + ".example.localhost\",le=\"";
    unsigned count = 0;
    for (const char* le : {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"}) {
      count += (host * 2654435761U >> 8U) % 977;
      page += "proxy_http_request_duration_seconds_bucket" + labels + le + "\"} " + std::to_string(count) + "\n";
    }
  }
  page.resize(bytes);
  return page;
}

int PrintGzipLevels(const std::string& page) {
  for (int level = 1; level <= 9; ++level) {
    const std::clock_t start = std::clock();  // CPU time: the machine may be busy
    const auto packed = proxy_telemetry::GzipCompress(page, level);
    const double took_ms = 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (!packed.ok()) return 1;
    std::printf("level %d: %.0f ms of CPU, %zu bytes, %.2f %%\n", level, took_ms, packed->size(),
                100.0 * static_cast<double>(packed->size()) / static_cast<double>(page.size()));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool gzip = argc > 1 && std::string_view(argv[1]) == "--gzip";
  const int first = gzip ? 2 : 1;
  const std::size_t megabytes = argc > first ? std::strtoul(argv[first], nullptr, 10) : 17;
  const auto page = std::make_shared<const std::string>(Page(megabytes * 1024 * 1024));
  if (gzip) return PrintGzipLevels(*page);

  proxy_telemetry::Router router;
  router.Handle("GET", "/metrics", [page](const HttpRequest&) {
    HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.shared = page;
    return response;
  });
  router.Handle("GET", "/small", [](const HttpRequest&) { return HttpResponse::Text(200, "small"); });
  proxy_telemetry::HttpServerOptions options;
  options.listen_addresses = {argc > first + 1 ? argv[first + 1] : "127.0.0.1:0"};
  auto server = proxy_telemetry::HttpServer::Start(options, router, {});
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().message().c_str());
    return 1;
  }
  std::printf("%s\n", (*server)->addresses()[0].c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
