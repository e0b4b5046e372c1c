// basic_auth, authorization, tls_config.
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Auth, TakesTheSecretInTheFileOrAsAFile) {
  const ScrapeConfig inline_secret = GoodJob({"basic_auth: {username: u, password: 'p:w'}"});
  ASSERT_TRUE(inline_secret.basic_auth.has_value());
  EXPECT_EQ(inline_secret.basic_auth->password.value, "p:w");
  EXPECT_EQ(inline_secret.basic_auth->password.file, "");
  const ScrapeConfig file = GoodJob({"authorization: {credentials_file: /run/token}"});
  ASSERT_TRUE(file.authorization.has_value());
  EXPECT_EQ(file.authorization->type, "Bearer");
  EXPECT_EQ(file.authorization->credentials.file, "/run/token");
}

TEST(Auth, WaysThatExcludeEachOtherAreRefusedAtTheLater) {
  ExpectBadJobs({
      {{"authorization: {credentials: x}", "basic_auth: {username: u}"},
       {"4:5: scrape_configs[0].basic_auth: excludes authorization; keep one of them"}},
      {{"basic_auth: {username: u}", "authorization: {credentials: x}"},
       {"4:5: scrape_configs[0].authorization: excludes basic_auth; keep one of them"}},
      {{"basic_auth: {username: u, password: p, password_file: f}"},
       {"3:44: scrape_configs[0].basic_auth.password_file: excludes password; keep one of them"}},
      {{"authorization: {credentials_file: f, credentials: c}"},
       {"3:42: scrape_configs[0].authorization.credentials: excludes credentials_file; keep one of them"}},
  });
}

TEST(Auth, BasicAuthNeedsAUserNameWithoutColon) {
  ExpectBadJobs({
      {{"basic_auth: {password: p}"}, {"3:17: scrape_configs[0].basic_auth.username: required, but missing"}},
      {{"basic_auth: {username: ''}"}, {"3:28: scrape_configs[0].basic_auth.username: must not be empty"}},
      {{"basic_auth: {username: 'a:b'}"},
       {"3:28: scrape_configs[0].basic_auth.username: must not hold a colon, basic authentication cannot carry it"}},
      {{"basic_auth: {username: u, password_file: ''}"},
       {"3:46: scrape_configs[0].basic_auth.password_file: must not be empty"}},
  });
}

TEST(Auth, AuthorizationNeedsATypeThatIsNotBasicAndCredentials) {
  const std::string basic =
      "scrape_configs[0].authorization.type: cannot be Basic; use basic_auth with username and password";
  ExpectBadJobs({
      {{"authorization: {type: basic, credentials: x}"}, {"3:27: " + basic}},
      {{"authorization: {type: BASIC, credentials: x}"}, {"3:27: " + basic}},
      {{"authorization: {type: 'a b', credentials: x}"},
       {"3:27: scrape_configs[0].authorization.type: must be one word such as Bearer, not \"a b\""}},
      {{"authorization: {type: '', credentials: x}"},
       {"3:27: scrape_configs[0].authorization.type: must be one word such as Bearer, not \"\""}},
      {{"authorization: {}"}, {"3:5: scrape_configs[0].authorization: needs credentials or credentials_file"}},
  });
}

TEST(Auth, SecretsAreNeverPartOfAMessage) {
  const std::vector<std::string> errors = Errors(
      JobText({"basic_auth: {username: 'hush:hush', password: [hush]}", "authorization: {credentials: \"hush\\n\"}",
               "headers: {X-Key: \"hush\\r\", X-Other: {secrets: [\"hush\\n\"]}}"}));
  EXPECT_EQ(errors.size(), 6U);
  for (const std::string& error : errors) EXPECT_THAT(error, Not(HasSubstr("hush")));
}

TEST(Auth, CredentialsOfSeveralLinesAreRefused) {
  ExpectBadJobs({{{"authorization: {credentials: \"a\\r\\nX: y\"}"},
                  {"3:34: scrape_configs[0].authorization.credentials: must be one line without control characters"}}});
}

TEST(Auth, ClientCertificateAndKeyBelongTogether) {
  ExpectBadJobs({
      {{"tls_config: {cert_file: a}"}, {"3:18: scrape_configs[0].tls_config.cert_file: needs key_file beside it"}},
      {{"tls_config: {key_file: a}"}, {"3:18: scrape_configs[0].tls_config.key_file: needs cert_file beside it"}},
      {{"tls_config: {ca: inline}"},
       {"3:18: scrape_configs[0].tls_config.ca: unknown key; expected one of ca_file, cert_file, key_file, "
        "server_name, "
        "insecure_skip_verify or min_version"}},
  });
}

}  // namespace
}  // namespace proxy_telemetry
