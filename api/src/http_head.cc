#include "http_head.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>

#include "api/http_server.h"
#include "http_text.h"

namespace proxy_telemetry {
namespace {

// A Content-Length of more digits than this is too large whatever its value.
constexpr std::size_t kLengthDigitsMax = 18;

std::string_view StatusText(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

// Independent of the locale, unlike strftime.
std::string HttpDate(std::time_t now) {
  static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc = {};
  gmtime_r(&now, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays.at(static_cast<std::size_t>(utc.tm_wday)),
                     utc.tm_mday, kMonths.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

void AppendHeader(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ");
  for (const char c : value) out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
  out.append("\r\n");
}

std::optional<HttpResponse> ReadLength(std::string_view text, RequestHead& head) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return HttpResponse::Text(400, "bad Content-Length");
  }
  if (text.size() <= kLengthDigitsMax) std::from_chars(text.data(), text.data() + text.size(), head.body_bytes);
  if (text.size() > kLengthDigitsMax || head.body_bytes > kHttpBodyBytesMax) {
    return HttpResponse::Text(413, fmt::format("body too large; at most {} bytes", kHttpBodyBytesMax));
  }
  return std::nullopt;
}

// What `Connection` asks for, or the default of the version.
bool WantsKeepAlive(const HttpRequest& request, bool http_1_1) {
  bool present = false;
  bool keep_alive = false;
  for (const auto& [name, value] : request.headers) {
    if (!EqualsIgnoreCase(name, "Connection")) continue;
    if (present) return false;  // civetweb looks at the first one only: do not promise what it may not do
    present = true;
    for (const auto token : SplitList(value)) {
      if (EqualsIgnoreCase(token, "close") || EqualsIgnoreCase(token, "upgrade")) return false;
      if (EqualsIgnoreCase(token, "keep-alive")) keep_alive = true;
    }
  }
  return present ? keep_alive : http_1_1;
}

}  // namespace

std::optional<HttpResponse> ReadHead(const HttpRequest& request, std::string_view version, RequestHead& head) {
  head = RequestHead{};
  head.http_1_1 = version == "1.1";
  int hosts = 0;
  int lengths = 0;
  int encodings = 0;
  std::string_view length;
  for (const auto& [name, value] : request.headers) {
    if (EqualsIgnoreCase(name, "Host")) ++hosts;
    if (EqualsIgnoreCase(name, "Transfer-Encoding")) {
      ++encodings;
      if (!EqualsIgnoreCase(TrimBlanks(value), "chunked")) {
        return HttpResponse::Text(400, "unsupported Transfer-Encoding; use chunked");
      }
    }
    if (EqualsIgnoreCase(name, "Content-Length")) {
      ++lengths;
      length = TrimBlanks(value);
    }
    if (EqualsIgnoreCase(name, "Expect")) {
      if (!EqualsIgnoreCase(TrimBlanks(value), "100-continue")) {
        return HttpResponse::Text(417, "unsupported Expect; use 100-continue");
      }
      head.expects_continue = head.http_1_1;
    }
  }
  if (hosts > 1 || (hosts == 0 && head.http_1_1)) return HttpResponse::Text(400, "exactly one Host header required");
  if (lengths > 0 && encodings > 0) {
    return HttpResponse::Text(400, "both Content-Length and Transfer-Encoding; send one");
  }
  if (lengths > 1 || encodings > 1) return HttpResponse::Text(400, "repeated Content-Length or Transfer-Encoding");
  if (encodings > 0 && !head.http_1_1) return HttpResponse::Text(400, "Transfer-Encoding needs HTTP/1.1");
  head.chunked = encodings > 0;
  if (lengths > 0) {
    if (auto refusal = ReadLength(length, head)) return refusal;
  }
  // civetweb keeps a connection after a chunked body only when it had no trailers, and does not say so.
  head.keep_alive = WantsKeepAlive(request, head.http_1_1) && !head.chunked;
  return std::nullopt;
}

std::optional<HttpResponse> ReadTarget(std::string_view raw_path, std::string_view raw_query, HttpRequest& request) {
  Result<std::string> path = PercentDecode(raw_path, false);
  if (!path.ok()) return HttpResponse::Text(400, "path: " + path.status().message());
  request.path = std::move(path).value();
  Result<HttpFields> query = ParseUrlEncoded(raw_query);
  if (!query.ok()) return HttpResponse::Text(400, "query: " + query.status().message());
  request.query = std::move(query).value();
  return std::nullopt;
}

std::string ResponseHead(const HttpResponse& response, bool keep_alive, std::time_t now) {
  std::string head;
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\n", response.status, StatusText(response.status));
  AppendHeader("Date", HttpDate(now), head);
  AppendHeader("Content-Type", response.content_type, head);
  fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", response.Body().size());
  AppendHeader("X-Content-Type-Options", "nosniff", head);
  AppendHeader("Connection", keep_alive ? "keep-alive" : "close", head);
  for (const auto& [name, value] : response.headers) AppendHeader(name, value, head);
  head.append("\r\n");
  return head;
}

}  // namespace proxy_telemetry
