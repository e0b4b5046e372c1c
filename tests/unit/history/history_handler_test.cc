// Every status, header and byte of the original API, through the router. The first tests carry the names of agbero's.
#include <gtest/gtest.h>

#include "api/history.h"
#include "api/http.h"
#include "fake_store.h"

namespace proxy_telemetry {
namespace {

using history_test::FakeClock;
using history_test::FakeStore;

constexpr std::int64_t kNowS = 1'710'504'600;  // a whole hour and ten minutes

class HistoryHandler : public testing::Test {
 protected:
  HistoryHandler() {
    HistoryRoutes routes;
    routes.view = [this] { return view_; };
    routes.default_aggregate = [this] { return default_aggregate_; };
    routes.clock = &clock_;
    MountHistory(routes, router_);
  }

  HttpResponse Ask(const std::string& path, HttpFields query, const std::string& method = "GET") const {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    return router_.Dispatch(request);
  }
  HttpResponse History(HttpFields query) const { return Ask("/telemetry/history", std::move(query)); }
  HttpResponse Hosts() const { return Ask("/telemetry/hosts", {}); }
  void Requests(const std::string& host, std::int64_t ts_s, double value, const std::string& code = "2xx") {
    store_->Add("proxy_http_requests_total", {{"host", host}, {"code", code}}, ts_s, value);
  }
  // Two samples a minute apart that make the contract's example.
  void AddExample() {
    const std::string host = "example.localhost";
    const std::string bucket = "proxy_http_request_duration_seconds_bucket";
    const std::int64_t ts = 1'710'501'000;
    for (const std::int64_t i : {0, 1}) {
      const auto n = static_cast<double>(i);
      Requests(host, ts - 60 + 60 * i, 74'654.85 * n);
      Requests(host, ts - 60 + 60 * i, 375.15 * n, "5xx");
      // All slower than the highest finite bound, which is the answer then.
      store_->Add(bucket, {{"host", host}, {"le", "0.0452"}}, ts - 60 + 60 * i, 0);
      store_->Add(bucket, {{"host", host}, {"le", "+Inf"}}, ts - 60 + 60 * i, 75'030 * n);
      store_->Add("proxy_backends_up", {{"host", host}}, ts - 60 + 60 * i, 3);
    }
  }

  std::shared_ptr<FakeStore> store_ = std::make_shared<FakeStore>();
  std::shared_ptr<const tsdb::View> view_ = store_;
  Aggregate default_aggregate_ = Aggregate::kFirst;
  FakeClock clock_{kNowS * 1000 + 250};
  Router router_;
};

void ExpectError(const HttpResponse& response, int status, const std::string& line) {
  EXPECT_EQ(response.status, status);
  EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(response.Body(), line + "\n");
}

TEST_F(HistoryHandler, RequiresHost) {
  ExpectError(History({{"range", "1h"}}), 400, "host parameter required");
  ExpectError(History({{"host", ""}, {"range", "1h"}}), 400, "host parameter required");
  ExpectError(History({{"host", " \t\u00a0\u3000\n"}}), 400, "host parameter required");
  ExpectError(History({{"host", ""}, {"host", "x"}}), 400, "host parameter required");
  ExpectError(History({{"host", ""}, {"range", "x"}}), 400, "host parameter required");
}

TEST_F(HistoryHandler, RejectsInvalidRange) {
  for (const char* range : {"999y", "1H", " 1h"}) {
    ExpectError(History({{"host", "example.localhost"}, {"range", range}}), 400,
                "invalid range; use 30m, 1h, 6h, 24h, 7d, 30d, or 1y");
  }
}

TEST_F(HistoryHandler, DefaultsToOneHour) {
  const std::string empty = "{\"host\":\"example.localhost\",\"range\":\"1 hour\",\"samples\":[]}\n";
  EXPECT_EQ(History({{"host", "example.localhost"}}).Body(), empty);
  EXPECT_EQ(History({{"host", "example.localhost"}, {"range", ""}}).Body(), empty);
}

TEST_F(HistoryHandler, EmptyArrayNotNull) {
  const HttpResponse response = History({{"host", "nobody.localhost"}, {"range", "1h"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Body(), "{\"host\":\"nobody.localhost\",\"range\":\"1 hour\",\"samples\":[]}\n");
}

TEST_F(HistoryHandler, HostsEmptyArrayNotNull) {
  const HttpResponse response = Hosts();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.Body(), "{\"hosts\":[]}\n");
}

TEST_F(HistoryHandler, RejectsPost) {
  for (const char* path : {"/telemetry/history", "/telemetry/hosts", "/history", "/hosts", "/api/v1/telemetry/history",
                           "/api/v1/telemetry/hosts"}) {
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
      const HttpResponse response = Ask(path, {{"host", "x"}}, method);
      EXPECT_EQ(response.status, 405) << path;
      EXPECT_EQ(response.Header("Allow"), "GET, HEAD") << path;
    }
  }
}

TEST_F(HistoryHandler, ContentTypeIsJSON) {
  EXPECT_EQ(History({{"host", "x"}, {"range", "1h"}}).content_type, "application/json");
}

TEST_F(HistoryHandler, DownSampling) {
  const std::int64_t base = kNowS / 60 * 60 - 300;
  for (std::int64_t i = 0; i < 10; ++i) Requests("ds.localhost", base + i, static_cast<double>(i));
  EXPECT_EQ(History({{"host", "ds.localhost"}, {"range", "30m"}}).Body(),
            "{\"host\":\"ds.localhost\",\"range\":\"30 minutes\",\"samples\":[{\"ts\":" + std::to_string(base) +
                ",\"requests_sec\":0,\"p99_ms\":0,\"error_rate\":0,\"active_backends\":0}]}\n");
}

TEST_F(HistoryHandler, RespectsCutoff) {
  Requests("h", kNowS - 7200, 0);
  Requests("h", kNowS - 1801, 900);
  Requests("h", kNowS - 1800, 999);
  const std::string body(History({{"host", "h"}, {"range", "30m"}}).Body());
  EXPECT_EQ(body, "{\"host\":\"h\",\"range\":\"30 minutes\",\"samples\":[{\"ts\":" + std::to_string(kNowS - 1800) +
                      ",\"requests_sec\":99,\"p99_ms\":0,\"error_rate\":0,\"active_backends\":0}]}\n");
}

TEST_F(HistoryHandler, MultipleHosts) {
  for (const char* host : {"b", "a", "B", "a.b", "\xc3\xa9", "_other"}) Requests(host, kNowS, 1);
  store_->Add("proxy_up", {{"host", "not-a-host"}}, kNowS, 1);
  store_->Add("proxy_response_bytes_total", {{"host", "nor-this"}}, kNowS, 1);
  EXPECT_EQ(Hosts().Body(), "{\"hosts\":[\"B\",\"_other\",\"a\",\"a.b\",\"b\",\"\xc3\xa9\"]}\n");
}

TEST_F(HistoryHandler, WritesTheContractsExample) {
  AddExample();
  EXPECT_EQ(History({{"host", "example.localhost"}, {"start", "1710501000"}, {"end", "1710501000"}}).Body(),
            "{\"host\":\"example.localhost\",\"range\":\"custom\",\"samples\":[{\"ts\":1710501000,"
            "\"requests_sec\":1250.5,\"p99_ms\":45.2,\"error_rate\":0.5,\"active_backends\":3}]}\n");
}

TEST_F(HistoryHandler, AnswersTheSameOnEveryMount) {
  AddExample();
  const HttpFields query = {{"host", "example.localhost"}, {"range", "24h"}};
  const std::string history(History(query).Body());
  const std::string hosts(Hosts().Body());
  EXPECT_EQ(hosts, "{\"hosts\":[\"example.localhost\"]}\n");
  for (const std::string mount : {"", "/api/v1/telemetry"}) {
    EXPECT_EQ(Ask(mount + "/history", query).Body(), history);
    EXPECT_EQ(Ask(mount + "/hosts", {}).Body(), hosts);
    EXPECT_EQ(Ask(mount + "/history", query, "HEAD").status, 200);
  }
  EXPECT_EQ(Ask("/telemetry/history/", query).status, 404);
  EXPECT_EQ(Ask("/Telemetry/history", query).status, 404);
}

TEST_F(HistoryHandler, SeparatesSamplesByCommas) {
  for (const std::int64_t ts : {kNowS - 120, kNowS - 60, kNowS})
    Requests("h", ts, static_cast<double>(ts - kNowS + 200));
  const std::string tail = ",\"p99_ms\":0,\"error_rate\":0,\"active_backends\":0}";
  EXPECT_EQ(History({{"host", "h"}}).Body(),
            "{\"host\":\"h\",\"range\":\"1 hour\",\"samples\":[{\"ts\":1710504480,\"requests_sec\":0" + tail +
                ",{\"ts\":1710504540,\"requests_sec\":1" + tail + ",{\"ts\":1710504600,\"requests_sec\":1" + tail +
                "]}\n");
}

TEST_F(HistoryHandler, TrimsTheHostAndEchoesItAsGoDoes) {
  const auto echo_of = [this](const std::string& host) {
    const std::string body(History({{"host", host}}).Body());
    return body.substr(0, body.find(",\"range\""));
  };
  EXPECT_EQ(echo_of("  a b\u2003"), "{\"host\":\"a b\"");
  EXPECT_EQ(echo_of("<a&b>\""), "{\"host\":\"\\u003ca\\u0026b\\u003e\\\"\"");
  EXPECT_EQ(echo_of("a\u2028b\x01\xff"), "{\"host\":\"a\\u2028b\\u0001\\ufffd\"");
}

TEST_F(HistoryHandler, FindsHostsByTheirExactBytes) {
  Requests("shop.example", kNowS, 1);
  EXPECT_NE(History({{"host", " shop.example "}}).Body().find("\"ts\""), std::string::npos);
  for (const char* other : {"Shop.Example", "shop.example.", "shop", "shop.*", "shop.example\xff"}) {
    EXPECT_EQ(History({{"host", other}}).Body().find("\"ts\""), std::string::npos) << other;
  }
}

TEST_F(HistoryHandler, LabelsEachRangeAndMarksOwnWindowsCustom) {
  const auto range_of = [this](HttpFields query) {
    query.emplace_back("host", "h");
    const std::string body(History(query).Body());
    return body.substr(0, body.find(",\"samples\""));
  };
  EXPECT_EQ(range_of({{"range", "30m"}}), "{\"host\":\"h\",\"range\":\"30 minutes\"");
  EXPECT_EQ(range_of({{"range", "6h"}}), "{\"host\":\"h\",\"range\":\"6 hours\"");
  EXPECT_EQ(range_of({{"range", "24h"}}), "{\"host\":\"h\",\"range\":\"24 hours\"");
  EXPECT_EQ(range_of({{"range", "7d"}}), "{\"host\":\"h\",\"range\":\"7 days\"");
  EXPECT_EQ(range_of({{"range", "30d"}}), "{\"host\":\"h\",\"range\":\"30 days\"");
  EXPECT_EQ(range_of({{"range", "1y"}}), "{\"host\":\"h\",\"range\":\"1 year\"");
  EXPECT_EQ(range_of({{"range", "6h"}, {"start", "1"}}), "{\"host\":\"h\",\"range\":\"custom\"");
  EXPECT_EQ(range_of({{"end", "2024-03-15T11:10:00Z"}}), "{\"host\":\"h\",\"range\":\"custom\"");
}

TEST_F(HistoryHandler, NamesTheParameterThatIsWrong) {
  for (const std::string name : {"start", "end", "step", "aggregate"}) {
    const HttpResponse response = History({{"host", "h"}, {name, "nonsense"}});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
    EXPECT_TRUE(response.Body().starts_with("invalid " + name + "; use ")) << response.Body();
    EXPECT_EQ(response.Body().find('\n'), response.Body().size() - 1);
  }
  ExpectError(History({{"host", "h"}, {"start", "2"}, {"end", "1"}}), 400, "invalid end; it is before start");
  ExpectError(History({{"host", "h"}, {"range", "24h"}, {"step", "1s"}}), 400,
              "invalid step; the answer would have more than 11000 points: use a longer step or a shorter range");
}

TEST_F(HistoryHandler, TakesTheAggregateOfTheConfigurationUnlessTheRequestSays) {
  const std::int64_t base = kNowS / 60 * 60 - 300;
  for (const std::int64_t ts : {base, base + 10}) Requests("h", ts, static_cast<double>(ts - base));
  const auto rate_of = [this](HttpFields query) {
    query.emplace_back("host", "h");
    const std::string body(History(query).Body());
    return body.substr(body.find("\"requests_sec\""), 16);
  };
  EXPECT_EQ(rate_of({}), "\"requests_sec\":0");
  default_aggregate_ = Aggregate::kLast;
  EXPECT_EQ(rate_of({}), "\"requests_sec\":1");
  EXPECT_EQ(rate_of({{"aggregate", "first"}}), "\"requests_sec\":0");
  EXPECT_EQ(rate_of({{"aggregate", "max"}}), "\"requests_sec\":1");
}

TEST_F(HistoryHandler, FiltersByJobAndInstance) {
  Requests("h", kNowS, 1);
  const auto has_sample = [this](const char* name, const char* value) {
    return History({{"host", "h"}, {name, value}}).Body().find("\"ts\"") != std::string_view::npos;
  };
  EXPECT_TRUE(has_sample("job", "j"));
  EXPECT_FALSE(has_sample("job", "other"));
  EXPECT_TRUE(has_sample("instance", "i"));
  EXPECT_FALSE(has_sample("instance", "other"));
}

TEST_F(HistoryHandler, ShowsSamplesThatAClockSetBackLeftInTheFuture) {
  Requests("h", kNowS + 600, 1);
  EXPECT_NE(History({{"host", "h"}}).Body().find("\"ts\":1710505200"), std::string::npos);
  EXPECT_EQ(History({{"host", "h"}, {"start", "0"}}).Body().find("\"ts\""), std::string::npos);
}

TEST_F(HistoryHandler, SaysWhyAQueryFailed) {
  store_->cursor_status = Status::IoError("read block: Input/output error");
  ExpectError(History({{"host", "h"}}), 500, "query failed: read block: Input/output error");
  view_ = nullptr;
  ExpectError(History({{"host", "h"}}), 500, "query failed: the store is not open");
  EXPECT_EQ(Hosts().status, 500);
}

TEST_F(HistoryHandler, SaysWhichLimitAQueryHit) {
  store_->cursor_status = Status::ResourceExhausted("the query reads more than the 5 samples that are allowed");
  ExpectError(History({{"host", "h"}}), 422, "the query reads more than the 5 samples that are allowed");
  store_->cursor_status = Status::Timeout("the query took longer than the 5 ms that are allowed");
  ExpectError(History({{"host", "h"}}), 503, "the query took longer than the 5 ms that are allowed");
}

TEST_F(HistoryHandler, AnswersWithWhatADamagedStoreStillHas) {
  Requests("h", kNowS, 1);
  store_->cursor_status = Status::Corruption("block 7: checksum");
  const HttpResponse response = History({{"host", "h"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.Body().find("\"ts\":1710504600"), std::string::npos);
}

TEST_F(HistoryHandler, MakesTheListOfHostsAnewOnlyWhenTheSeriesChanged) {
  Requests("a", kNowS, 1);
  store_->generation = 1;
  EXPECT_EQ(Hosts().body, "{\"hosts\":[\"a\"]}\n");
  Requests("b", kNowS, 1);
  EXPECT_EQ(Hosts().body, "{\"hosts\":[\"a\"]}\n");
  store_->generation = 2;
  EXPECT_EQ(Hosts().body, "{\"hosts\":[\"a\",\"b\"]}\n");
  store_->generation = 0;
  Requests("c", kNowS, 1);
  EXPECT_EQ(Hosts().body, "{\"hosts\":[\"a\",\"b\",\"c\"]}\n");
}

}  // namespace
}  // namespace proxy_telemetry
