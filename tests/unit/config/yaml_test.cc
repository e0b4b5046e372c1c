// What is refused because it is no YAML, or YAML that means something else than it seems to.
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kMoreText = "more text after the end of the YAML document; one file is one document";

TEST(Yaml, SyntaxErrorIsOneErrorWithItsPlace) {
  ExpectBad({
      {"a: b: c\n", {"1:5: not valid YAML: illegal map value"}},
      {"global: [1, 2\n\n", {"1:14: not valid YAML: end of sequence flow not found"}},
      {"global:\n  scrape_interval: 1s\n bad: 2\n", {"3:2: not valid YAML: end of map not found"}},
      {"global: @x\n", {"1:9: not valid YAML: unknown token"}},
      {"global: \"\\ud800\"\n", {"1:16: not valid YAML: invalid unicode: 55296"}},
      {"global: *nope\n", {"1:9: not valid YAML: the referenced anchor is not defined"}},
  });
}

TEST(Yaml, SecondDocumentIsRefusedWhereItStarts) {
  ExpectBad({
      {"storage: {path: a}\n---\nstorage: {path: b}\n", {std::string("2:1: ") + kMoreText}},
      {"storage: {path: a}\n---\n", {std::string("2:1: ") + kMoreText}},
      {"storage: {path: a}\n...\nmore\n", {std::string("3:1: ") + kMoreText}},
      {"- a\nb: 1\n", {std::string("2:1: ") + kMoreText}},
      {",\n", {std::string("1:1: ") + kMoreText}},
      {"storage: {path: a}\n%FOO bar\n", {"2:9: a YAML directive (%...) after the document; remove it"}},
  });
}

TEST(Yaml, TrailingJunkIsRefused) {
  ExpectBad({
      {"global: {scrape_interval: 15s} }\n", {"1:32: not valid YAML: illegal flow end"}},
      {"{global: {}} }\n", {"1:14: not valid YAML: illegal flow end"}},
      {"storage: {path: data}\n}\n", {"2:1: not valid YAML: illegal flow end"}},
      {"storage:\n  path: data }\n", {"2:9: a closing bracket without its opening one; remove it, or quote the value"}},
      {"storage:\n  path: data ]\n", {"2:9: a closing bracket without its opening one; remove it, or quote the value"}},
  });
}

TEST(Yaml, BracketsThatBelongToTheValueStay) {
  EXPECT_EQ(Good("storage:\n  path: 'data }'\n").storage.path, "data }");
  EXPECT_EQ(Good("storage:\n  path: a{1}b[2]\n").storage.path, "a{1}b[2]");
}

TEST(Yaml, DuplicateKeysAreRefusedAtTheSecond) {
  ExpectBad({
      {"global: {}\nstorage: {path: a}\nglobal: {}\n", {"3:1: global: duplicate key; give it once"}},
      {"storage: {path: a, path: b, path: c}\n",
       {"1:20: storage.path: duplicate key; give it once", "1:29: storage.path: duplicate key; give it once"}},
      {"storage: {\"path\": a, path: b}\n", {"1:22: storage.path: duplicate key; give it once"}},
      {JobText({"static_configs: [{targets: [a], labels: {x: 1, x: 2}}]"}),
       {"3:52: scrape_configs[0].static_configs[0].labels.x: duplicate key; give it once"}},
      {JobText({"params: {a: [b], a: [c]}"}), {"3:22: scrape_configs[0].params.a: duplicate key; give it once"}},
      {"storage: {retention: {raw: 1d, raw: 1d}}\n", {"1:32: storage.retention.raw: duplicate key; give it once"}},
  });
}

TEST(Yaml, KeysThatAreNoWordsAreRefused) {
  ExpectBad({
      {"? [a]\n: b\n", {"1:3: a key must be a word"}},
      {"storage: {path: a,, }\n", {"1:18: storage: a key must be a word"}},
      {"\"a\\0b\": 1\n", {"1:1: a key must not hold a NUL"}},
      {"base: &b {path: x}\nstorage:\n  <<: *b\n",
       {"1:1: base: unknown key; expected one of global, scrape_configs, storage or history",
        "3:3: storage: merge keys (<<) are not supported; write the keys out"}},
  });
}

TEST(Yaml, TagsAreRefused) {
  ExpectBad({
      {"storage: {path: !!str x}\n", {"1:17: YAML tags (!...) have no meaning here; remove it"}},
      {"storage: !foo {path: x}\n", {"1:10: YAML tags (!...) have no meaning here; remove it"}},
  });
}

TEST(Yaml, ControlCharactersAndOtherEncodingsAreRefusedWhereTheyStand) {
  const std::string plain = "; the file must be plain text (inside double quotes write \\xNN)";
  ExpectBad({
      {std::string("storage:\n  pa\0th: x\n", 21), {"2:5: control character 0x00" + plain}},
      // yaml-cpp takes 0x04 for the end of the file.
      {"storage: {path: x}\n\x04\nglobal: {}\n", {"2:1: control character 0x04" + plain}},
      {"a: \x7f\n", {"1:4: control character 0x7f" + plain}},
      {"a: \xC3\xA9\xFF\n", {"1:5: byte 0xff is not UTF-8; save the file as UTF-8"}},
      {"\xFF\xFE"
       "a\n",
       {"1:1: byte 0xff is not UTF-8; save the file as UTF-8"}},
      {"a: \xED\xA0\x80\n", {"1:4: byte 0xed is not UTF-8; save the file as UTF-8"}},
  });
}

TEST(Yaml, AliasesStandForTheirAnchorsValue) {
  const Config config = Good(
      "scrape_configs:\n"
      "  - job_name: a\n"
      "    static_configs: [{targets: &t [one:1, two:2]}]\n"
      "  - job_name: b\n"
      "    static_configs: [{targets: *t}]\n");
  ASSERT_EQ(config.scrape_configs.size(), 2U);
  EXPECT_THAT(config.scrape_configs[1].static_configs.at(0).targets, ElementsAre("one:1", "two:2"));
}

TEST(Yaml, FaultBehindAnAliasIsReportedAtTheAnchorWithThePathOfTheUse) {
  ExpectBad(
      {{"scrape_configs:\n  - job_name: a\n    scrape_interval: &i 5x\n  - job_name: b\n    scrape_interval: *i\n",
        {"3:22: scrape_configs[0].scrape_interval: \"5x\" is not a duration; write for example 15s, 1m30s, 6h or 30d",
         "3:22: scrape_configs[1].scrape_interval: \"5x\" is not a duration; write for example 15s, 1m30s, 6h or "
         "30d"}}});
}

TEST(Yaml, AliasInsideItsOwnAnchorIsRefused) {
  ExpectBad(
      {{"storage: &s {path: *s}\n", {"1:20: an alias inside of its own anchor never ends; write the value out"}}});
}

TEST(Yaml, AliasBombIsRefusedBeforeItIsWalked) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 1; n < 10; ++n) text += "," + before;
    text += "]\n";
  }
  EXPECT_THAT(Errors(text),
              ElementsAre(HasSubstr("the aliases of this file expand to too much; write the values out")));
}

TEST(Yaml, ManyAliasesOfOneLongTextAreRefused) {
  std::string text = "storage: {path: &p " + std::string(100'000, 'p') + "}\nglobal: [*p";
  for (int i = 0; i < 1000; ++i) text += ",*p";
  EXPECT_THAT(Errors(text + "]\n"), ElementsAre(HasSubstr("the aliases of this file expand to too much")));
}

TEST(Yaml, TooManyValuesWithoutAnyAliasAreRefused) {
  const std::string text = "global: [" + std::string(kConfigBytesMax - 20, ',') + "]\n";
  EXPECT_THAT(Errors(text), ElementsAre(HasSubstr("this file holds too many values")));
}

TEST(Yaml, DeepNestingIsRefusedWithoutDeepRecursion) {
  for (const std::string& piece : {std::string("["), std::string("{a: "), std::string("- "), std::string("? ")}) {
    std::string text;
    while (text.size() < 100'000) text += piece;
    EXPECT_THAT(Errors(text), SizeIs(1)) << piece;
    EXPECT_THAT(Errors(text), ElementsAre(HasSubstr("lists and maps are nested too deeply"))) << piece;
  }
}

TEST(Yaml, NestingUpToTheLimitIsReadAndThenRefusedForItsMeaning) {
  EXPECT_THAT(Errors("global: " + std::string(31, '[') + std::string(31, ']')),
              ElementsAre("1:9: global: must be a map of keys, not a list"));
  EXPECT_THAT(Errors("global: " + std::string(32, '[') + std::string(32, ']')),
              ElementsAre("1:40: lists and maps are nested too deeply"));
}

}  // namespace
}  // namespace proxy_telemetry
