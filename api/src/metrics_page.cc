#include "api/metrics_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "api/gzip.h"
#include "base/mutex.h"

namespace proxy_telemetry {
namespace {

constexpr const char* kTextType = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kOpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string_view TakeUntil(char separator, std::string_view& rest) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view piece = Trim(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

std::string_view Unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

// One media range of an Accept header.
struct MediaRange {
  std::string_view type;
  std::string_view version;
  double quality = 1;
};

MediaRange ParseMediaRange(std::string_view text) {
  MediaRange range;
  range.type = TakeUntil(';', text);
  while (!text.empty()) {
    std::string_view parameter = TakeUntil(';', text);
    const std::string_view name = TakeUntil('=', parameter);
    if (name == "version") range.version = Unquoted(Trim(parameter));
    if (name != "q") continue;
    const auto [end, error] = std::from_chars(parameter.data(), parameter.data() + parameter.size(), range.quality);
    if (error != std::errc()) range.quality = 0;
  }
  return range;
}

// The compressed form of each page, kept as long as the page is the one in force.
class GzipCache {
 public:
  // Null when compressing failed: the plain page serves as well.
  std::shared_ptr<const std::string> Get(bool open_metrics, const std::shared_ptr<const std::string>& page)
      EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Entry& entry = entries_[open_metrics ? 1 : 0];
    if (entry.page != page) {
      auto compressed = GzipCompress(*page, kGzipLevel);
      entry.page = page;
      entry.gzip = compressed.ok() ? std::make_shared<const std::string>(std::move(*compressed)) : nullptr;
    }
    return entry.gzip;
  }

 private:
  struct Entry {
    std::shared_ptr<const std::string> page;
    std::shared_ptr<const std::string> gzip;
  };
  Mutex mutex_;
  std::array<Entry, 2> entries_ GUARDED_BY(mutex_);
};

}  // namespace

bool PrefersOpenMetrics(std::string_view header) {
  // Types and parameter names are case-insensitive, and so is all that we look for.
  std::string lower(header);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::string_view accept = lower;
  double open_metrics = 0;
  double text = 0;
  while (!accept.empty()) {
    const MediaRange range = ParseMediaRange(TakeUntil(',', accept));
    if (range.type == "application/openmetrics-text" && (range.version.empty() || range.version == "1.0.0")) {
      open_metrics = std::max(open_metrics, range.quality);
    } else if (range.type == "text/plain" || range.type == "text/*" || range.type == "*/*") {
      text = std::max(text, range.quality);
    }
  }
  return open_metrics > 0 && open_metrics >= text;
}

void MountMetrics(std::string_view path, MetricsPageSource source, Router& router) {
  auto cache = std::make_shared<GzipCache>();
  router.Handle("GET", path, [source = std::move(source), cache](const HttpRequest& request) {
    const bool open_metrics = PrefersOpenMetrics(request.Header("Accept"));
    HttpResponse response;
    response.content_type = open_metrics ? kOpenMetricsType : kTextType;
    // Prometheus 3 names an escaping scheme; our names need none, which is what "underscores" then says.
    if (open_metrics && request.Header("Accept").find("escaping=") != std::string_view::npos) {
      response.content_type += "; escaping=underscores";
    }
    response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
    response.shared = source(open_metrics);
    if (response.shared->size() < kGzipBytesMin || !AcceptsGzip(request)) return response;
    if (auto gzip = cache->Get(open_metrics, response.shared)) {
      response.shared = std::move(gzip);
      response.headers.emplace_back("Content-Encoding", "gzip");
    }
    return response;
  });
}

}  // namespace proxy_telemetry
