// ParseConfig as the tests use it: text in, Config or formatted errors out.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.h"

namespace proxy_telemetry {

using Environment = std::map<std::string, std::string>;
EnvLookup LookupIn(Environment environment);

// "LINE:COLUMN: key.path: message" each; empty for a good text.
std::vector<std::string> Errors(const std::string& text, const Environment& environment = {});
// The Config of a good text; a test failure and an empty one otherwise.
Config Good(const std::string& text, const Environment& environment = {});
// The only job of a text made of a job with these lines ("proxy: agbero") behind its job_name.
ScrapeConfig GoodJob(const std::vector<std::string>& lines, const Environment& environment = {});
// Such a text: line 1 is "scrape_configs:", line 2 the job_name, `lines` begin at line 3, column 5.
std::string JobText(const std::vector<std::string>& lines);

std::string ReadFixture(const std::string& name);

// One wrong text and everything that must be said about it.
struct BadCase {
  std::string text;
  std::vector<std::string> errors;
};
void ExpectBad(const std::vector<BadCase>& cases);
// The same with the lines of a job in place of the text.
struct BadJob {
  std::vector<std::string> lines;
  std::vector<std::string> errors;
};
void ExpectBadJobs(const std::vector<BadJob>& cases);

}  // namespace proxy_telemetry
