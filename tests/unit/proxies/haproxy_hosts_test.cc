// How HAProxy's backends become hosts, and what happens where several feed one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/proxies.h"
#include "haproxy_csv.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;
using testing::UnorderedElementsAre;

HaproxyCsv::Cells With(HaproxyCsv::Cells cells, const std::string& column, const std::string& value) {
  cells[column] = value;
  return cells;
}

HaproxyCsv TwoBackends() {
  return HaproxyCsv()
      .Server("be_shop", "s1", "UP", Answers(4))
      .Backend("be_shop", With(With(Answers(4), "scur", "2"), "bin", "10"))
      .Server("be_cart", "s1", "DOWN", Answers(3))
      .Server("be_cart", "s2", "UP", Answers(0))
      .Backend("be_cart", With(With(Answers(3), "scur", "5"), "bin", "20"));
}

TEST(HaproxyHosts, AreTheBackendsNamesAsTheRulesMapThem) {
  const HostMapper mapper = MapperOf({{"be_(.*)", "$1.example"}});
  const Values values = ValuesOf(ReadHaproxyCsv(TwoBackends().text(), mapper));
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"2xx\",host=\"shop.example\"}"), 4);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"2xx\",host=\"cart.example\"}"), 3);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"s1\",host=\"cart.example\"}"), 0);
}

TEST(HaproxyHosts, AreLowerCaseWithoutPort) {
  const Values values = ValuesOf(ReadHaproxyCsv(
      HaproxyCsv().Server("Shop.Example:8080", "S1", "UP").Backend("Shop.Example:8080").text(), NoRules()));
  EXPECT_THAT(values, Contains(Key("proxy_backend_up{backend=\"S1\",host=\"shop.example\"}")));
}

TEST(HaproxyHosts, CountersOfSeveralBackendsStayApartUnderTheLabelProxy) {
  const HostMapper mapper = MapperOf({{"be_.*", "shop.example"}});
  const Values values = ValuesOf(ReadHaproxyCsv(TwoBackends().text(), mapper));
  EXPECT_THAT(
      StartingWith(values, "proxy_http_requests_total{code=\"2xx\""),
      UnorderedElementsAre(Pair("proxy_http_requests_total{code=\"2xx\",host=\"shop.example\",proxy=\"be_shop\"}", 4),
                           Pair("proxy_http_requests_total{code=\"2xx\",host=\"shop.example\",proxy=\"be_cart\"}", 3)));
  EXPECT_THAT(StartingWith(values, "proxy_request_bytes_total"),
              UnorderedElementsAre(Pair("proxy_request_bytes_total{host=\"shop.example\",proxy=\"be_shop\"}", 10),
                                   Pair("proxy_request_bytes_total{host=\"shop.example\",proxy=\"be_cart\"}", 20)));
  EXPECT_THAT(
      StartingWith(values, "proxy_backend_up"),
      UnorderedElementsAre(Pair("proxy_backend_up{backend=\"s1\",host=\"shop.example\",proxy=\"be_shop\"}", 1),
                           Pair("proxy_backend_up{backend=\"s1\",host=\"shop.example\",proxy=\"be_cart\"}", 0),
                           Pair("proxy_backend_up{backend=\"s2\",host=\"shop.example\",proxy=\"be_cart\"}", 1)));
}

TEST(HaproxyHosts, GaugesOfSeveralBackendsAreAddedUp) {
  const HostMapper mapper = MapperOf({{"be_.*", "shop.example"}});
  const Values values = ValuesOf(ReadHaproxyCsv(TwoBackends().text(), mapper));
  EXPECT_EQ(values.at("proxy_http_requests_in_flight{host=\"shop.example\"}"), 7);
  EXPECT_EQ(values.at("proxy_backends{host=\"shop.example\"}"), 3);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop.example\"}"), 2);
}

// Else a backend without servers that gets its first request would rename the series of its neighbour, whose whole
// count would then be taken for new.
TEST(HaproxyHosts, ABackendThatIsNotShownYetAlreadyKeepsTheLabelProxyInPlace) {
  const HostMapper mapper = MapperOf({{"be_.*", "shop.example"}});
  HaproxyCsv before;
  before.Server("be_shop", "s1", "UP").Backend("be_shop", Answers(4)).Backend("be_sorry", Answers(0));
  HaproxyCsv after;
  after.Server("be_shop", "s1", "UP").Backend("be_shop", Answers(5)).Backend("be_sorry", Answers(0, 0, 1));
  const std::string shop = "proxy_http_requests_total{code=\"2xx\",host=\"shop.example\",proxy=\"be_shop\"}";
  const Values first = ValuesOf(ReadHaproxyCsv(before.text(), mapper));
  const Values second = ValuesOf(ReadHaproxyCsv(after.text(), mapper));
  EXPECT_EQ(first.at(shop), 4);
  EXPECT_EQ(second.at(shop), 5);
  EXPECT_EQ(second.at("proxy_http_requests_total{code=\"5xx\",host=\"shop.example\",proxy=\"be_sorry\"}"), 1);
}

TEST(HaproxyHosts, AreNeverEmpty) {
  const std::string page = HaproxyCsv().Server(":80", "s", "UP").Backend(":80").text();
  EXPECT_THAT(ValuesOf(ReadHaproxyCsv(page, NoRules())), Contains(Key("proxy_backends{host=\":80\"}")));
  EXPECT_THAT(ValuesOf(ReadHaproxyCsv(TwoBackends().text(), MapperOf({{"be_shop", ""}}))),
              Contains(Key("proxy_backends{host=\"be_shop\"}")));
}

TEST(HaproxyHosts, ReloadWithABackendLessLowersNoCounterOfTheOthers) {
  const HostMapper mapper = MapperOf({{"be_.*", "shop.example"}, {"third", "shop.example"}});
  HaproxyCsv three = TwoBackends();
  three.Server("third", "s", "UP").Backend("third", Answers(50));
  const Values before = ValuesOf(ReadHaproxyCsv(three.text(), mapper));
  const Values after = ValuesOf(ReadHaproxyCsv(TwoBackends().text(), mapper));
  for (const auto& [series, value] : StartingWith(after, "proxy_http_requests_total")) {
    EXPECT_GE(value, before.at(series)) << series;
  }
  EXPECT_THAT(StartingWith(before, "proxy_http_requests_total{code=\"2xx\",host=\"shop.example\"}"), IsEmpty());
}

}  // namespace
}  // namespace proxy_telemetry
