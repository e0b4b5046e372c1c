#include "page_intake.h"

#include <utility>

#include "exporter/proxies.h"

namespace proxy_telemetry {
namespace {

// The attempt that reads an exposition of that proxy; nullopt: it is read as it is.
std::optional<PageReader> ReaderOf(ProxyKind kind) {
  switch (kind) {
    case ProxyKind::kAgbero:
      return PageReader::kAgbero;
    case ProxyKind::kHaproxy:
      return PageReader::kHaproxy;
    case ProxyKind::kTraefik:
      return PageReader::kTraefik;
    case ProxyKind::kEnvoy:
      return PageReader::kEnvoy;
    case ProxyKind::kCaddy:
      return PageReader::kCaddy;
    case ProxyKind::kNginx:
      return PageReader::kNginx;
    case ProxyKind::kAngie:
      return PageReader::kAngie;
    case ProxyKind::kAuto:
    case ProxyKind::kOpenMetrics:
    case ProxyKind::kApache:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

PageIntake::PageIntake(PageReader reader, std::size_t pages, PageSink& sink, const HostMapper& hosts,
                       const Mapping* mapping, SnapshotFilter filter)
    : reader_(reader),
      sink_(sink),
      hosts_(hosts),
      mapping_(mapping),
      filter_(std::move(filter)),
      pages_(pages),
      recognized_(reader == PageReader::kOpenMetrics || reader == PageReader::kMapped) {}

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
    case PageKind::kNginxStub:
    case PageKind::kNginxVts:
      return LeadTo(PageReader::kNginx);
    case PageKind::kAngie:
      return LeadTo(PageReader::kAngie);
    case PageKind::kApache:
      return LeadTo(PageReader::kApache);
    case PageKind::kExposition:
      if (const auto reader = ReaderOf(ProxyOfExposition(page.body))) return LeadTo(*reader);
      reader_ = PageReader::kOpenMetrics;
      recognized_ = true;
      StartParser(page.content_type);
      return parser_->Feed(page.body);
    case PageKind::kHtml:
      return Status::InvalidArgument("the page is HTML, not metrics; check metrics_path");
    case PageKind::kUnknown:
      break;
  }
  return Status::InvalidArgument("the page is none that proxy: auto knows");
}

Status PageIntake::Finish() {
  if (reader_ == PageReader::kDetect) PT_RETURN_IF_ERROR(Detect());
  if (reader_ == PageReader::kOpenMetrics) {
    if (!parser_) StartParser("");
    return parser_->Finish();
  }
  PT_ASSIGN_OR_RETURN(Snapshot snapshot, ReadPages());
  if (filter_) filter_(snapshot);
  return FeedSnapshot(snapshot, sink_);
}

std::optional<std::string_view> PageIntake::Optional(std::size_t page) const {
  if (page >= pages_.size() || pages_[page].absent) return std::nullopt;
  return pages_[page].body;
}

bool PageIntake::recognized() const {
  if (recognized_) return true;
  const std::string_view first = pages_[0].body;
  const PageKind kind = SniffPage(first);
  switch (reader_) {
    case PageReader::kHaproxy:
      return kind == PageKind::kHaproxyCsv;
    case PageReader::kAgbero:
      return kind == PageKind::kAgberoUptime;
    case PageReader::kTraefik:
      return ProxyOfExposition(first) == ProxyKind::kTraefik;
    case PageReader::kEnvoy:
      return ProxyOfExposition(first) == ProxyKind::kEnvoy;
    case PageReader::kCaddy:
      return ProxyOfExposition(first) == ProxyKind::kCaddy;
    case PageReader::kNginx:
      return kind == PageKind::kNginxStub || kind == PageKind::kNginxVts ||
             ProxyOfExposition(first) == ProxyKind::kNginx;
    case PageReader::kAngie:
      return kind == PageKind::kAngie || ProxyOfExposition(first) == ProxyKind::kAngie;
    case PageReader::kApache:
      return kind == PageKind::kApache;
    case PageReader::kNginxPlus:  // its JSON has no mark of its own: what can be read as it is it
    case PageReader::kDetect:
    case PageReader::kOpenMetrics:
    case PageReader::kMapped:
      break;
  }
  return false;
}

Result<Snapshot> PageIntake::ReadPages() {
  const std::string_view first = pages_[0].body;
  switch (reader_) {
    case PageReader::kHaproxy:
      return ReadHaproxyCsv(first, hosts_);
    case PageReader::kAgbero:
      return ReadAgbero(first, Optional(1), hosts_);
    case PageReader::kTraefik:
      return ReadTraefik(first, Optional(1), Optional(2), hosts_);
    case PageReader::kEnvoy:
      return ReadEnvoy(first, Optional(1), hosts_);
    case PageReader::kCaddy:
      return ReadCaddy(first, Optional(1), Optional(2), hosts_);
    case PageReader::kNginx:
      return ReadNginx(first, hosts_);
    case PageReader::kNginxPlus: {
      auto snapshot = ReadNginxPlus(first, Optional(1), hosts_);
      recognized_ = snapshot.ok();
      return snapshot;
    }
    case PageReader::kAngie:
      return ReadAngie(first, hosts_);
    case PageReader::kApache:
      return ReadApache(first, hosts_);
    case PageReader::kMapped:
      return ReadMapped(first, ExpositionFormatOf(pages_[0].content_type), *mapping_, hosts_);
    case PageReader::kDetect:
    case PageReader::kOpenMetrics:
      break;
  }
  return Status::Internal("no reader for this page");
}

}  // namespace proxy_telemetry
