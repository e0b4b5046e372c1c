// The captured pages of HAProxy 2.6.12, number by number, and against HAProxy's own exposition of the same moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

Values Read(const std::string& fixture) { return ValuesOf(ReadHaproxyCsv(ReadFixture(fixture), NoRules())); }

TEST(HaproxyPayload, GivesEachHostsRequestsByClassFromItsBackendRow) {
  const Values values = Read("haproxy26-stats-2.csv");
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_total"),
              UnorderedElementsAre(Pair("proxy_http_requests_total{code=\"1xx\",host=\"be_shop\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"2xx\",host=\"be_shop\"}", 136),
                                   Pair("proxy_http_requests_total{code=\"3xx\",host=\"be_shop\"}", 66),
                                   Pair("proxy_http_requests_total{code=\"4xx\",host=\"be_shop\"}", 84),
                                   Pair("proxy_http_requests_total{code=\"5xx\",host=\"be_shop\"}", 14),
                                   Pair("proxy_http_requests_total{code=\"other\",host=\"be_shop\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"1xx\",host=\"be_api\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"2xx\",host=\"be_api\"}", 177),
                                   Pair("proxy_http_requests_total{code=\"3xx\",host=\"be_api\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"4xx\",host=\"be_api\"}", 107),
                                   Pair("proxy_http_requests_total{code=\"5xx\",host=\"be_api\"}", 16),
                                   Pair("proxy_http_requests_total{code=\"other\",host=\"be_api\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"1xx\",host=\"be_down\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"2xx\",host=\"be_down\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"3xx\",host=\"be_down\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"4xx\",host=\"be_down\"}", 0),
                                   Pair("proxy_http_requests_total{code=\"5xx\",host=\"be_down\"}", 3),
                                   Pair("proxy_http_requests_total{code=\"other\",host=\"be_down\"}", 0)));
}

TEST(HaproxyPayload, GivesEachHostsBytesAndServers) {
  const Values values = Read("haproxy26-stats-2.csv");
  EXPECT_THAT(StartingWith(values, "proxy_request_bytes_total"),
              UnorderedElementsAre(Pair("proxy_request_bytes_total{host=\"be_shop\"}", 28363),
                                   Pair("proxy_request_bytes_total{host=\"be_api\"}", 28967),
                                   Pair("proxy_request_bytes_total{host=\"be_down\"}", 237)));
  EXPECT_THAT(StartingWith(values, "proxy_response_bytes_total"),
              UnorderedElementsAre(Pair("proxy_response_bytes_total{host=\"be_shop\"}", 46370),
                                   Pair("proxy_response_bytes_total{host=\"be_api\"}", 45560),
                                   Pair("proxy_response_bytes_total{host=\"be_down\"}", 651)));
  EXPECT_THAT(StartingWith(values, "proxy_backends"),
              UnorderedElementsAre(
                  Pair("proxy_backends{host=\"be_shop\"}", 3), Pair("proxy_backends_up{host=\"be_shop\"}", 2),
                  Pair("proxy_backends{host=\"be_api\"}", 3), Pair("proxy_backends_up{host=\"be_api\"}", 2),
                  Pair("proxy_backends{host=\"be_down\"}", 2), Pair("proxy_backends_up{host=\"be_down\"}", 1)));
  EXPECT_THAT(StartingWith(values, "proxy_backend_up"),
              UnorderedElementsAre(Pair("proxy_backend_up{backend=\"s1\",host=\"be_shop\"}", 1),
                                   Pair("proxy_backend_up{backend=\"s2\",host=\"be_shop\"}", 1),
                                   Pair("proxy_backend_up{backend=\"s3dead\",host=\"be_shop\"}", 0),
                                   Pair("proxy_backend_up{backend=\"a1\",host=\"be_api\"}", 1),
                                   Pair("proxy_backend_up{backend=\"a2\",host=\"be_api\"}", 1),
                                   Pair("proxy_backend_up{backend=\"a3maint\",host=\"be_api\"}", 0),
                                   Pair("proxy_backend_up{backend=\"d1\",host=\"be_down\"}", 0),
                                   Pair("proxy_backend_up{backend=\"d2\",host=\"be_down\"}", 1)));
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_in_flight"),
              UnorderedElementsAre(Pair("proxy_http_requests_in_flight{host=\"be_shop\"}", 0),
                                   Pair("proxy_http_requests_in_flight{host=\"be_api\"}", 0),
                                   Pair("proxy_http_requests_in_flight{host=\"be_down\"}", 0)));
}

// HAProxy's exposition by its own names, labels as it prints them.
Values ReadPromex(const std::string& fixture) {
  Values values;
  std::istringstream lines(ReadFixture(fixture));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.rfind(' ');
    if (line.starts_with('#') || blank == std::string::npos || line.ends_with("NaN")) continue;
    values.emplace(line.substr(0, blank), std::stod(line.substr(blank + 1)));
  }
  return values;
}

// All that both tell, of the pages that were taken at one moment without traffic.
void CompareWithPromex(const std::string& csv, const std::string& promex) {
  const Values ours = Read(csv);
  const Values theirs = ReadPromex(promex);
  const auto expect = [&](const std::string& series, const std::string& same) {
    ASSERT_TRUE(theirs.contains(same)) << same;
    EXPECT_EQ(ours.at(series), theirs.at(same)) << series;
  };
  for (const std::string host : {"be_shop", "be_api"}) {
    const std::string proxy = "{proxy=\"" + host + "\"}";
    expect("proxy_request_bytes_total{host=\"" + host + "\"}", "haproxy_backend_bytes_in_total" + proxy);
    expect("proxy_response_bytes_total{host=\"" + host + "\"}", "haproxy_backend_bytes_out_total" + proxy);
    expect("proxy_http_requests_in_flight{host=\"" + host + "\"}", "haproxy_backend_current_sessions" + proxy);
    expect("proxy_backends_up{host=\"" + host + "\"}", "haproxy_backend_active_servers" + proxy);
    for (const std::string server :
         {host == "be_shop" ? "s1" : "a1", host == "be_shop" ? "s2" : "a2", host == "be_shop" ? "s3dead" : "a3maint"}) {
      const std::string labels = "{backend=\"" + server + "\",host=\"" + host + "\"}";
      const std::string theirs_of = "{proxy=\"" + host + "\",server=\"" + server + "\",";
      expect("proxy_backend_up" + labels, "haproxy_server_status" + theirs_of + "state=\"UP\"}");
      for (const std::string code : {"1xx", "2xx", "3xx", "4xx", "5xx", "other"}) {
        expect("proxy_backend_requests_total{backend=\"" + server + "\",code=\"" + code + "\",host=\"" + host + "\"}",
               "haproxy_server_http_responses_total" + theirs_of + "code=\"" + code + "\"}");
      }
    }
    for (const std::string code : {"1xx", "2xx", "3xx", "4xx", "5xx", "other"}) {
      expect("proxy_http_requests_total{code=\"" + code + "\",host=\"" + host + "\"}",
             "haproxy_backend_http_responses_total{proxy=\"" + host + "\",code=\"" + code + "\"}");
    }
  }
  for (const std::string code : {"1xx", "2xx", "3xx", "4xx", "5xx", "other"}) {
    expect("proxy_frontend_http_requests_total{code=\"" + code + "\",frontend=\"fe_http\"}",
           "haproxy_frontend_http_responses_total{proxy=\"fe_http\",code=\"" + code + "\"}");
  }
}

TEST(HaproxyPayload, AgreesWithHaproxysOwnExpositionOfTheSameMoment) {
  CompareWithPromex("haproxy26-stats.csv", "haproxy26-metrics.prom");
  CompareWithPromex("haproxy26-stats-2.csv", "haproxy26-metrics-2.prom");
}

TEST(HaproxyPayload, IsTheSameFromTheSocketAsOverHttp) {
  const std::string socket = ReadFixture("haproxy26-sock-show_stat.txt");
  ASSERT_TRUE(socket.ends_with("\n\n")) << "the socket ends its answer with an empty line";
  EXPECT_EQ(ValuesOf(ReadHaproxyCsv(socket, NoRules())), Read("haproxy26-stats.csv"));
}

// One run with a server in each state that HAProxy 2.6 has, a frontend of each kind, and a tcp backend.
TEST(HaproxyPayload, CountsServersUpAsHaproxyCountsItsUsableOnes) {
  const Values values = Read("haproxy26-states.csv");
  EXPECT_THAT(StartingWith(values, "proxy_backend_up"),
              UnorderedElementsAre(Pair("proxy_backend_up{backend=\"s1\",host=\"be_a\"}", 1),
                                   Pair("proxy_backend_up{backend=\"s2\",host=\"be_a\"}", 1),
                                   Pair("proxy_backend_up{backend=\"s3\",host=\"be_a\"}", 0),
                                   Pair("proxy_backend_up{backend=\"s4drain\",host=\"be_a\"}", 0),
                                   Pair("proxy_backend_up{backend=\"s5track\",host=\"be_a\"}", 0),
                                   Pair("proxy_backend_up{backend=\"s6bk\",host=\"be_a\"}", 1),
                                   Pair("proxy_backend_up{backend=\"n1\",host=\"be_404\"}", 0),
                                   Pair("proxy_backend_up{backend=\"m1\",host=\"be_maint\"}", 0),
                                   Pair("proxy_backend_up{backend=\"m2\",host=\"be_maint\"}", 0),
                                   Pair("proxy_backend_up{backend=\"t1\",host=\"be_tcp\"}", 1),
                                   Pair("proxy_backend_up{backend=\"t2\",host=\"be_tcp\"}", 0),
                                   Pair("proxy_backend_up{backend=\"q1\",host=\"be_quote\"}", 0)));
  // The page's own `act` and `bck` of the BACKEND rows: 2 + 1, 0, 0, 1, 0.
  EXPECT_EQ(values.at("proxy_backends_up{host=\"be_a\"}"), 3);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"be_404\"}"), 0);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"be_maint\"}"), 0);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"be_tcp\"}"), 1);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"be_quote\"}"), 0);
  EXPECT_EQ(values.at("proxy_backends{host=\"be_a\"}"), 6);
}

TEST(HaproxyPayload, LeavesOutTheListenSectionThatServesOnlyStatistics) {
  const std::string page = ReadFixture("haproxy26-states.csv");
  ASSERT_NE(page.find("\nstats,sock-1,"), std::string::npos) << "a listener row";
  ASSERT_NE(page.find("\nstats,BACKEND,"), std::string::npos) << "a backend that counted our scrapes' bytes";
  for (const auto& [series, value] : Read("haproxy26-states.csv")) {
    EXPECT_EQ(series.find("\"stats\""), std::string::npos) << series;
    EXPECT_EQ(series.find("sock-1"), std::string::npos) << series;
  }
}

TEST(HaproxyPayload, KeepsFrontendsThatRedirectOrDenyEverything) {
  const Values values = Read("haproxy26-states.csv");
  EXPECT_EQ(values.at("proxy_frontend_http_requests_total{code=\"3xx\",frontend=\"fe_redirect\"}"), 3);
  EXPECT_EQ(values.at("proxy_frontend_http_requests_total{code=\"4xx\",frontend=\"fe_deny\"}"), 3);
  EXPECT_EQ(values.at("proxy_frontend_http_requests_total{code=\"5xx\",frontend=\"fe\"}"), 12);
}

TEST(HaproxyPayload, GivesATcpBackendServersAndBytesButNoRequests) {
  const Values values = Read("haproxy26-states.csv");
  EXPECT_EQ(values.at("proxy_backends{host=\"be_tcp\"}"), 2);
  EXPECT_EQ(values.at("proxy_request_bytes_total{host=\"be_tcp\"}"), 237);
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_in_flight{host=\"be_tcp\""), IsEmpty());
  EXPECT_THAT(StartingWith(values, "proxy_frontend_http_requests_total{code=\"2xx\",frontend=\"fe_tcp\""), IsEmpty());
  for (const auto& [series, value] : values) {
    if (series.find("requests_total") != std::string::npos) {
      EXPECT_EQ(series.find("be_tcp"), std::string::npos) << series;
    }
  }
}

TEST(HaproxyPayload, KeepsABackendWithoutServersThatAnswersItself) {
  const Values values = Read("haproxy26-states.csv");
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"5xx\",host=\"be_sorry\"}"), 3);
  EXPECT_EQ(values.at("proxy_backends{host=\"be_sorry\"}"), 0);
}

TEST(HaproxyPayload, ReadsCellsThatHaproxyQuotes) {
  const std::string page = ReadFixture("haproxy26-quoted.csv");
  ASSERT_NE(page.find("comment: 'dial, \"\"then\"\" say'\""), std::string::npos);
  const Values values = Read("haproxy26-quoted.csv");
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"q1\",host=\"be_quote\"}"), 0);
  EXPECT_EQ(values.at("proxy_backends{host=\"be_quote\"}"), 2);
}

}  // namespace
}  // namespace proxy_telemetry
