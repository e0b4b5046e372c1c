// PageIntake: the pages of one ScrapeAttempt on their way into a PageSink.
//
// An exposition is parsed as it arrives; the others are kept (bounded by body_size_limit) and read when whole.
// One per attempt, single thread; sink and mapper outlive it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "exporter/host_mapper.h"
#include "exporter/openmetrics_parser.h"
#include "exporter/page_sink.h"
#include "scrape_plan.h"

namespace proxy_telemetry {

class PageIntake {
 public:
  PageIntake(PageReader reader, std::size_t pages, PageSink& sink, const HostMapper& hosts);

  Status OnBody(std::size_t page, std::string_view content_type, std::string_view piece);
  // `page` did not come and may be missing.
  void SetAbsent(std::size_t page);
  // All pages are in or absent.
  Status Finish();

  // The page was what its reader is for: a failure now is a fault of the page, not of the guess.
  bool recognized() const { return recognized_; }
  // Where a detected page is read better than here.
  std::optional<PageReader> leads_to() const { return leads_to_; }

 private:
  struct Page {
    std::string body;
    std::string content_type;
    bool absent = false;
  };

  Status Detect();
  void StartParser(std::string_view content_type);
  Status LeadTo(PageReader reader);

  PageReader reader_;
  PageSink& sink_;
  const HostMapper& hosts_;
  std::vector<Page> pages_;
  std::optional<OpenMetricsParser> parser_;
  bool recognized_;
  std::optional<PageReader> leads_to_;
};

}  // namespace proxy_telemetry
