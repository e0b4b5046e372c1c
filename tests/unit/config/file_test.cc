// LoadConfigFile and FormatConfigError.
#include <string>

#include "load.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;

std::vector<std::string> FileErrors(const std::string& path) {
  const ConfigResult result = LoadConfigFile(path, LookupIn({}));
  EXPECT_EQ(result.config.has_value(), result.errors.empty());
  std::vector<std::string> errors;
  for (const ConfigError& error : result.errors) errors.push_back(FormatConfigError("pt.yml", error));
  return errors;
}

TEST(ConfigFile, ResolvesSecretFilesAgainstItsOwnDirectory) {
  const ScratchDir dir;
  const std::string path = dir.Write("pt.yml", JobText({"authorization: {credentials_file: token}"}));
  const ConfigResult result = LoadConfigFile(path, LookupIn({}));
  ASSERT_TRUE(result.config.has_value());
  EXPECT_EQ(result.config->scrape_configs.at(0).authorization.value().credentials.file, dir.path() / "token");
}

TEST(ConfigFile, WithoutADirectoryLeavesRelativeNamesAsTheyAre) {
  const ConfigResult result = ParseConfig(JobText({"tls_config: {ca_file: ca.pem}"}), LookupIn({}), "");
  ASSERT_TRUE(result.config.has_value());
  EXPECT_EQ(result.config->scrape_configs.at(0).tls.ca_file, "ca.pem");
}

TEST(ConfigFile, ThatCannotBeReadIsOneErrorWithoutAPlace) {
  const ScratchDir dir;
  EXPECT_THAT(FileErrors(dir.path() / "none.yml"), ElementsAre("pt.yml: cannot be read: No such file or directory"));
  EXPECT_THAT(FileErrors(dir.path()), ElementsAre("pt.yml: is a directory, not a file"));
  EXPECT_THAT(FileErrors(dir.Write("f", "") + "/x"), ElementsAre("pt.yml: cannot be read: Not a directory"));
}

TEST(ConfigFile, OfTheLargestSizeIsReadAndOneByteMoreIsNot) {
  const ScratchDir dir;
  const std::string largest = "storage: {path: x}\n#" + std::string(kConfigBytesMax - 20, '#');
  ASSERT_EQ(largest.size(), kConfigBytesMax);
  EXPECT_THAT(FileErrors(dir.Write("a.yml", largest)), testing::IsEmpty());
  EXPECT_THAT(FileErrors(dir.Write("b.yml", largest + "#")), ElementsAre("pt.yml: is larger than 1048576 bytes"));
  EXPECT_THAT(Errors(largest + "#"), ElementsAre("is larger than 1048576 bytes"));
  EXPECT_THAT(FileErrors("/dev/zero"), ElementsAre("pt.yml: is larger than 1048576 bytes"));
}

TEST(FormatConfigError, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(FormatConfigError("a.yml", {3, 7, "global.x", "is wrong"}), "a.yml:3:7: global.x: is wrong");
  EXPECT_EQ(FormatConfigError("a.yml", {3, 7, "", "is wrong"}), "a.yml:3:7: is wrong");
  EXPECT_EQ(FormatConfigError("a.yml", {0, 0, "", "is wrong"}), "a.yml: is wrong");
  EXPECT_EQ(FormatConfigError("", {0, 0, "", "is wrong"}), "is wrong");
  EXPECT_EQ(FormatConfigError("", {3, 7, "x", "is wrong"}), "3:7: x: is wrong");
}

}  // namespace
}  // namespace proxy_telemetry
