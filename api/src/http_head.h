// What the head of a request means for its connection and its body, and the head of a response as bytes.
// No sockets: every rule is tested without one.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"

namespace proxy_telemetry {

struct RequestHead {
  bool http_1_1 = true;  // else 1.0
  bool keep_alive = false;
  bool chunked = false;
  bool expects_continue = false;
  std::uint64_t body_bytes = 0;  // by Content-Length; 0 when chunked
};

// Reads the headers of `request`. A response when the request must be refused and the connection closed: ambiguous
// length, no or several Host, a body above kHttpBodyBytesMax, an expectation that cannot be met.
std::optional<HttpResponse> ReadHead(const HttpRequest& request, std::string_view version, RequestHead& head);

// Fills path and query from the raw ones of the request line. A response when they cannot be decoded.
std::optional<HttpResponse> ReadTarget(std::string_view raw_path, std::string_view raw_query, HttpRequest& request);

// Status line and headers, empty line included; CR, LF and NUL in header values become spaces.
std::string ResponseHead(const HttpResponse& response, bool keep_alive, std::time_t now);

}  // namespace proxy_telemetry
