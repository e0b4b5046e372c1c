// Angie's Prometheus page, as its template "all" makes it.
#include <map>

#include "proxies/angie.h"
#include "proxies/exposition_visitor.h"
#include "proxies/json_responses.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kPrefix = "angie_";
constexpr std::string_view kZones = "angie_http_server_zones_";
constexpr std::string_view kPeers = "angie_http_upstreams_peers_";

// The numbers of the template's map of states.
std::optional<bool> IsUpByNumber(double state) {
  constexpr double kUp = 1;
  constexpr double kRecovering = 4;
  constexpr double kBusy = 8;
  if (state == kUp || state == kRecovering || state == kBusy) return true;
  const bool is_known = state > kUp && state < kBusy;
  return is_known ? std::optional(false) : std::nullopt;
}

class AngieVisitor {
 public:
  Status Visit(std::string_view name, std::span<const LabelView> labels, double value) {
    is_angie_ = is_angie_ || name.starts_with(kPrefix);
    if (name.starts_with(kZones)) return VisitZone(name.substr(kZones.size()), labels, value);
    if (name.starts_with(kPeers)) return VisitPeer(name.substr(kPeers.size()), labels, value);
    return Status::Ok();
  }

  bool is_angie() const { return is_angie_; }

  ZonePage Take() && {
    ZonePage page;
    for (auto& [name, zone] : zones_) {
      zone.name = name;
      page.zones.push_back(std::move(zone));
    }
    for (auto& [key, peer] : peers_) {
      peer.name = key.second;
      page.upstreams.push_back({key.first, {std::move(peer)}});
    }
    return page;
  }

 private:
  Status VisitZone(std::string_view what, std::span<const LabelView> labels, double value) {
    const std::string_view name = LabelValue(labels, "zone");
    if (name.empty()) return Status::Corruption(std::string(kZones) + " series without a zone label are not Angie's");
    ServerZone& zone = zones_[std::string(name)];
    if (what == "responses") AddResponse(labels, value, zone.responses);
    if (what == "requests_processing") zone.in_flight = value;
    if (what == "data_received") zone.bytes_in = value;
    if (what == "data_sent") zone.bytes_out = value;
    return Status::Ok();
  }

  Status VisitPeer(std::string_view what, std::span<const LabelView> labels, double value) {
    const std::string_view upstream = LabelValue(labels, "upstream");
    const std::string_view name = LabelValue(labels, "peer");
    if (upstream.empty() || name.empty()) {
      return Status::Corruption(std::string(kPeers) + " series without the labels upstream and peer are not Angie's");
    }
    UpstreamPeer& peer = peers_[{std::string(upstream), std::string(name)}];
    if (what == "responses") AddResponse(labels, value, peer.responses);
    if (what == "state") peer.up = IsUpByNumber(value);
    return Status::Ok();
  }

  static void AddResponse(std::span<const LabelView> labels, double value, ResponseCounts& responses) {
    const std::optional<std::string> code = CodeOf(LabelValue(labels, "code"));
    if (code.has_value()) responses.emplace(*code, value);
  }

  bool is_angie_ = false;
  std::map<std::string, ServerZone> zones_;
  std::map<std::pair<std::string, std::string>, UpstreamPeer> peers_;
};

}  // namespace

Result<ZonePage> ParseAngieMetrics(std::string_view text) {
  AngieVisitor visitor;
  PT_RETURN_IF_ERROR(VisitSamples(text, [&visitor](std::string_view name, std::span<const LabelView> labels,
                                                   double value) { return visitor.Visit(name, labels, value); }));
  if (!visitor.is_angie()) {
    return Status::Corruption("no angie_ series: not a Prometheus page of Angie's; take proxy: openmetrics for it");
  }
  return std::move(visitor).Take();
}

}  // namespace proxy_telemetry
