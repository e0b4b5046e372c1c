#include "api/targets.h"

#include <gtest/gtest.h>

#include <string>

#include "targets_html.h"
#include "targets_json.h"

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kNowMs = 1'710'501'000'000;

class FixedClock final : public Clock {
 public:
  std::int64_t WallMs() const override { return kNowMs; }
  std::int64_t SteadyUs() const override { return 0; }
};

class TargetsTest : public ::testing::Test {
 protected:
  TargetsTest() {
    MountTargets({[this] { return board_.Snapshot(); }, &clock_, "proxy.example"}, router_);
    TargetStatus good;
    good.job = "edge";
    good.discovered = Labels({{"__address__", "127.0.0.1:8404"}, {"job", "edge"}});
    good.labels = Labels({{"job", "edge"}, {"instance", "127.0.0.1:8404"}});
    good.source = "http://127.0.0.1:8404/stats;csv";
    good.proxy = "haproxy";
    good.health = TargetHealth::kUp;
    good.last_scrape_ms = kNowMs - 61'500;
    good.last_duration_seconds = 0.0125;
    good.samples = 42;
    good.interval_ms = 90'000;
    good.timeout_ms = 10'000;
    Publish(1, good);
    TargetStatus bad = good;
    bad.job = "blog";
    bad.labels = Labels({{"job", "blog"}, {"rack", "<b>\"&'</b>"}});
    bad.source = "http://10.0.0.1:80/metrics";
    bad.proxy = "";
    bad.health = TargetHealth::kDown;
    bad.last_error = Status::Unavailable("connection <refused>");
    bad.samples = 0;
    Publish(2, bad);
    TargetStatus log;
    log.job = "weblogs";
    log.source = "unixgram:/run/proxy-telemetry/nginx.sock";
    Publish(3, log);
    board_.SetDropped({{"edge", Labels().With("__address__", "gone:1"), ""},
                       {"blog", Labels().With("__address__", "http://x"), "must be <host:port>"}});
  }

  void Publish(TargetId id, const TargetStatus& status) {
    board_.Publish(id, std::make_shared<const TargetStatus>(status));
  }

  std::string Get(const std::string& path, const HttpFields& query = {}) const {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    const HttpResponse response = router_.Dispatch(request);
    EXPECT_EQ(response.status, 200);
    return std::string(response.Body());
  }
  static bool Has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
  static std::size_t Count(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }

  const FixedClock clock_;
  TargetStatusBoard board_;
  Router router_;
};

constexpr const char* kEdge =
    R"({"discoveredLabels":{"__address__":"127.0.0.1:8404","job":"edge"},)"
    R"("labels":{"instance":"127.0.0.1:8404","job":"edge"},"scrapePool":"edge",)"
    R"("scrapeUrl":"http://127.0.0.1:8404/stats;csv","globalUrl":"http://proxy.example:8404/stats;csv",)"
    R"("lastError":"","lastScrape":"2024-03-15T11:08:58.500Z","lastScrapeDuration":0.0125,"health":"up",)"
    R"("scrapeInterval":"1m30s","scrapeTimeout":"10s","proxy":"haproxy","samples":42})";
constexpr const char* kWeblogs =
    R"({"discoveredLabels":{},"labels":{},"scrapePool":"weblogs",)"
    R"("scrapeUrl":"unixgram:/run/proxy-telemetry/nginx.sock","globalUrl":"unixgram:/run/proxy-telemetry/nginx.sock",)"
    R"("lastError":"","lastScrape":"0001-01-01T00:00:00Z","lastScrapeDuration":0,"health":"unknown",)"
    R"("scrapeInterval":"","scrapeTimeout":"","proxy":"","samples":0})";

TEST_F(TargetsTest, AreShapedLikePrometheus) {
  EXPECT_EQ(Get("/api/v1/targets", {{"scrapePool", "edge"}}),
            std::string(R"({"status":"success","data":{"activeTargets":[)") + kEdge +
                R"(],"droppedTargets":[{"discoveredLabels":{"__address__":"gone:1"},"scrapePool":"edge"}]}})");
  EXPECT_EQ(Get("/api/v1/targets", {{"scrapePool", "weblogs"}, {"state", "Active"}}),
            std::string(R"({"status":"success","data":{"activeTargets":[)") + kWeblogs + R"(],"droppedTargets":[]}})");
  EXPECT_TRUE(Has(Get("/api/v1/targets"), R"("lastError":"connection \u003crefused\u003e")"));
}

TEST_F(TargetsTest, AreFilteredByStateAndJob) {
  const auto counts = [this](const HttpFields& query) {
    const std::string body = Get("/api/v1/targets", query);
    return std::pair(Count(body, "\"health\""), Count(body, "\"discoveredLabels\"") - Count(body, "\"health\""));
  };
  using Pair = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(counts({}), Pair(3, 2));
  EXPECT_EQ(counts({{"state", "any"}}), Pair(3, 2));
  EXPECT_EQ(counts({{"state", "active"}}), Pair(3, 0));
  EXPECT_EQ(counts({{"state", "DROPPED"}}), Pair(0, 2));
  EXPECT_EQ(counts({{"state", "other"}}), Pair(0, 0));
  EXPECT_EQ(counts({{"scrapePool", "blog"}}), Pair(1, 1));
  EXPECT_EQ(counts({{"scrapePool", "none"}}), Pair(0, 0));
  EXPECT_EQ(Get("/api/v1/targets", {{"state", "other"}}),
            R"({"status":"success","data":{"activeTargets":[],"droppedTargets":[]}})");
}

TEST_F(TargetsTest, WithoutAnyAreEmptyListsAndAPageThatSaysSo) {
  for (const TargetId id : {1U, 2U, 3U}) board_.Remove(id);
  board_.SetDropped({});
  EXPECT_EQ(Get("/api/v1/targets"), R"({"status":"success","data":{"activeTargets":[],"droppedTargets":[]}})");
  EXPECT_TRUE(Has(Get("/targets"), "There are no targets"));
}

TEST_F(TargetsTest, PageShowsWhatIsWrongFirstAndSaysWhatToDo) {
  const std::string page = Get("/targets");
  EXPECT_TRUE(Has(page, "1 up, 1 down, 1 not scraped yet"));
  EXPECT_LT(page.find("connection &lt;refused&gt;"), page.find("stats;csv"));
  EXPECT_TRUE(Has(page, "Nothing answers there"));
  EXPECT_TRUE(Has(page, "DOWN</td>")) << "text, not only a colour";
  EXPECT_TRUE(Has(page, "1m1s ago"));
  EXPECT_TRUE(Has(page, "haproxy"));
  EXPECT_TRUE(Has(page, "must be &lt;host:port&gt;"));
}

TEST_F(TargetsTest, PageEscapesAllAndLoadsAndRunsNothing) {
  const std::string page = Get("/targets");
  EXPECT_FALSE(Has(page, "<b>"));
  EXPECT_FALSE(Has(page, "<script"));
  EXPECT_FALSE(Has(page, "src="));
  EXPECT_FALSE(Has(page, "href=\"unixgram")) << "only http and https are links";
  HttpRequest request;
  request.method = "GET";
  request.path = "/targets";
  EXPECT_TRUE(router_.Dispatch(request).Header("Content-Security-Policy").starts_with("default-src 'none'"));
  request.method = "POST";
  EXPECT_EQ(router_.Dispatch(request).status, 405);
}

TEST_F(TargetsTest, PageMayBeAboutWhatIsDownAlone) {
  const std::string page = Get("/targets", {{"state", "down"}});
  EXPECT_TRUE(Has(page, "10.0.0.1"));
  EXPECT_FALSE(Has(page, "stats;csv"));
  EXPECT_TRUE(Has(page, "1 up, 1 down")) << "the sums stay";
}

TEST_F(TargetsTest, PageOfAThousandTargetsHasThemAllAndFewDroppedOnes) {
  TargetStatus status;
  status.job = "many";
  status.health = TargetHealth::kUp;
  for (TargetId id = 10; id < 1010; ++id) {
    status.source = "http://10.1.2.3:" + std::to_string(id) + "/metrics";
    status.labels = Labels({{"job", "many"}, {"instance", "10.1.2.3:" + std::to_string(id)}});
    Publish(id, status);
  }
  std::vector<DroppedTarget> dropped(kDroppedTargetsShownMax + 7);
  board_.SetDropped(dropped);
  const std::string page = Get("/targets");
  EXPECT_EQ(Count(page, "<td class=\"up\">"), 1001U);
  EXPECT_EQ(Count(page, "<li>"), kDroppedTargetsShownMax);
  EXPECT_TRUE(Has(page, "and 7 more"));
  EXPECT_LT(page.size(), 1'000'000U);
}

TEST(GlobalUrl, NamesTheMachineInsteadOfLocalhost) {
  EXPECT_EQ(GlobalUrl("http://localhost:9090/metrics", "p.example"), "http://p.example:9090/metrics");
  EXPECT_EQ(GlobalUrl("https://[::1]/x?y", "p.example"), "https://p.example/x?y");
  EXPECT_EQ(GlobalUrl("http://localhost.example/x", "p.example"), "http://localhost.example/x");
  EXPECT_EQ(GlobalUrl("http://10.0.0.1/127.0.0.1", "p.example"), "http://10.0.0.1/127.0.0.1");
  EXPECT_EQ(GlobalUrl("unix:/run/x.sock", "p.example"), "unix:/run/x.sock");
  EXPECT_EQ(GlobalUrl("http://localhost:1/", ""), "http://localhost:1/");
}

}  // namespace
}  // namespace proxy_telemetry
