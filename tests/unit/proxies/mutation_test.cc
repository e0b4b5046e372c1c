// Real pages with bytes changed, cut, doubled and swapped: a snapshot in order, or a refusal with a short reason.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

constexpr int kRounds = 1500;
constexpr std::size_t kMessageBytesMax = 2000;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string Mutate(std::string page) {
    for (std::size_t changes = 1 + Below(4); changes > 0 && !page.empty(); --changes) MutateOnce(page);
    return page;
  }

 private:
  std::size_t Below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  void MutateOnce(std::string& page) {
    constexpr std::string_view kPieces[] = {",",       "\n",
                                            "\"",      "-",
                                            "}",       "{",
                                            "[",       "]",
                                            ":",       "\xff",
                                            "\\",      "1e400",
                                            "null",    "99999999999999999999",
                                            " ",       "#",
                                            "be_shop", std::string_view("\0", 1)};
    const std::size_t at = Below(page.size());
    const std::size_t length = std::min(Below(60), page.size() - at);
    switch (Below(6)) {
      case 0:
        page[at] = static_cast<char>(Below(256));
        break;
      case 1:
        page.insert(at, kPieces[Below(std::size(kPieces))]);
        break;
      case 2:
        page.erase(at, length);
        break;
      case 3:
        page.insert(Below(page.size()), page.substr(at, length));
        break;
      case 4:
        page.replace(at, 1, kPieces[Below(std::size(kPieces))]);
        break;
      default:
        if (Below(10) == 0) page.resize(at);
    }
  }

  std::mt19937 random_;
};

void CheckSnapshot(const Result<Snapshot>& result, int& read) {
  if (!result.ok()) {
    EXPECT_FALSE(result.status().message().empty());
    EXPECT_LT(result.status().message().size(), kMessageBytesMax);
    return;
  }
  ++read;
  ValuesOf(*result);  // no series is there twice
  for (const SnapshotFamily& family : result->families) {
    for (const SnapshotSample& sample : family.samples) {
      EXPECT_TRUE(sample.name.starts_with("proxy_")) << sample.name;
      for (const Label& label : sample.labels) {
        EXPECT_TRUE(IsValidLabelName(label.name)) << label.name;
        EXPECT_TRUE(label.name != "host" || !label.value.empty());
      }
      const bool is_state = family.family.name == "proxy_backend_up";
      EXPECT_TRUE(!is_state || sample.value == 0 || sample.value == 1) << sample.value;
      const bool is_number_of_servers = family.family.name.starts_with("proxy_backends");
      EXPECT_TRUE(!is_number_of_servers || sample.value >= 0) << sample.value;
    }
  }
}

// Also asks that mutations are neither all harmless nor all fatal: else they would test nothing.
void ReadMutated(const std::vector<std::string>& fixtures,
                 const std::function<Result<Snapshot>(const std::string&)>& reader) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Mutator mutator(seed);
  int read = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string& fixture = fixtures[static_cast<std::size_t>(round) % fixtures.size()];
    CheckSnapshot(reader(mutator.Mutate(fixture)), read);
  }
  EXPECT_GT(read, kRounds / 100);
  EXPECT_LT(read, kRounds - kRounds / 100);
}

TEST(Mutations, OfHaproxysPagesNeverGiveNonsense) {
  const HostMapper mapper = MapperOf({{"be_(.*)", "$1.example"}});
  ReadMutated(
      {ReadFixture("haproxy26-stats-2.csv"), ReadFixture("haproxy26-states.csv"), ReadFixture("haproxy26-quoted.csv")},
      [&mapper](const std::string& page) {
        SniffPage(page);
        return ReadHaproxyCsv(page, mapper);
      });
}

TEST(Mutations, OfAgberosUptimeNeverGiveNonsense) {
  ReadMutated({ReadFixture("agbero-uptime.json")}, [](const std::string& page) {
    SniffPage(page);
    return ReadAgbero(page, std::nullopt, NoRules());
  });
}

TEST(Mutations, OfAgberosMetricsNeverGiveNonsense) {
  const std::string uptime = ReadFixture("agbero-uptime.json");
  ReadMutated({ReadFixture("agbero-metrics.prom")}, [&uptime](const std::string& page) {
    ProxyOfExposition(page);
    return ReadAgbero(uptime, page, NoRules());
  });
}

TEST(Mutations, OfNginxsPagesNeverGiveNonsense) {
  const HostMapper mapper = MapperOf({{"(shop|api)", "$1.example"}});
  const auto reader = [&mapper](const std::string& page) {
    SniffPage(page);
    return ReadNginx(page, mapper);
  };
  ReadMutated({ReadFixture("nginx122-vts027.json"), ReadFixture("nginx-vts-nogroups.json")}, reader);
  ReadMutated({ReadFixture("nginx122-vts027.prom"), ReadFixture("nginx-vts-nogroups.prom")}, reader);
}

TEST(Mutations, OfNginxPlussPagesNeverGiveNonsense) {
  const std::string zones = ReadFixture("nginx-plus-api8-server_zones.json");
  const std::string upstreams = ReadFixture("nginx-plus-api8-upstreams.json");
  ReadMutated({zones}, [&](const std::string& page) { return ReadNginxPlus(page, upstreams, NoRules()); });
  ReadMutated({upstreams}, [&](const std::string& page) { return ReadNginxPlus(zones, page, NoRules()); });
}

TEST(Mutations, OfAngiesPagesNeverGiveNonsense) {
  const auto reader = [](const std::string& page) {
    SniffPage(page);
    return ReadAngie(page, NoRules());
  };
  ReadMutated({ReadFixture("angie113-status.json"), ReadFixture("angie113-status-http.json")}, reader);
  ReadMutated({ReadFixture("angie113-all.prom")}, reader);
}

TEST(Mutations, OfApachesPagesNeverGiveNonsense) {
  ReadMutated({ReadFixture("apache24-server-status.txt"), ReadFixture("apache24-server-status-states.txt"),
               ReadFixture("apache24-server-status-not-extended.txt")},
              [](const std::string& page) {
                SniffPage(page);
                return ReadApache(page, NoRules());
              });
}

TEST(Mutations, OfTraefiksPagesNeverGiveNonsense) {
  const std::string metrics = ReadFixture("traefik37-routers-metrics.prom");
  const std::string routers = ReadFixture("traefik37-routers-routers.json");
  const std::string services = ReadFixture("traefik37-routers-services.json");
  const HostMapper mapper = MapperOf({{"shop(-www)?@file", "shop.example"}});
  ReadMutated({metrics, ReadFixture("traefik37-plain-metrics.prom")},
              [&](const std::string& page) { return ReadTraefik(page, routers, services, mapper); });
  ReadMutated({routers}, [&](const std::string& page) { return ReadTraefik(metrics, page, services, mapper); });
  ReadMutated({services}, [&](const std::string& page) { return ReadTraefik(metrics, routers, page, mapper); });
}

TEST(Mutations, OfEnvoysPagesNeverGiveNonsense) {
  const std::string metrics = ReadFixture("envoy140-vhosts-usedonly.prom");
  const std::string clusters = ReadFixture("envoy140-vhosts-clusters.json");
  ReadMutated({metrics, ReadFixture("envoy140-clusters-usedonly.prom")},
              [&](const std::string& page) { return ReadEnvoy(page, clusters, NoRules()); });
  ReadMutated({clusters}, [&](const std::string& page) { return ReadEnvoy(metrics, page, NoRules()); });
}

TEST(Mutations, OfCaddysPagesNeverGiveNonsense) {
  const std::string metrics = ReadFixture("caddy211-perhost-metrics.prom");
  const std::string upstreams = ReadFixture("caddy211-perhost-upstreams.json");
  const std::string servers = ReadFixture("caddy211-perhost-servers.json");
  ReadMutated({metrics, ReadFixture("caddy262-sites-metrics.prom")},
              [&](const std::string& page) { return ReadCaddy(page, upstreams, servers, NoRules()); });
  ReadMutated({upstreams}, [&](const std::string& page) { return ReadCaddy(metrics, page, servers, NoRules()); });
  ReadMutated({servers}, [&](const std::string& page) { return ReadCaddy(metrics, upstreams, page, NoRules()); });
}

}  // namespace
}  // namespace proxy_telemetry
