#include "api/metrics_page.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace proxy_telemetry {
namespace {

TEST(MetricsPage, OpenMetricsIsServedToThoseWhoRateItHigher) {
  EXPECT_TRUE(PrefersOpenMetrics("application/openmetrics-text"));
  EXPECT_TRUE(PrefersOpenMetrics("application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5"));
  EXPECT_TRUE(PrefersOpenMetrics("APPLICATION/OpenMetrics-Text; Version=\"1.0.0\""));
  EXPECT_TRUE(PrefersOpenMetrics(
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;"
      "version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,"
      "*/*;q=0.1"));
}

TEST(MetricsPage, AllOthersGetText) {
  for (const char* accept : {"", "*/*", "text/plain", "text/html", "application/openmetrics-text;q=0",
                             "application/openmetrics-text;version=2.0.0", "application/openmetrics-text;q=x",
                             "application/openmetrics-text;q=0.1,text/plain;q=0.9"}) {
    EXPECT_FALSE(PrefersOpenMetrics(accept)) << accept;
  }
}

class MetricsPageTest : public ::testing::Test {
 protected:
  MetricsPageTest() {
    MountMetrics("/metrics", [this](bool) { return page_; }, router_);
  }
  HttpResponse Get(const std::string& encoding) {
    HttpRequest request;
    request.method = "GET";
    request.path = "/metrics";
    if (!encoding.empty()) request.headers.emplace_back("Accept-Encoding", encoding);
    return router_.Dispatch(request);
  }

  Router router_;
  std::shared_ptr<const std::string> page_ = std::make_shared<const std::string>(100'000, 'x');
};

TEST_F(MetricsPageTest, ThePageIsServedWithoutACopy) { EXPECT_EQ(Get("").shared, page_); }

TEST_F(MetricsPageTest, APageIsCompressedOnce) {
  const HttpResponse first = Get("gzip");
  EXPECT_LT(first.Body().size(), page_->size() / 10);
  EXPECT_EQ(first.shared, Get("gzip").shared);
  page_ = std::make_shared<const std::string>(100'000, 'y');
  EXPECT_NE(first.shared, Get("gzip").shared);
}

}  // namespace
}  // namespace proxy_telemetry
