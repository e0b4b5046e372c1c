// headers: and params:.
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

TEST(Headers, AreTextOrListsOfTextsAndFiles) {
  const ScrapeConfig job =
      GoodJob({"headers:", "  Host: shop.example", "  X-A: {values: [one, two], secrets: [three], files: [four]}"});
  ASSERT_EQ(job.headers.size(), 5U);
  EXPECT_EQ(job.headers[0].first, "Host");
  EXPECT_EQ(job.headers[0].second.value, "shop.example");
  const std::vector<std::string> values{"one", "two", "three"};
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(job.headers[i + 1].first, "X-A");
    EXPECT_EQ(job.headers[i + 1].second.value, values[i]);
    EXPECT_EQ(job.headers[i + 1].second.file, "");
  }
  EXPECT_EQ(job.headers[4].second.value, "");
  EXPECT_EQ(job.headers[4].second.file, "/etc/pt/four");
}

TEST(Headers, NamesAreTokensAndComeOnce) {
  ExpectBadJobs({
      {{"headers: {\"X Y\": a}"},
       {"3:15: scrape_configs[0].headers[\"X Y\"]: is not a header name; use letters, digits and -"}},
      {{"headers: {\"X:\": a}"},
       {"3:15: scrape_configs[0].headers[\"X:\"]: is not a header name; use letters, digits and -"}},
      {{"headers: {\"X\\r\\nY\": a}"},
       {"3:15: scrape_configs[0].headers[\"X??Y\"]: is not a header name; use letters, digits and -"}},
      {{"headers: {X-A: a, x-a: b}"},
       {"3:23: scrape_configs[0].headers.x-a: duplicate header, case does not count; give it once with values: [...]"}},
      {{"headers: {X-A: {value: a}}"},
       {"3:21: scrape_configs[0].headers.X-A.value: unknown key; expected one of values, secrets or files"}},
  });
}

TEST(Headers, ThatTheScrapeNeedsForItselfAreRefused) {
  ExpectBadJobs(
      {{{"headers: {Authorization: x}"},
        {"3:15: scrape_configs[0].headers.Authorization: cannot be set here; use authorization or basic_auth"}}});
  for (const std::string name : {"Accept", "accept-encoding", "Content-Length", "Transfer-Encoding", "Connection"}) {
    ExpectBadJobs({{{"headers: {" + name + ": x}"},
                    {"3:15: scrape_configs[0].headers." + name + ": cannot be set, the scrape sets it itself"}}});
  }
}

TEST(Headers, ValuesCannotSmuggleAnotherHeader) {
  ExpectBadJobs({{{"headers: {X: \"a\\r\\nY: b\"}"},
                  {"3:18: scrape_configs[0].headers.X: must be one line without control characters"}},
                 {{"headers: {X: {values: [ok, \"a\\nY: b\"]}}"},
                  {"3:32: scrape_configs[0].headers.X.values[1]: must be one line without control characters"}}});
}

TEST(Params, AreListsInFileOrder) {
  using testing::ElementsAre;
  using testing::Pair;
  EXPECT_THAT(GoodJob({"params: {z: [1, 2], a: [3], none: []}"}).params,
              ElementsAre(Pair("z", "1"), Pair("z", "2"), Pair("a", "3")));
}

}  // namespace
}  // namespace proxy_telemetry
