// ${NAME} in values.
#include <cstdlib>
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string PathOf(const std::string& value, const Environment& environment) {
  return Good("storage:\n  path: '" + value + "'\n", environment).storage.path;
}

TEST(Environment, ExpandsNamesInBracesOnly) {
  const Environment environment{{"A", "one"}, {"_b2", "two"}, {"EMPTY", ""}, {"SELF", "${SELF}"}};
  EXPECT_EQ(PathOf("${A}", environment), "one");
  EXPECT_EQ(PathOf("x${A}y${_b2}z${A}", environment), "xoneytwozone");
  EXPECT_EQ(PathOf("a${EMPTY}b", environment), "ab");
  EXPECT_EQ(PathOf("$A $ $$ a$", environment), "$A $ $$ a$");
  EXPECT_EQ(PathOf("${1}${}${ A}", environment), "${1}${}${ A}");
  EXPECT_EQ(PathOf("${SELF}", environment), "${SELF}");
  EXPECT_EQ(PathOf("$${A}", environment), "${A}");
  EXPECT_EQ(PathOf("$${UNSET:-x}$${", environment), "${UNSET:-x}${");
  EXPECT_EQ(PathOf("$$${A}", environment), "$${A}");
}

TEST(Environment, ReachesEveryKindOfValue) {
  const ScrapeConfig job =
      GoodJob({"scrape_interval: ${I}", "honor_labels: ${T}", "sample_limit: ${N}", "body_size_limit: ${S}",
               "proxy: ${P}", "static_configs: [{targets: ['${H}:80'], labels: {site: '${H}'}}]",
               "basic_auth: {username: u, password: '${PW}'}", "hosts: [{match: '${H}_(.*)', host: '$1.${H}.${1}'}]"},
              {{"I", "20s"}, {"T", "true"}, {"N", "7"}, {"S", "1KB"}, {"P", "agbero"}, {"H", "h"}, {"PW", "p: }#"}});
  EXPECT_EQ(job.scrape_interval_ms, 20'000);
  EXPECT_TRUE(job.honor_labels);
  EXPECT_EQ(job.sample_limit, 7U);
  EXPECT_EQ(job.body_size_limit, 1024U);
  EXPECT_EQ(job.proxy, ProxyKind::kAgbero);
  EXPECT_THAT(job.static_configs.at(0).targets, ElementsAre("h:80"));
  EXPECT_EQ(job.static_configs[0].labels.at("site"), "h");
  EXPECT_EQ(job.basic_auth.value().password.value, "p: }#");
  EXPECT_EQ(job.hosts.at(0).match, "h_(.*)");
  EXPECT_EQ(job.hosts[0].host, "$1.h.${1}");
}

TEST(Environment, DoesNotReachKeysAndCannotChangeTheStructure) {
  const Environment environment{{"K", "path"}, {"V", "x\nmax_size: 1GB"}};
  EXPECT_THAT(Errors("storage: {\"${K}\": x}", environment),
              ElementsAre("1:11: storage[\"${K}\"]: unknown key; expected one of path, retention or max_size"));
  EXPECT_EQ(PathOf("${V}", environment), "x\nmax_size: 1GB");
}

TEST(Environment, UnsetVariablesAreNamedAllOfThemOnce) {
  EXPECT_THAT(Errors("storage: {path: '${A}/${B}/${A}/${C}'}", {{"B", "b"}}),
              ElementsAre("1:17: storage.path: environment variables A, C are not set"));
  EXPECT_THAT(
      Errors(JobText({"basic_auth: {username: u, password: '${EDGE_PASSWORD}'}"})),
      ElementsAre("3:41: scrape_configs[0].basic_auth.password: environment variable EDGE_PASSWORD is not set"));
}

TEST(Environment, UnfinishedReferencesAreRefused) {
  for (const char* value : {"${A", "${A:-x}", "${A-B}", "${A }"}) {
    EXPECT_THAT(
        Errors(std::string("storage: {path: '") + value + "'}", {{"A", "a"}}),
        ElementsAre("1:17: storage.path: unfinished ${...}; write ${NAME} for an environment variable, $${ for a "
                    "plain ${"))
        << value;
  }
}

TEST(Environment, ValuesAreCheckedLikeWrittenOnes) {
  EXPECT_THAT(Errors(JobText({"sample_limit: ${N}"}), {{"N", "x"}}),
              ElementsAre("3:19: scrape_configs[0].sample_limit: must be a whole number such as 1000, not \"x\""));
  EXPECT_THAT(Errors("storage: {path: '${A}'}", {{"A", "\xFF"}}),
              ElementsAre("1:17: storage.path: the environment variable it names holds text that is not UTF-8"));
  EXPECT_THAT(Errors("storage: {path: '${A}'}", {{"A", ""}}), ElementsAre("1:17: storage.path: must not be empty"));
}

TEST(Environment, BigValuesAreBoundedOverTheWholeFile) {
  const Environment environment{{"BIG", std::string(100'000, 'x')}};
  std::string text = "scrape_configs:\n";
  for (int i = 0; i < 20; ++i) text += "  - {job_name: 'j" + std::to_string(i) + "${BIG}'}\n";
  const std::vector<std::string> errors = Errors(text, environment);
  EXPECT_EQ(errors.size(), 10U);
  for (const std::string& error : errors)
    EXPECT_THAT(error, HasSubstr("environment variables expand to too much text"));
}

TEST(Environment, OfTheProcessIsReadWhenAsked) {
  const EnvLookup env = ProcessEnv();
  ASSERT_EQ(::setenv("PT_CONFIG_TEST", "value", 1), 0);
  EXPECT_EQ(env("PT_CONFIG_TEST"), "value");
  ASSERT_EQ(::unsetenv("PT_CONFIG_TEST"), 0);
  EXPECT_EQ(env("PT_CONFIG_TEST"), std::nullopt);
}

}  // namespace
}  // namespace proxy_telemetry
