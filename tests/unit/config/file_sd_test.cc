// file_sd_configs: which files, how often.
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;

const std::string kFiles = "scrape_configs[0].file_sd_configs[0].files";

TEST(FileSd, TakesNamesAsPrometheusRelativeToTheConfigurationFile) {
  const ScrapeConfig job = GoodJob({"file_sd_configs:", "  - files: [a.json, /x/b.yml, d/*.yaml, 'e*f*.YML', .json]",
                                    "    refresh_interval: 30s", "  - files: [../c.JSON]"});
  ASSERT_EQ(job.file_sd_configs.size(), 2U);
  EXPECT_THAT(job.file_sd_configs[0].files,
              ElementsAre("/etc/pt/a.json", "/x/b.yml", "/etc/pt/d/*.yaml", "/etc/pt/e*f*.YML", "/etc/pt/.json"));
  EXPECT_EQ(job.file_sd_configs[0].refresh_interval_ms, 30'000);
  EXPECT_THAT(job.file_sd_configs[1].files, ElementsAre("/etc/pt/../c.JSON"));
  EXPECT_EQ(job.file_sd_configs[1].refresh_interval_ms, 300'000);
}

TEST(FileSd, StandsBesideStaticConfigs) {
  const ScrapeConfig job = GoodJob({"static_configs: [{targets: [a]}]", "file_sd_configs: [{files: [a.json]}]"});
  EXPECT_EQ(job.static_configs.size(), 1U);
  EXPECT_EQ(job.file_sd_configs.size(), 1U);
}

TEST(FileSd, NamesThatPrometheusRefusesAreRefused) {
  const auto ending = [](const std::string& name) { return "\"" + name + "\" must end in .json, .yml or .yaml"; };
  for (const std::string name : {"targets", "a.txt", "a.json.bak", "a.Json", "a.json*", "json"}) {
    ExpectBadJobs({{{"file_sd_configs: [{files: ['" + name + "']}]"}, {"3:32: " + kFiles + "[0]: " + ending(name)}}});
  }
  for (const std::string name : {"*/a.json", "/x/a*/b.yml"}) {
    ExpectBadJobs(
        {{{"file_sd_configs: [{files: ['" + name + "']}]"},
          {"3:32: " + kFiles + "[0]: \"" + name + "\" may have its * behind the last / only; name one directory"}}});
  }
}

TEST(FileSd, SaysWhatIsMissingOrWrong) {
  ExpectBadJobs({
      {{"file_sd_configs: [{refresh_interval: 0}]"},
       {"3:23: " + kFiles + ": required, but missing",
        "3:42: scrape_configs[0].file_sd_configs[0].refresh_interval: must be longer than 0"}},
      {{"file_sd_configs: [{files: []}]"}, {"3:31: " + kFiles + ": must name at least one file"}},
      {{"file_sd_configs: [{files: a.json}]"}, {"3:31: " + kFiles + ": must be a list, not a single value"}},
      {{"file_sd_configs: [{files: ['', [x]]}]"},
       {"3:32: " + kFiles + "[0]: must not be empty", "3:36: " + kFiles + "[1]: must be a single value, not a list"}},
      {{"file_sd_configs: [{file: [a.json]}]"},
       {"3:23: " + kFiles + ": required, but missing",
        "3:24: scrape_configs[0].file_sd_configs[0].file: unknown key; expected one of files or refresh_interval"}},
  });
}

}  // namespace
}  // namespace proxy_telemetry
