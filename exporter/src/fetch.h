// Fetch: one page over libcurl, as one transfer of a multi handle.
//
// Made, added to a multi handle by its easy() and taken out when curl says it is done; then Finish() tells how it
// went. The body goes to the consumer as it arrives, decoded. Single thread (the collector's).
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "config/config.h"
#include "scrape_plan.h"

namespace proxy_telemetry {

// All header lines of all answers of a transfer together; a proxy's are below 1 KiB.
inline constexpr std::size_t kResponseHeaderBytesMax = std::size_t{256} * 1024;
inline constexpr long kRedirectsMax = 10;

class Fetch {
 public:
  // Called with pieces of the body of a 200; a failure ends the transfer.
  using BodyConsumer = std::function<Status(std::string_view content_type, std::string_view piece)>;

  // Fails when a secret cannot be read or holds what no header may. `config` outlives the fetch.
  static Result<std::unique_ptr<Fetch>> Make(const FetchPlan& plan, const ScrapeConfig& config, std::int64_t timeout_ms,
                                             BodyConsumer consumer);
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;
  ~Fetch() = default;

  CURL* easy() const { return easy_.get(); }

  // What became of it, curl having ended it with `code`. kNotFound: the page is not offered there (an HTTP status
  // other than 200); kUnavailable and kTimeout: no whole answer came; else what the consumer or a limit said.
  Status Finish(CURLcode code) const;
  long http_status() const;
  const std::string& url() const { return url_; }

 private:
  Fetch(const FetchPlan& plan, const ScrapeConfig& config, std::int64_t timeout_ms, BodyConsumer consumer);

  Status SetOptions(const FetchPlan& plan);
  Status SetHeaders();
  void SetTls(const FetchPlan& plan);
  std::size_t OnBody(std::string_view piece);
  std::size_t OnHeader(std::string_view line);
  static std::size_t BodyCallback(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t HeaderCallback(char* data, std::size_t size, std::size_t count, void* self);

  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  const std::string url_;
  const ScrapeConfig& config_;
  const std::int64_t timeout_ms_;
  const BodyConsumer consumer_;
  const bool is_http_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<curl_slist, FreeList> connect_to_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::uint64_t body_bytes_ = 0;
  std::size_t header_bytes_ = 0;
  std::string content_type_;
  Status failure_;  // why a callback ended the transfer
};

}  // namespace proxy_telemetry
