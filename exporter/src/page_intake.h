// PageIntake: the pages of one ScrapeAttempt on their way into a PageSink.
//
// An exposition is parsed as it arrives; the others are kept (bounded by body_size_limit) and read when whole.
// One per attempt, single thread; sink and mapper outlive it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "exporter/host_mapper.h"
#include "exporter/openmetrics_parser.h"
#include "exporter/page_sink.h"
#include "exporter/snapshot.h"
#include "scrape_plan.h"

namespace proxy_telemetry {

using SnapshotFilter = std::function<void(Snapshot&)>;

class PageIntake {
 public:
  // `mapping`: of kMapped, outlives the intake too. `filter`: what is done to a page that a reader has read, before its
  // samples go on; may be empty.
  PageIntake(PageReader reader, std::size_t pages, PageSink& sink, const HostMapper& hosts, const Mapping* mapping,
             SnapshotFilter filter);

  Status OnBody(std::size_t page, std::string_view content_type, std::string_view piece);
  // `page` did not come and may be missing.
  void SetAbsent(std::size_t page);
  // All pages are in or absent.
  Status Finish();

  // The first page, once it is whole, was what its reader is for: a failure now is a fault of the page, or of one
  // beside it, and not of the guess.
  bool recognized() const;
  // What the pages are read as; kDetect while that is open.
  PageReader reader() const { return reader_; }
  // Where a detected page is read better than here.
  std::optional<PageReader> leads_to() const { return leads_to_; }

 private:
  struct Page {
    std::string body;
    std::string content_type;
    bool absent = false;
  };

  Status Detect();
  Result<Snapshot> ReadPages();
  // The page's text, where it came.
  std::optional<std::string_view> Optional(std::size_t page) const;
  void StartParser(std::string_view content_type);
  Status LeadTo(PageReader reader);

  PageReader reader_;
  PageSink& sink_;
  const HostMapper& hosts_;
  const Mapping* const mapping_;
  const SnapshotFilter filter_;
  std::vector<Page> pages_;
  std::optional<OpenMetricsParser> parser_;
  bool recognized_;
  std::optional<PageReader> leads_to_;
};

}  // namespace proxy_telemetry
