#include "proxies/nginx_vts.h"

#include <array>

#include "proxies/json_responses.h"
#include "proxies/json_view.h"

namespace proxy_telemetry {
namespace {

constexpr double kMillisecondsPerSecond = 1000;
// Long lists and zones that nobody asks for; they are most of a page.
constexpr std::array<std::string_view, 4> kSkipped = {"requestMsecs", "responseMsecs", "filterZones", "cacheZones"};

// Reads a zone's counters. On a machine of 32 bits they wrap around at maxIntegerSize, and overCounts says how often.
class CounterReader {
 public:
  static Result<CounterReader> Of(const JsonView& zone) {
    CounterReader reader;
    reader.over_ = zone.Member("overCounts");
    if (!reader.over_.has_value()) return reader;
    PT_RETURN_IF_ERROR(reader.over_->RequireObject());
    PT_ASSIGN_OR_RETURN(const std::optional<double> max, OptionalCount(*reader.over_, "maxIntegerSize"));
    reader.wrap_ = max.value_or(0) + 1;
    return reader;
  }

  Result<double> Overflow(std::string_view key) const {
    if (!over_.has_value()) return 0.0;
    PT_ASSIGN_OR_RETURN(const std::optional<double> times, OptionalCount(*over_, key));
    return times.value_or(0) * wrap_;
  }

  Status Read(const JsonView& object, std::string_view key, std::optional<double>& value) const {
    PT_ASSIGN_OR_RETURN(value, OptionalCount(object, key));
    if (!value.has_value()) return Status::Ok();
    PT_ASSIGN_OR_RETURN(const double overflow, Overflow(key));
    *value += overflow;
    return Status::Ok();
  }

 private:
  std::optional<JsonView> over_;
  double wrap_ = 0;
};

Result<ResponseCounts> ReadResponses(const JsonView& zone, const CounterReader& counters) {
  PT_ASSIGN_OR_RETURN(ResponseCounts responses, ReadResponseClasses(zone));
  for (auto& [code, count] : responses) {
    PT_ASSIGN_OR_RETURN(const double overflow, counters.Overflow(code));
    count += overflow;
  }
  return responses;
}

// Buckets are cumulative, without +Inf, and empty unless vhost_traffic_status_histogram_buckets is set.
Result<std::optional<ZoneHistogram>> ReadHistogram(const JsonView& zone, const CounterReader& counters) {
  std::optional<ZoneHistogram> none;
  const std::optional<JsonView> buckets = zone.Member("requestBuckets");
  if (!buckets.has_value()) return none;
  std::vector<double> bounds;
  std::vector<double> counts;
  PT_RETURN_IF_ERROR(ReadCounts(*buckets, "msecs", bounds));
  PT_RETURN_IF_ERROR(ReadCounts(*buckets, "counters", counts));
  if (bounds.size() != counts.size()) {
    return Status::Corruption(buckets->Pointer() + ": has " + std::to_string(bounds.size()) + " msecs and " +
                              std::to_string(counts.size()) + " counters, which must be as many");
  }
  PT_ASSIGN_OR_RETURN(const std::optional<double> requests, OptionalCount(zone, "requestCounter"));
  PT_ASSIGN_OR_RETURN(const double overflow, counters.Overflow("requestCounter"));
  // How often a bucket's counter has wrapped around, nobody counts.
  if (bounds.empty() || !requests.has_value() || overflow > 0) return none;
  ZoneHistogram histogram;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    histogram.buckets.emplace(bounds[i] / kMillisecondsPerSecond, counts[i]);
  }
  histogram.count = *requests;
  PT_RETURN_IF_ERROR(counters.Read(zone, "requestMsecCounter", histogram.sum));
  if (histogram.sum.has_value()) *histogram.sum /= kMillisecondsPerSecond;
  return std::optional(std::move(histogram));
}

Result<ServerZone> ReadZone(const std::string& name, const JsonView& object) {
  PT_RETURN_IF_ERROR(object.RequireObject());
  ServerZone zone;
  zone.name = name;
  PT_ASSIGN_OR_RETURN(const CounterReader counters, CounterReader::Of(object));
  PT_ASSIGN_OR_RETURN(zone.responses, ReadResponses(object, counters));
  PT_RETURN_IF_ERROR(counters.Read(object, "inBytes", zone.bytes_in));
  PT_RETURN_IF_ERROR(counters.Read(object, "outBytes", zone.bytes_out));
  PT_ASSIGN_OR_RETURN(zone.durations, ReadHistogram(object, counters));
  return zone;
}

// `down` is live where the upstream has a `zone`, and what the configuration says where it has none. Two slips of the
// module: of a server with max_fails=0, which nginx never takes out, versions up to 0.2.7 say that it is down always;
// and one that is no server of its upstream any more is down=false. The latter has no weight, which no server lacks.
Status ReadState(const JsonView& object, UpstreamPeer& peer) {
  PT_ASSIGN_OR_RETURN(const std::optional<double> weight, OptionalCount(object, "weight"));
  PT_ASSIGN_OR_RETURN(const std::optional<double> max_fails, OptionalCount(object, "maxFails"));
  peer.is_member = weight != 0.0;
  const std::optional<JsonView> down = object.Member("down");
  if (!down.has_value()) return Status::Ok();
  PT_ASSIGN_OR_RETURN(const bool is_down, down->Bool());
  if (peer.is_member && !(is_down && max_fails == 0.0)) peer.up = !is_down;
  return Status::Ok();
}

Result<UpstreamPeer> ReadPeer(const JsonView& object) {
  PT_RETURN_IF_ERROR(object.RequireObject());
  UpstreamPeer peer;
  PT_ASSIGN_OR_RETURN(peer.name, RequiredString(object, "server"));
  PT_ASSIGN_OR_RETURN(const CounterReader counters, CounterReader::Of(object));
  PT_ASSIGN_OR_RETURN(peer.responses, ReadResponses(object, counters));
  PT_RETURN_IF_ERROR(ReadState(object, peer));
  return peer;
}

Status ReadUpstream(const std::string& name, const JsonView& array, const HostMapper& hosts, ZonePage& page) {
  Upstream upstream{name, {}};
  PT_RETURN_IF_ERROR(array.EachElement([&](const JsonView& element) -> Status {
    PT_ASSIGN_OR_RETURN(UpstreamPeer peer, ReadPeer(element));
    if (name == kVtsUngrouped) {
      page.upstreams.push_back(MakeUngrouped(std::move(peer), hosts));
    } else {
      upstream.peers.push_back(std::move(peer));
    }
    return Status::Ok();
  }));
  if (name != kVtsUngrouped) page.upstreams.push_back(std::move(upstream));
  return Status::Ok();
}

}  // namespace

Upstream MakeUngrouped(UpstreamPeer peer, const HostMapper& hosts) {
  peer.is_member = false;
  peer.up.reset();
  const bool is_known = hosts.RuledHost(peer.name).has_value();
  return {is_known ? peer.name : std::string(kVtsUngrouped), {std::move(peer)}};
}

Result<ZonePage> ParseNginxVtsJson(std::string_view json, const HostMapper& hosts) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json document,
                      ParseJson(WithInvalidUtf8Escaped(json), {kVtsDepthMax, kVtsValuesMax}, kSkipped));
  const JsonView root(document);
  PT_RETURN_IF_ERROR(root.RequireObject());
  const std::optional<JsonView> zones = root.Member("serverZones");
  if (!zones.has_value()) {
    return Status::Corruption("the JSON has no \"serverZones\": that of nginx-module-vts is at .../format/json");
  }
  ZonePage page;
  PT_RETURN_IF_ERROR(zones->EachMember([&page](const std::string& name, const JsonView& object) -> Status {
    if (name == kVtsSumOfZones) return Status::Ok();
    PT_ASSIGN_OR_RETURN(ServerZone zone, ReadZone(name, object));
    page.zones.push_back(std::move(zone));
    return Status::Ok();
  }));
  const std::optional<JsonView> upstreams = root.Member("upstreamZones");
  if (!upstreams.has_value()) return page;
  PT_RETURN_IF_ERROR(upstreams->EachMember(
      [&](const std::string& name, const JsonView& array) { return ReadUpstream(name, array, hosts, page); }));
  return page;
}

}  // namespace proxy_telemetry
