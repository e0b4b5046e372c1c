// HtmlResponse: a page for people, that loads nothing from anywhere and runs no script.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "api/http.h"

namespace proxy_telemetry {

// The page's own style block is all that is allowed.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

inline HttpResponse HtmlResponse(std::string page) {
  HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Content-Security-Policy", std::string(kPagePolicy)},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Frame-Options", "DENY"}};
  response.body = std::move(page);
  return response;
}

}  // namespace proxy_telemetry
