// nginx' stub_status: numbers without hosts or codes, read to the letter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

constexpr std::string_view kTengine =
    "Active connections: 291 \nserver accepts handled requests request_time\n 1140 1140 1141 75806 \n"
    "Reading: 6 Writing: 179 Waiting: 106 \n";

std::string Refusal(std::string_view page) { return MessageOf(ReadNginx(page, NoRules())); }

std::string PageOf(const std::string& requests, const std::string& writing) {
  return "Active connections: 1 \nserver accepts handled requests\n 7 7 " + requests +
         " \nReading: 0 Writing: " + writing + " Waiting: 0 \n";
}

// The scrape itself is among the requests, and is the one request in flight here.
TEST(NginxStub, GivesRequestsWithoutACodeAndWhatIsInFlight) {
  EXPECT_THAT(ValuesOf(ReadNginx(ReadFixture("nginx122-stub_status.txt"), NoRules())),
              ElementsAre(Pair("proxy_http_requests_in_flight{host=\"nginx\"}", 1),
                          Pair("proxy_http_requests_total{host=\"nginx\"}", 603)));
}

TEST(NginxStub, CountsRequestsBeingReadAndWrittenButNotIdleConnections) {
  EXPECT_THAT(ValuesOf(ReadNginx(kTengine, NoRules())),
              ElementsAre(Pair("proxy_http_requests_in_flight{host=\"nginx\"}", 185),
                          Pair("proxy_http_requests_total{host=\"nginx\"}", 1141)));
}

TEST(NginxStub, IsOfTheHostThatARuleMakesOfNginx) {
  EXPECT_EQ(ValuesOf(ReadNginx(kTengine, MapperOf({{"nginx", "Edge.Example"}})))
                .at("proxy_http_requests_total{host=\"edge.example\"}"),
            1141);
}

TEST(NginxStub, TakesTheFourthNumberOfTengineForNeitherRequestsNorLatency) {
  for (const auto& [series, value] : ValuesOf(ReadNginx(kTengine, NoRules()))) EXPECT_NE(value, 75806) << series;
  std::string page(kTengine);
  page.erase(page.find(" request_time"), std::string_view(" request_time").size());
  EXPECT_THAT(Refusal(page), StartsWith("line 3: must be \" N N N \""));
}

// Without its last blank, "Waiting: 10" cannot be told from the beginning of "Waiting: 106".
TEST(NginxStub, IsRefusedWhereverItIsCutOff) {
  for (const std::string& page : {ReadFixture("nginx122-stub_status.txt"), std::string(kTengine)}) {
    for (std::size_t size = 0; size < page.size(); ++size) EXPECT_NE(Refusal(page.substr(0, size)), "") << size;
    EXPECT_EQ(Refusal(page), "");
    EXPECT_NE(Refusal(page + " "), "");
    EXPECT_NE(Refusal(page + page), "");
  }
}

TEST(NginxStub, IsRefusedWithTheLineThatIsWrong) {
  EXPECT_THAT(Refusal("Active connections: x \n\n\n\n"), StartsWith("line 1: must be \"Active connections: N \", got"));
  EXPECT_THAT(Refusal("Active connections: 1 \nserver accepts\n\n\n"), StartsWith("line 2: must be"));
  EXPECT_THAT(Refusal(PageOf("-1", "1")), StartsWith("line 3: must be"));
  EXPECT_THAT(Refusal(PageOf("1.5", "1")), StartsWith("line 3: must be"));
  EXPECT_THAT(Refusal(PageOf("7 7", "1")), StartsWith("line 3: must be"));
  EXPECT_THAT(Refusal(PageOf("18446744073709551616", "1")), StartsWith("line 3: must be"));
  EXPECT_THAT(Refusal(PageOf("7", "")), StartsWith("line 4: must be"));
  EXPECT_THAT(Refusal("Active connections: 1 \nserver accepts handled requests\n"), HasSubstr("only 2 of the four"));
  EXPECT_LT(Refusal("Active connections: 1 \n" + std::string(100'000, 'x') + "\n\n\n").size(), 300U);
}

TEST(NginxStub, TakesEveryNumberThatFits) {
  EXPECT_EQ(Refusal(PageOf("18446744073709551615", "0")), "");
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 1000; ++round) {
    const std::uint64_t requests = random() >> (random() % 64);
    const std::uint64_t writing = random() >> 12;
    const Values values = ValuesOf(ReadNginx(PageOf(std::to_string(requests), std::to_string(writing)), NoRules()));
    EXPECT_EQ(values.at("proxy_http_requests_total{host=\"nginx\"}"), static_cast<double>(requests));
    EXPECT_EQ(values.at("proxy_http_requests_in_flight{host=\"nginx\"}"), static_cast<double>(writing));
  }
}

TEST(NginxPage, IsRefusedWhenItIsNoneOfNginx) {
  EXPECT_THAT(Refusal(""), HasSubstr("check metrics_path"));
  EXPECT_THAT(Refusal("hello from a backend\n"), HasSubstr("check metrics_path"));
  EXPECT_THAT(Refusal("<!DOCTYPE html><html>"), HasSubstr("/format/json"));
}

}  // namespace
}  // namespace proxy_telemetry
