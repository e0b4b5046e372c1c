#include "fetch.h"

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "base/version.h"
#include "config/loader.h"

namespace proxy_telemetry {
namespace {

// Text first: it is what every proxy speaks; a server that has only OpenMetrics still answers.
constexpr const char* kAccept =
    "Accept: "
    "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.7,application/json;q=0.5,*/*;q=0.1";

// The gopher scheme is "send one line, read until it closes": HAProxy's CLI, spoken by curl's own loop.
std::string StatsSocketUrl(const std::string& command) {
  std::string url = "gopher://localhost/1";
  for (const char c : command) {
    if (c == ' ') {
      url += "%20";
    } else {
      url += c;
    }
  }
  return url;
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string_view Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [lower](char x, char y) { return lower(x) == lower(y); });
}

long TlsVersion(std::string_view name) {
  if (name == "TLS10") return CURL_SSLVERSION_TLSv1_0;
  if (name == "TLS11") return CURL_SSLVERSION_TLSv1_1;
  if (name == "TLS13") return CURL_SSLVERSION_TLSv1_3;
  return CURL_SSLVERSION_TLSv1_2;
}

// "host:port" of a URL, or "host".
std::string Authority(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find_first_of("/?", begin) - begin);
}

const char* WhatToDo(long http_status) {
  switch (http_status) {
    case 301:
    case 302:
    case 307:
    case 308:
      return ": a redirect; set scheme and metrics_path to where it leads";
    case 401:
      return ": set basic_auth or authorization";
    case 403:
      return ": allow this program's address there; if it is the Host header that is refused, set headers: {Host: ...}";
    case 404:
      return ": check metrics_path";
    default:
      return "";
  }
}

}  // namespace

Result<std::unique_ptr<Fetch>> Fetch::Make(const FetchPlan& plan, const ScrapeConfig& config, std::int64_t timeout_ms,
                                           BodyConsumer consumer) {
  std::unique_ptr<Fetch> fetch(new Fetch(plan, config, timeout_ms, std::move(consumer)));
  PT_RETURN_IF_ERROR(fetch->SetOptions(plan));
  return fetch;
}

Fetch::Fetch(const FetchPlan& plan, const ScrapeConfig& config, std::int64_t timeout_ms, BodyConsumer consumer)
    : url_(plan.transport == Transport::kStatsSocket ? StatsSocketUrl(plan.url) : plan.url),
      config_(config),
      timeout_ms_(timeout_ms),
      consumer_(std::move(consumer)),
      is_http_(plan.transport == Transport::kHttp),
      easy_(curl_easy_init()) {}

Status Fetch::SetOptions(const FetchPlan& plan) {
  if (!easy_) return Status::Internal("libcurl gave no handle: out of memory");
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // what the environment says is not about our targets
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms_));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_ms_));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Fetch::BodyCallback);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  if (!plan.unix_socket.empty()) curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, plan.unix_socket.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, is_http_ ? "http,https" : "gopher");
  if (!is_http_) return Status::Ok();

  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Fetch::HeaderCallback);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, config_.follow_redirects ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kRedirectsMax);
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  SetTls(plan);
  return SetHeaders();
}

void Fetch::SetTls(const FetchPlan& plan) {
  CURL* easy = easy_.get();
  const TlsConfig& tls = config_.tls;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls.insecure_skip_verify ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls.insecure_skip_verify ? 0L : 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, TlsVersion(tls.min_version));
  if (!tls.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.cert_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.cert_file.c_str());
  if (!tls.key_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY, tls.key_file.c_str());
  if (tls.server_name.empty() || !plan.unix_socket.empty() || config_.scheme != "https") return;
  // curl takes the name to verify from the URL, so the URL gets it and the connection goes where it went before.
  const std::string authority = Authority(url_);
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  const std::string port = has_port ? authority.substr(colon) : "";
  const std::string address = has_port ? authority : authority + ":443";
  connect_to_.reset(curl_slist_append(nullptr, ("::" + address).c_str()));
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
  std::string named = url_;
  named.replace(named.find("://") + 3, authority.size(), tls.server_name + port);
  curl_easy_setopt(easy, CURLOPT_URL, named.c_str());
}

Status Fetch::SetHeaders() {
  const auto add = [this](const std::string& line) -> Status {
    if (HasControlCharacter(line)) {
      return Status::InvalidArgument("the header " + line.substr(0, line.find(':')) + " holds a control character");
    }
    headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
    return Status::Ok();
  };
  PT_RETURN_IF_ERROR(add(kAccept));
  PT_RETURN_IF_ERROR(add(std::string("User-Agent: proxy-telemetry/") + kVersion));
  PT_RETURN_IF_ERROR(
      add("X-Prometheus-Scrape-Timeout-Seconds: " + std::to_string(static_cast<double>(timeout_ms_) / 1000)));
  if (!config_.tls.server_name.empty() && config_.scheme == "https") {
    PT_RETURN_IF_ERROR(add("Host: " + Authority(url_)));
  }
  for (const auto& [name, secret] : config_.headers) {
    PT_ASSIGN_OR_RETURN(const std::string value, ReadSecret(secret));
    PT_RETURN_IF_ERROR(add(std::string(name).append(": ").append(value)));
  }
  if (config_.authorization) {
    PT_ASSIGN_OR_RETURN(const std::string credentials, ReadSecret(config_.authorization->credentials));
    PT_RETURN_IF_ERROR(add("Authorization: " + config_.authorization->type + " " + std::string(Trim(credentials))));
  }
  if (config_.basic_auth) {
    PT_ASSIGN_OR_RETURN(const std::string password, ReadSecret(config_.basic_auth->password));
    curl_easy_setopt(easy_.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy_.get(), CURLOPT_USERNAME, config_.basic_auth->username.c_str());
    curl_easy_setopt(easy_.get(), CURLOPT_PASSWORD, password.c_str());
  }
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return Status::Ok();
}

std::size_t Fetch::BodyCallback(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Fetch*>(self)->OnBody({data, size * count});
}

std::size_t Fetch::HeaderCallback(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Fetch*>(self)->OnHeader({data, size * count});
}

std::size_t Fetch::OnBody(std::string_view piece) {
  body_bytes_ += piece.size();
  if (config_.body_size_limit != 0 && body_bytes_ > config_.body_size_limit) {
    failure_ = Status::ResourceExhausted("body_size_limit exceeded: the page has more than " +
                                         std::to_string(config_.body_size_limit) + " bytes");
    return 0;
  }
  if (is_http_ && http_status() != 200) return piece.size();
  failure_ = consumer_(content_type_, piece);
  return failure_.ok() ? piece.size() : 0;
}

std::size_t Fetch::OnHeader(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kResponseHeaderBytesMax) {
    failure_ =
        Status::ResourceExhausted("the answer's headers exceed " + std::to_string(kResponseHeaderBytesMax) + " bytes");
    return 0;
  }
  if (line.starts_with("HTTP/")) content_type_.clear();
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && EqualsIgnoreCase(line.substr(0, colon), "content-type")) {
    content_type_ = Trim(line.substr(colon + 1));
  }
  return line.size();
}

long Fetch::http_status() const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

Status Fetch::Finish(CURLcode code) const {
  if (!failure_.ok()) return failure_;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Status::Timeout("no whole answer within the scrape timeout of " +
                           FormatDurationMs(config_.scrape_timeout_ms));
  }
  if (code != CURLE_OK) {
    return Status::Unavailable(error_[0] != '\0' ? std::string(error_.data()) : curl_easy_strerror(code));
  }
  if (is_http_ && http_status() != 200) {
    return Status::NotFound("the answer's HTTP status is " + std::to_string(http_status()) + ", not 200" +
                            WhatToDo(http_status()));
  }
  return Status::Ok();
}

}  // namespace proxy_telemetry
