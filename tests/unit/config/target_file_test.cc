// ParseTargetGroups: what a file of file_sd_configs may hold.
#include <string>
#include <string_view>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::vector<std::string> FileErrors(std::string_view text) {
  const TargetGroupsResult result = ParseTargetGroups(text);
  EXPECT_EQ(result.groups.has_value(), result.errors.empty());
  std::vector<std::string> errors;
  for (const ConfigError& error : result.errors) errors.push_back(FormatConfigError("", error));
  return errors;
}

std::vector<TargetGroup> Groups(std::string_view text) {
  EXPECT_THAT(FileErrors(text), IsEmpty()) << text;
  return ParseTargetGroups(text).groups.value_or(std::vector<TargetGroup>{});
}

TEST(TargetFile, InYamlAndInJsonSaysTheSame) {
  for (const char* text :
       {"- targets: [a:1, 'unix:/run/x']\n  labels: {rack: a3, __metrics_path__: /x}\n- targets: []\n",
        "[{\"targets\":[\"a:1\",\"unix:/run/x\"],\"labels\":{\"rack\":\"a3\",\"__metrics_path__\":\"/x\"}},"
        "{\"targets\":[]}]",
        "[\n\t{\n\t\t\"targets\": [\n\t\t\t\"a:1\",\n\t\t\t\"unix:\\/run\\/x\"\n\t\t],\n\t\t\"labels\": {\n\t\t\t"
        "\"rack\": \"a3\",\n\t\t\t\"__metrics_path__\": \"\\/x\"\n\t\t}\n\t},\n\t{ \"targets\": [] }\n]\n",
        "\xEF\xBB\xBF[{\"labels\": {\"rack\": \"\\u0061\\u0033\", \"__metrics_path__\": \"/x\"},\r\n \"targets\": "
        "[\"a:1\", \"unix:/run/x\"]}, {\"targets\": []}]"}) {
    const std::vector<TargetGroup> groups = Groups(text);
    ASSERT_EQ(groups.size(), 2U) << text;
    EXPECT_THAT(groups[0].targets, ElementsAre("a:1", "unix:/run/x"));
    EXPECT_THAT(groups[0].labels, ElementsAre(Pair("__metrics_path__", "/x"), Pair("rack", "a3")));
    EXPECT_THAT(groups[1].targets, IsEmpty());
    EXPECT_THAT(groups[1].labels, IsEmpty());
  }
  EXPECT_THAT(Groups("[]"), IsEmpty());
}

TEST(TargetFile, IsReadAsStrictlyAsStaticConfigs) {
  EXPECT_THAT(FileErrors("- targets: [a]\n  labels: {a-b: c, a: b, a: b}\n  lables: {}\n"),
              ElementsAre("2:12: [0].labels.a-b: is not a label name; use letters, digits and _, no digit first",
                          "2:26: [0].labels.a: duplicate key; give it once",
                          "3:3: [0].lables: unknown key; expected one of targets or labels"));
  EXPECT_THAT(FileErrors("{\"targets\": [\"a\"]}"), ElementsAre("1:1: must be a list, not a map of keys"));
  EXPECT_THAT(FileErrors("[{\"labels\": {}}]"), ElementsAre("1:2: [0].targets: required, but missing"));
  EXPECT_THAT(FileErrors("[{\"targets\": [\"a\", null]}]"),
              ElementsAre("1:20: [0].targets[1]: has no value; write a single value, or remove it"));
  EXPECT_THAT(FileErrors("[{\"targets\": [\"a:1\"]}"),
              ElementsAre("1:22: not valid YAML: end of sequence flow not found"));
  EXPECT_THAT(FileErrors("[]\n---\n[]\n"),
              ElementsAre("2:1: more text after the end of the YAML document; one file is one document"));
}

TEST(TargetFile, MayHoldAddressesThatRulesPutInPlace) {
  EXPECT_THAT(Groups("- targets: ['http://a/', '']\n").at(0).targets, ElementsAre("http://a/", ""));
}

TEST(TargetFile, WithoutContentIsOneBeingWrittenAndRefused) {
  for (const char* text : {"", "\n", "# targets\n", "---\n", "null", "\xEF\xBB\xBF"}) {
    EXPECT_THAT(FileErrors(text), ElementsAre("is empty; write [] where there are no targets")) << text;
  }
}

TEST(TargetFile, KnowsNoEnvironment) {
  const std::vector<TargetGroup> groups = Groups("- targets: [a]\n  labels: {a: '${HOME}', b: '$${X}', c: '${'}\n");
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_THAT(groups[0].labels, ElementsAre(Pair("a", "${HOME}"), Pair("b", "$${X}"), Pair("c", "${")));
}

TEST(TargetFile, KeepsTargetsWithTheSameLabels) {
  EXPECT_THAT(Groups("- targets: [a, a]\n").at(0).targets, ElementsAre("a", "a"));
}

TEST(TargetFile, OfTheLargestSizeIsReadAndOneByteMoreIsNot) {
  std::string text = "[";
  while (text.size() < kTargetFileBytesMax - 100) {
    text += R"({"targets":["10.0.0.1:9100"],"labels":{"a":"b"}},)";
  }
  text += "{\"targets\":[]}]\n";
  text += "#" + std::string(kTargetFileBytesMax - text.size() - 1, 'x');
  EXPECT_GT(Groups(text).size(), 150'000U);
  EXPECT_THAT(FileErrors(text + "x"), ElementsAre("is larger than 8388608 bytes"));
}

TEST(TargetFile, ThatHoldsOrExpandsToTooMuchIsRefused) {
  EXPECT_THAT(FileErrors("[" + std::string(kTargetFileBytesMax - 2, ',') + "]"),
              ElementsAre(testing::HasSubstr("this file holds too many values")));
  std::string text = "- targets: &t [" + std::string(100'000, 'h') + "]\n";
  for (int i = 0; i < 1000; ++i) text += "- targets: *t\n";
  EXPECT_THAT(FileErrors(text), ElementsAre(testing::HasSubstr("the aliases of this file expand to too much")));
}

}  // namespace
}  // namespace proxy_telemetry
