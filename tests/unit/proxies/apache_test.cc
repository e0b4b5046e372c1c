// Apache's mod_status: pages captured from Apache 2.4.71.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

Values Read(std::string_view page) { return ValuesOf(ReadApache(page, NoRules())); }
std::string Refusal(std::string_view page) { return MessageOf(ReadApache(page, NoRules())); }

std::string PageOf(const std::string& lines) { return "a.example\n" + lines + "BusyWorkers: 1\nScoreboard: W_\n"; }

double UpOf(const std::string& status) {
  return Read(PageOf("ProxyBalancer[0]Name: balancer://b\nProxyBalancer[0]Worker[0]Name: http://s\n"
                     "ProxyBalancer[0]Worker[0]Status: " +
                     status + "\n"))
      .at("proxy_backend_up{backend=\"http://s\",host=\"b\"}");
}

// The scrape itself is among the accesses, and is the one busy worker here.
TEST(Apache, GivesRequestsWithoutACodeAndBusyWorkers) {
  const Values values = Read(ReadFixture("apache24-server-status.txt"));
  EXPECT_EQ(values.at("proxy_http_requests_total{host=\"apache\"}"), 600);
  EXPECT_EQ(values.at("proxy_http_requests_in_flight{host=\"apache\"}"), 1);
  EXPECT_EQ(StartingWith(values, "proxy_http_requests_total").size(), 1U);
}

// "Total kBytes: 143" are bytes received and sent together where mod_logio is loaded.
TEST(Apache, GivesNoBytesForItDoesNotTellWhichTheyAre) {
  EXPECT_THAT(StartingWith(Read(ReadFixture("apache24-server-status.txt")), "proxy_response_bytes_total"), IsEmpty());
}

TEST(Apache, IsOfTheHostThatARuleMakesOfApache) {
  const Values values =
      ValuesOf(ReadApache(ReadFixture("apache24-server-status.txt"), MapperOf({{"apache", "www.example"}})));
  EXPECT_EQ(values.at("proxy_http_requests_total{host=\"www.example\"}"), 600);
}

TEST(Apache, GivesNoLatencyForItTellsTheMeanAlone) {
  for (const auto& [series, value] : Read(ReadFixture("apache24-server-status.txt"))) {
    EXPECT_THAT(series, Not(HasSubstr("duration"))) << value;
    EXPECT_NE(value, 40549);
    EXPECT_NE(value, 40.549);
  }
}

TEST(Apache, GivesMembersOfBalancersTheirState) {
  const Values values = Read(ReadFixture("apache24-server-status.txt"));
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"http://127.0.0.1:18101\",host=\"shop\"}"), 1);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"http://127.0.0.1:18199\",host=\"shop\"}"), 0);
  EXPECT_EQ(values.at("proxy_backends{host=\"shop\"}"), 3);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop\"}"), 2);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"api\"}"), 2);
}

// A request that fails over to the next member is elected twice, and a graceful restart sets the count to 0.
TEST(Apache, DoesNotTakeElectedForRequests) {
  EXPECT_THAT(StartingWith(Read(ReadFixture("apache24-server-status.txt")), "proxy_backend_requests_total"), IsEmpty());
}

TEST(Apache, KnowsEveryStateOfAMember) {
  const Values values = Read(ReadFixture("apache24-server-status-states.txt"));
  const std::string up = "proxy_backend_up{backend=\"http://127.0.0.1:";
  EXPECT_EQ(values.at(up + "18101\",host=\"states\"}"), 0);  // Init Drn Ok
  EXPECT_EQ(values.at(up + "18102\",host=\"states\"}"), 0);  // Init Stby Ok
  EXPECT_EQ(values.at(up + "18103\",host=\"states\"}"), 0);  // Init Stop
  EXPECT_EQ(values.at(up + "18104\",host=\"states\"}"), 1);  // Init Ign Ok
  EXPECT_EQ(values.at(up + "18198\",host=\"states\"}"), 0);  // Init HcFl
  EXPECT_EQ(values.at(up + "18102\",host=\"shop\"}"), 0);    // Init Dis
  EXPECT_EQ(values.at("proxy_backends_up{host=\"states\"}"), 1);
  for (const std::string status : {"Init Ok ", "Init Ok", "Ok", "Init Ign Ok "}) EXPECT_EQ(UpOf(status), 1) << status;
  for (const std::string status : {"Init Err ", "Init Dis ", "Init Dis Ok ", "Init Spar Ok ", "Init Stby Ok ", "Init ",
                                   "Init HcFl ", "Init HcFl Ok ", "Okay "}) {
    EXPECT_EQ(UpOf(status), 0) << status;
  }
}

TEST(Apache, WithoutExtendedStatusGivesNoRequestsRatherThanZero) {
  EXPECT_THAT(Read(ReadFixture("apache24-server-status-not-extended.txt")),
              ElementsAre(Pair("proxy_backend_up{backend=\"http://127.0.0.1:18101\",host=\"shop\"}", 0),
                          Pair("proxy_backend_up{backend=\"http://127.0.0.1:18102\",host=\"shop\"}", 1),
                          Pair("proxy_backends_up{host=\"shop\"}", 1), Pair("proxy_backends{host=\"shop\"}", 2),
                          Pair("proxy_http_requests_in_flight{host=\"apache\"}", 1)));
}

// Two virtual hosts may each have a balancer of one name.
TEST(Apache, CountsTheMembersOfTwoBalancersOfOneName) {
  std::string lines;
  for (const std::string index : {"0", "1"}) {
    const std::string balancer = "ProxyBalancer[" + index + "]";
    lines += balancer + "Name: balancer://b\n" + balancer + "Worker[0]Name: http://s\n" + balancer +
             "Worker[0]Status: Init " + (index == "0" ? "Err" : "Ok") + " \n";
  }
  const Values values = Read(PageOf(lines));
  EXPECT_EQ(values.at("proxy_backends{host=\"b\"}"), 2);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"b\"}"), 1);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"http://s\",host=\"b\"}"), 1);
}

// The first line is the name of the server, which may be what a client asked for.
TEST(Apache, DoesNotCareWhatTheServerIsCalled) {
  EXPECT_EQ(Refusal("\nBusyWorkers: 1\nScoreboard: W\n"), "");
  EXPECT_EQ(Refusal("caf\xff\nBusyWorkers: 1\nScoreboard: W\n"), "");
  EXPECT_EQ(Refusal("BusyWorkers: 1\nIdleWorkers: 4\nScoreboard: W____\n"), "");
}

TEST(ApacheRefusal, SaysWhatIsNotItsPage) {
  EXPECT_THAT(Refusal(ReadFixture("apache24-server-status.html")), HasSubstr("\"?auto\""));
  EXPECT_THAT(Refusal("hello from flaky\n"), HasSubstr("headers: {Host: ...}"));
  EXPECT_THAT(Refusal("{\"ok\":true}"), HasSubstr("headers: {Host: ...}"));
  EXPECT_THAT(Refusal(""), HasSubstr("not mod_status' page"));
}

TEST(ApacheRefusal, RefusesAPageWhereverItIsCutOffWithinALineOrAMember) {
  const std::string page = ReadFixture("apache24-server-status.txt");
  // Behind a whole balancer, or a whole member of one, a page looks whole; that it is not, only the transport can tell.
  const std::size_t may_be_whole = page.find("Scoreboard: ");
  for (std::size_t size = 0; size < page.size(); ++size) {
    const bool whole_line = size > 0 && page[size - 1] == '\n' && size > may_be_whole;
    const std::string refusal = Refusal(page.substr(0, size));
    EXPECT_TRUE(whole_line || !refusal.empty()) << "cut at " << size;
  }
  const std::size_t name = page.find("ProxyBalancer[0]Worker[1]Name");
  EXPECT_THAT(Refusal(page.substr(0, page.find('\n', name) + 1)),
              HasSubstr("ProxyBalancer[0]Worker[1] has no Status: the page is cut off"));
  EXPECT_EQ(Refusal(page), "");
}

TEST(ApacheRefusal, NamesTheLineThatIsWrong) {
  const std::string balancer = "ProxyBalancer[0]Name: balancer://b\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Total Accesses: 6.1\n", "line 2: Total Accesses must be a whole number from 0 to 2^64-1, got \"6.1\""},
      {"Total Accesses: 143 k\n", "line 2: Total Accesses must be a whole number from 0 to 2^64-1, got \"143 k\""},
      {"Total Accesses: 1\nTotal Accesses: 2\n", "line 3: Total Accesses is there twice"},
      {"Total Accesses: -1\n", "line 2: Total Accesses must be a whole number from 0 to 2^64-1, got \"-1\""},
      {"Total Accesses: \n", "line 2: Total Accesses must be a whole number from 0 to 2^64-1, got \"\""},
      {"ProxyBalancer[x]Name: b\n", "line 2: no such key: \"ProxyBalancer[x]Name\""},
      {"ProxyBalancer[0]Name: \xff\n", "line 2: a name must be UTF-8 and not empty, got \"\\xff\""},
      {"ProxyBalancer[0]Name: balancer://\n", "line 2: a name must be UTF-8 and not empty, got \"\""},
      {"ProxyBalancer[0]Worker[0]Name: s\n",
       "line 2: a member without its balancer: \"ProxyBalancer[0]Worker[0]Name\""},
      {balancer + "ProxyBalancer[0]Worker[0]Status: Init Ok \n", "line 3: a Status before its Name"},
  };
  for (const auto& [lines, message] : cases) EXPECT_EQ(Refusal(PageOf(lines)), message) << lines;
}

TEST(ApacheRefusal, BoundsTheNumberOfLines) {
  std::string lines;
  for (int i = 0; i < 1'000'000 - 2; ++i) lines += "\n";
  EXPECT_EQ(Refusal(lines + "BusyWorkers: 1\nScoreboard: W\n"), "");
  EXPECT_THAT(Refusal(lines + "\nBusyWorkers: 1\nScoreboard: W\n"), StartsWith("the page has more than 1000000 lines"));
}

TEST(ApacheRefusal, IgnoresWhatOtherModulesSay) {
  EXPECT_EQ(Refusal(PageOf("TLSSessionCacheStatus\nCacheType: SHMCB\nCPUUser: .1\nReqPerSec: 1,5\n")), "");
}

}  // namespace
}  // namespace proxy_telemetry
