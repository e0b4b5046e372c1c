#include "load.h"

#include <fstream>
#include <sstream>
#include <utility>

namespace proxy_telemetry {

EnvLookup LookupIn(Environment environment) {
  return [environment = std::move(environment)](const std::string& name) -> std::optional<std::string> {
    const auto it = environment.find(name);
    return it == environment.end() ? std::nullopt : std::optional(it->second);
  };
}

std::vector<std::string> Errors(const std::string& text, const Environment& environment) {
  const ConfigResult result = ParseConfig(text, LookupIn(environment), "/etc/pt");
  EXPECT_EQ(result.config.has_value(), result.errors.empty());
  std::vector<std::string> errors;
  for (const ConfigError& error : result.errors) errors.push_back(FormatConfigError("", error));
  return errors;
}

Config Good(const std::string& text, const Environment& environment) {
  EXPECT_THAT(Errors(text, environment), testing::IsEmpty()) << text;
  return ParseConfig(text, LookupIn(environment), "/etc/pt").config.value_or(Config{});
}

std::string JobText(const std::vector<std::string>& lines) {
  std::string text = "scrape_configs:\n  - job_name: edge\n";
  for (const std::string& line : lines) text += "    " + line + "\n";
  return text;
}

ScrapeConfig GoodJob(const std::vector<std::string>& lines, const Environment& environment) {
  const Config config = Good(JobText(lines), environment);
  return config.scrape_configs.empty() ? ScrapeConfig{} : config.scrape_configs[0];
}

std::string ReadFixture(const std::string& name) {
  std::ifstream in(std::string(PT_FIXTURES) + "/config/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void ExpectBad(const std::vector<BadCase>& cases) {
  for (const BadCase& bad : cases) {
    EXPECT_THAT(Errors(bad.text), testing::ElementsAreArray(bad.errors)) << bad.text;
    EXPECT_FALSE(bad.errors.empty()) << bad.text;
  }
}

void ExpectBadJobs(const std::vector<BadJob>& cases) {
  std::vector<BadCase> texts;
  for (const BadJob& bad : cases) texts.push_back({JobText(bad.lines), bad.errors});
  ExpectBad(texts);
}

}  // namespace proxy_telemetry
