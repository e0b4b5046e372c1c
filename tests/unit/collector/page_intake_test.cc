// What a page is taken for, and whether a failure of its reader is the page's fault or the guess's.
#include "page_intake.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace proxy_telemetry {
namespace {

class NamesSink : public PageSink {
 public:
  FamilyId AddFamily(const MetricFamily& /*family*/) override { return 0; }
  bool AddKnown(std::string_view /*raw*/, double /*value*/) override { return false; }
  Status AddSeries(std::string_view /*raw*/, FamilyId /*family*/, std::string_view name,
                   std::span<const LabelView> /*labels*/, double /*value*/) override {
    names += std::string(name) + " ";
    return Status::Ok();
  }

  std::string names;
};

struct Outcome {
  Status status;
  bool recognized = false;
  std::optional<PageReader> leads_to;
  std::string names;
};

std::string ReadFixture(const std::string& name) {
  std::ifstream file(std::string(PT_FIXTURES) + "/payloads/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

Outcome Take(PageReader reader, const std::string& page) {
  const auto hosts = HostMapper::Make({});
  EXPECT_TRUE(hosts.ok());
  NamesSink sink;
  PageIntake intake(reader, 2, sink, *hosts, nullptr, {});
  intake.SetAbsent(1);
  Outcome outcome;
  for (std::size_t at = 0; at < page.size() && outcome.status.ok(); at += 1000) {
    outcome.status = intake.OnBody(0, "text/plain", std::string_view(page).substr(at, 1000));
  }
  if (outcome.status.ok()) outcome.status = intake.Finish();
  outcome.recognized = intake.recognized();
  outcome.leads_to = intake.leads_to();
  outcome.names = sink.names;
  return outcome;
}

TEST(PageIntake, LeadsFromADetectedPageToItsReader) {
  const std::vector<std::pair<std::string, PageReader>> cases = {
      {"nginx122-stub_status.txt", PageReader::kNginx},    {"nginx122-vts027.json", PageReader::kNginx},
      {"nginx122-vts027.prom", PageReader::kNginx},        {"angie113-status.json", PageReader::kAngie},
      {"angie113-status-http.json", PageReader::kAngie},   {"angie113-all.prom", PageReader::kAngie},
      {"apache24-server-status.txt", PageReader::kApache}, {"agbero-uptime.json", PageReader::kAgbero},
  };
  for (const auto& [fixture, reader] : cases) {
    const Outcome outcome = Take(PageReader::kDetect, ReadFixture(fixture));
    EXPECT_EQ(outcome.leads_to, reader) << fixture;
    EXPECT_EQ(outcome.names, "") << fixture;
  }
}

TEST(PageIntake, RecognizesThePagesOfItsReader) {
  const std::vector<std::pair<PageReader, std::string>> cases = {
      {PageReader::kNginx, "nginx122-stub_status.txt"},
      {PageReader::kNginx, "nginx122-vts027.json"},
      {PageReader::kNginx, "nginx122-vts027.prom"},
      {PageReader::kNginxPlus, "nginx-plus-api8-server_zones.json"},
      {PageReader::kAngie, "angie113-status.json"},
      {PageReader::kAngie, "angie113-all.prom"},
      {PageReader::kApache, "apache24-server-status.txt"},
  };
  for (const auto& [reader, fixture] : cases) {
    const Outcome outcome = Take(reader, ReadFixture(fixture));
    EXPECT_TRUE(outcome.status.ok()) << fixture << ": " << outcome.status.message();
    EXPECT_TRUE(outcome.recognized) << fixture;
    EXPECT_NE(outcome.names.find("proxy_"), std::string::npos) << fixture;
  }
}

// A site that answers every path with the same must not keep detection from what comes after.
TEST(PageIntake, DoesNotTakeWhateverASiteAnswersForAProxysPage) {
  for (const std::string page : {"{}", "{\"ok\":true}", "{\"a\":{\"b\":1}}", "[]", "ok\n", "<html>", ""}) {
    for (const PageReader reader :
         {PageReader::kNginx, PageReader::kNginxPlus, PageReader::kAngie, PageReader::kApache, PageReader::kHaproxy}) {
      const Outcome outcome = Take(reader, page);
      EXPECT_FALSE(outcome.status.ok()) << page << " " << static_cast<int>(reader);
      EXPECT_FALSE(outcome.recognized) << page << " " << static_cast<int>(reader);
    }
  }
}

TEST(PageIntake, KnowsItsPageAlsoWhenThatIsBroken) {
  const std::string vts = ReadFixture("nginx122-vts027.json");
  const Outcome outcome = Take(PageReader::kNginx, vts.substr(0, vts.size() / 2));
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_TRUE(outcome.recognized);
}

}  // namespace
}  // namespace proxy_telemetry
