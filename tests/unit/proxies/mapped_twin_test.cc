// The engine behind `mapping:` beside a slow twin that goes over all series for every number it gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

struct Series {
  std::map<std::string, std::string> labels;
  double value;
};

std::string Render(const std::vector<Series>& page) {
  std::string text;
  for (const Series& series : page) {
    text += "r{";
    for (const auto& [name, value] : series.labels) text += name + "=\"" + value + "\",";
    text += "} " + std::to_string(static_cast<int>(series.value)) + "\n";
  }
  return text;
}

// The number of a host, native name and code, by the definition of it.
double SlowValue(const std::vector<Series>& page, const std::string& native, const std::string& code, bool largest) {
  double sum = 0;
  std::set<std::map<std::string, std::string>> done;
  for (const Series& series : page) {
    std::map<std::string, std::string> rest = series.labels;
    if (rest["vhost"] != native || rest["code"] != code) continue;
    if (largest) rest.erase("handler");
    if (!done.insert(rest).second) continue;
    double best = series.value;
    std::set<std::map<std::string, std::string>> seen;
    for (const Series& other : page) {
      std::map<std::string, std::string> its_rest = other.labels;
      if (largest) its_rest.erase("handler");
      its_rest["vhost"];
      its_rest["code"];
      if (its_rest != rest || !seen.insert(other.labels).second) continue;
      best = largest ? std::max(best, other.value) : best;
    }
    sum += best;
  }
  return sum;
}

Values SlowRead(const std::vector<Series>& page, bool largest, const HostMapper& hosts) {
  Values values;
  for (const Series& series : page) {
    const std::string& native = series.labels.at("vhost");
    const std::string& code = series.labels.at("code");
    const std::string host = hosts.HostOf(native);
    const bool apart = native != host;
    values["proxy_http_requests_total{code=\"" + code + "\",host=\"" + host + "\"" +
           (apart ? ",proxy=\"" + native + "\"}" : "}")] = SlowValue(page, native, code, largest);
  }
  return values;
}

TEST(Mapped, AgreesWithItsSlowTwin) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const HostMapper hosts = MapperOf({{"b.*", "b"}});
  for (int round = 0; round < 2000; ++round) {
    std::vector<Series> page;
    const auto pick = [&random](std::initializer_list<const char*> of) { return *(of.begin() + random() % of.size()); };
    for (auto i = random() % 12; i > 0; --i) {
      page.push_back({{{"vhost", pick({"a", "b", "b1", "b2"})},
                       {"code", pick({"200", "500"})},
                       {"handler", pick({"x", "y", "z"})},
                       {"method", pick({"GET", "PUT"})}},
                      static_cast<double>(random() % 100)});
    }
    const bool largest = random() % 2 == 0;
    Mapping mapping;
    mapping.host = "vhost";
    mapping.requests.emplace_back();
    mapping.requests[0].metric = "r";
    mapping.requests[0].code = "code";
    if (largest) mapping.requests[0].largest_of = "handler";
    // Of a series that is there twice the first counts: so it does for the twin once the others are away.
    std::vector<Series> firsts;
    std::set<std::map<std::string, std::string>> seen;
    for (const Series& series : page) {
      if (seen.insert(series.labels).second) firsts.push_back(series);
    }
    EXPECT_EQ(ValuesOf(ReadMapped(Render(page), ExpositionFormat::kText, mapping, hosts)),
              SlowRead(firsts, largest, hosts))
        << Render(page);
  }
}

}  // namespace
}  // namespace proxy_telemetry
