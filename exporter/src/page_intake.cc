#include "page_intake.h"

#include "exporter/proxies.h"

namespace proxy_telemetry {
namespace {

bool IsHaproxyExposition(std::string_view head) {
  return head.find("# HELP haproxy_") != std::string_view::npos ||
         head.find("# TYPE haproxy_") != std::string_view::npos;
}

}  // namespace

PageIntake::PageIntake(PageReader reader, std::size_t pages, PageSink& sink, const HostMapper& hosts)
    : reader_(reader), sink_(sink), hosts_(hosts), pages_(pages), recognized_(reader == PageReader::kOpenMetrics) {}

Status PageIntake::OnBody(std::size_t page, std::string_view content_type, std::string_view piece) {
  if (parser_) return parser_->Feed(piece);
  if (reader_ == PageReader::kOpenMetrics) {
    StartParser(content_type);
    return parser_->Feed(piece);
  }
  Page& into = pages_[page];
  into.content_type = content_type;
  into.body += piece;
  if (reader_ == PageReader::kDetect && into.body.size() >= kSniffBytes) return Detect();
  return Status::Ok();
}

void PageIntake::SetAbsent(std::size_t page) { pages_[page].absent = true; }

void PageIntake::StartParser(std::string_view content_type) {
  parser_.emplace(ExpositionFormatOf(content_type), sink_);
}

Status PageIntake::LeadTo(PageReader reader) {
  leads_to_ = reader;
  return Status::Unsupported("the page leads to another one of the same proxy");
}

Status PageIntake::Detect() {
  Page& page = pages_[0];
  switch (SniffPage(std::string_view(page.body).substr(0, kSniffBytes))) {
    case PageKind::kHaproxyCsv:
      reader_ = PageReader::kHaproxy;
      recognized_ = true;
      return Status::Ok();
    case PageKind::kAgberoUptime:
      return LeadTo(PageReader::kAgbero);
    case PageKind::kExposition:
      if (IsAgberoExposition(page.body)) return LeadTo(PageReader::kAgbero);
      if (IsHaproxyExposition(page.body)) return LeadTo(PageReader::kHaproxy);
      reader_ = PageReader::kOpenMetrics;
      recognized_ = true;
      StartParser(page.content_type);
      return parser_->Feed(page.body);
    case PageKind::kHtml:
      return Status::InvalidArgument("the page is HTML, not metrics; check metrics_path");
    case PageKind::kUnknown:
      break;
  }
  return Status::InvalidArgument("the page is none that proxy: auto knows (metrics, HAProxy's CSV, agbero's JSON)");
}

Status PageIntake::Finish() {
  if (reader_ == PageReader::kDetect) PT_RETURN_IF_ERROR(Detect());
  if (reader_ == PageReader::kOpenMetrics) {
    if (!parser_) StartParser("");
    return parser_->Finish();
  }
  const Page& first = pages_[0];
  const std::string_view head = std::string_view(first.body).substr(0, kSniffBytes);
  if (reader_ == PageReader::kHaproxy) {
    recognized_ = recognized_ || SniffPage(head) == PageKind::kHaproxyCsv;
    PT_ASSIGN_OR_RETURN(const Snapshot snapshot, ReadHaproxyCsv(first.body, hosts_));
    return FeedSnapshot(snapshot, sink_);
  }
  recognized_ = recognized_ || SniffPage(head) == PageKind::kAgberoUptime;
  std::optional<std::string_view> metrics;
  if (pages_.size() > 1 && !pages_[1].absent) metrics = pages_[1].body;
  PT_ASSIGN_OR_RETURN(const Snapshot snapshot, ReadAgbero(first.body, metrics, hosts_));
  return FeedSnapshot(snapshot, sink_);
}

}  // namespace proxy_telemetry
