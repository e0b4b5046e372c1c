// relabel_configs and metric_relabel_configs: what Prometheus takes is taken, what it refuses is refused.
#include <string>
#include <utility>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Rule(const std::string& keys) { return JobText({"relabel_configs: [{" + keys + "}]"}); }

RelabelRule GoodRule(const std::string& keys) {
  const ScrapeConfig job = GoodJob({"relabel_configs: [{" + keys + "}]"});
  EXPECT_EQ(job.relabel_configs.size(), 1U) << keys;
  return job.relabel_configs.empty() ? RelabelRule{} : job.relabel_configs[0];
}

const std::string kRule = "scrape_configs[0].relabel_configs[0]";

TEST(Relabel, RulesHaveTheDefaultsOfPrometheus) {
  const RelabelRule rule = GoodRule("target_label: a");
  EXPECT_THAT(rule.source_labels, IsEmpty());
  EXPECT_EQ(rule.separator, ";");
  EXPECT_EQ(rule.regex, "(.*)");
  EXPECT_EQ(rule.modulus, 0U);
  EXPECT_EQ(rule.target_label, "a");
  EXPECT_EQ(rule.replacement, "$1");
  EXPECT_EQ(rule.action, RelabelAction::kReplace);
}

TEST(Relabel, RulesTakeEveryKeyInBothLists) {
  const std::string rule =
      "{source_labels: [__address__, job], separator: '', regex: 'a(.*);?', modulus: 8, target_label: __tmp, "
      "replacement: '', action: hashmod}";
  const ScrapeConfig job = GoodJob({"relabel_configs: [" + rule + "]", "metric_relabel_configs: [" + rule + "]"});
  ASSERT_EQ(job.relabel_configs.size(), 1U);
  EXPECT_THAT(job.relabel_configs[0].source_labels, ElementsAre("__address__", "job"));
  EXPECT_EQ(job.relabel_configs[0].separator, "");
  EXPECT_EQ(job.relabel_configs[0].regex, "a(.*);?");
  EXPECT_EQ(job.relabel_configs[0].modulus, 8U);
  EXPECT_EQ(job.relabel_configs[0].target_label, "__tmp");
  EXPECT_EQ(job.relabel_configs[0].replacement, "");
  EXPECT_EQ(job.relabel_configs[0].action, RelabelAction::kHashMod);
  EXPECT_EQ(job.metric_relabel_configs, job.relabel_configs);
}

TEST(Relabel, EveryActionIsReadInAnyCase) {
  const std::vector<std::pair<std::string, RelabelAction>> actions{
      {"action: replace, target_label: a", RelabelAction::kReplace},
      {"action: lowercase, target_label: a", RelabelAction::kLowercase},
      {"action: uppercase, target_label: a", RelabelAction::kUppercase},
      {"action: keep", RelabelAction::kKeep},
      {"action: drop", RelabelAction::kDrop},
      {"action: keepequal, target_label: a", RelabelAction::kKeepEqual},
      {"action: dropequal, target_label: a", RelabelAction::kDropEqual},
      {"action: hashmod, target_label: a, modulus: 1", RelabelAction::kHashMod},
      {"action: labelmap", RelabelAction::kLabelMap},
      {"action: labeldrop", RelabelAction::kLabelDrop},
      {"action: LabelKeep", RelabelAction::kLabelKeep},
  };
  for (const auto& [keys, action] : actions) EXPECT_EQ(GoodRule(keys).action, action) << keys;
  ExpectBad({{Rule("action: repalce, target_label: a"),
              {"3:32: " + kRule +
               ".action: must be replace, lowercase, uppercase, keep, drop, keepequal, dropequal, hashmod, labelmap, "
               "labeldrop or labelkeep, not \"repalce\""}}});
}

TEST(Relabel, ActionsThatWriteOrCompareNeedATargetLabel) {
  for (const std::string action : {"replace", "hashmod", "lowercase", "uppercase"}) {
    ExpectBad({{Rule("modulus: 2, action: " + action),
                {"3:23: " + kRule + ": action " + action + " needs target_label, the label that gets the result"}}});
  }
  for (const std::string action : {"keepequal", "dropequal"}) {
    ExpectBad({{Rule("action: " + action),
                {"3:23: " + kRule + ": action " + action + " needs target_label, the label to compare with"}}});
  }
  ExpectBad(
      {{Rule("target_label: ''"),
        {"3:38: " + kRule + ".target_label: action replace needs target_label, the label that gets the result"}}});
}

TEST(Relabel, HashmodNeedsAModulus) {
  const std::string why = "action hashmod needs modulus, a whole number above 0";
  ExpectBad({
      {Rule("action: hashmod, target_label: a"), {"3:23: " + kRule + ": " + why}},
      {Rule("action: hashmod, target_label: a, modulus: 0"), {"3:67: " + kRule + ".modulus: " + why}},
      {Rule("action: hashmod, target_label: a, modulus: -1"),
       {"3:67: " + kRule + ".modulus: must be a whole number such as 1000, not \"-1\""}},
  });
}

TEST(Relabel, TargetLabelsMayHoldGroupsForReplaceOnly) {
  for (const std::string target : {"$1", "${1}", "a_$1_b", "a${1}2", "__param_$1", "$name", "$1$2", "_"}) {
    EXPECT_EQ(GoodRule("target_label: '" + target + "'").target_label, target);
  }
  for (const std::string target : {"1$1", "a-$1", "$", "a$", "${1", "${}", "$1-", "$-", "$$1"}) {
    ExpectBad({{Rule("target_label: '" + target + "'"),
                {"3:38: " + kRule + ".target_label: \"" + target +
                 "\" cannot become a label name; use letters, digits, _ and $1 or ${1}"}}});
  }
  for (const std::string action : {"hashmod", "lowercase", "uppercase", "keepequal", "dropequal"}) {
    const std::string modulus = action == "hashmod" ? ", modulus: 1" : "";
    ExpectBad({{Rule("target_label: a$1, action: " + action + modulus),
                {"3:38: " + kRule +
                 ".target_label: \"a$1\" must be a plain label name: only action replace puts groups in for $1"}}});
  }
  for (const std::string action : {"replace", "lowercase", "keepequal"}) {
    ExpectBad({{Rule("target_label: a-b, action: " + action),
                {"3:38: " + kRule +
                 ".target_label: \"a-b\" is not a label name; use letters, digits and _, no digit first"}}});
  }
}

TEST(Relabel, LabelmapNeedsAReplacementThatBecomesALabelName) {
  EXPECT_EQ(GoodRule("action: labelmap, regex: 'x_(.*)', replacement: y_$1").replacement, "y_$1");
  for (const std::string replacement : {"", "1", "a-$1", "$"}) {
    ExpectBad({{Rule("action: labelmap, replacement: '" + replacement + "'"),
                {"3:55: " + kRule + ".replacement: \"" + replacement +
                 "\" cannot become a label name; use letters, digits, _ and $1 or ${1}"}}});
  }
}

TEST(Relabel, KeysThatAnActionDoesNotLookAtAreRefused) {
  const std::string comparing = " looks at source_labels and target_label only; remove it";
  ExpectBad({
      {Rule("action: lowercase, target_label: a, replacement: b"),
       {"3:60: " + kRule + ".replacement: action lowercase looks at source_labels and target_label only; remove it"}},
      {Rule("action: keepequal, target_label: a, regex: '(.*)', modulus: 1, separator: x, replacement: y"),
       {"3:60: " + kRule + ".regex: action keepequal" + comparing,
        "3:75: " + kRule + ".modulus: action keepequal" + comparing,
        "3:87: " + kRule + ".separator: action keepequal" + comparing,
        "3:101: " + kRule + ".replacement: action keepequal" + comparing}},
      {Rule("action: labeldrop, regex: x, source_labels: [], target_label: a, modulus: 1, separator: x, "
            "replacement: y"),
       {"3:53: " + kRule + ".source_labels: action labeldrop looks at regex only; remove it",
        "3:72: " + kRule + ".target_label: action labeldrop looks at regex only; remove it",
        "3:89: " + kRule + ".modulus: action labeldrop looks at regex only; remove it",
        "3:101: " + kRule + ".separator: action labeldrop looks at regex only; remove it",
        "3:115: " + kRule + ".replacement: action labeldrop looks at regex only; remove it"}},
  });
}

TEST(Relabel, KeysWithTheirDefaultsAndKeysThatPrometheusIgnoresAreTaken) {
  GoodRule("action: dropequal, target_label: a, separator: ;, replacement: $1, modulus: 0");
  GoodRule("action: labelkeep, regex: a, target_label: '', separator: ;, replacement: $1, modulus: 0");
  GoodRule("action: uppercase, target_label: a, replacement: $1");
  GoodRule("action: labelmap, source_labels: [a], target_label: b-c, separator: x, modulus: 4");
  GoodRule("action: keep, target_label: a-b, modulus: 4");
  GoodRule("action: hashmod, target_label: a, modulus: 4, replacement: x");
  GoodRule("target_label: a, regex: '', replacement: ''");
}

TEST(Relabel, WrongValuesAreNamedWithTheirPlace) {
  ExpectBad({
      {Rule("source_labels: [a, b-c, '', $1], target_label: x"),
       {"3:43: " + kRule + ".source_labels[1]: \"b-c\" is not a label name; use letters, digits and _, no digit first",
        "3:48: " + kRule + ".source_labels[2]: \"\" is not a label name; use letters, digits and _, no digit first",
        "3:52: " + kRule + ".source_labels[3]: \"$1\" is not a label name; use letters, digits and _, no digit first"}},
      {Rule("source_labels: job, target_label: x"),
       {"3:39: " + kRule + ".source_labels: must be a list, not a single value"}},
      {Rule("regex: '(', target_label: x"),
       {"3:31: " + kRule + ".regex: \"(\" is not a regular expression: \"missing ): (\""}},
      {Rule("sourcelabels: [x], target_label: a"),
       {"3:24: " + kRule +
        ".sourcelabels: unknown key; expected one of source_labels, separator, target_label, regex, modulus, "
        "replacement or action"}},
      {JobText({"relabel_configs: [keep]", "metric_relabel_configs: {action: keep}"}),
       {"3:23: " + kRule + ": must be a map of keys, not a single value",
        "4:29: scrape_configs[0].metric_relabel_configs: must be a list, not a map of keys"}},
      {JobText({"metric_relabel_configs: [{action: drop}, {action: hashmod, modulus: 1}]"}),
       {"3:46: scrape_configs[0].metric_relabel_configs[1]: action hashmod needs target_label, the label that gets the "
        "result"}},
  });
}

TEST(Relabel, OfAJobMeansThatItsTargetsAreNotCompared) {
  Good(JobText({"static_configs: [{targets: [a, a]}]", "relabel_configs: [{target_label: x, replacement: y}]"}));
  ExpectBadJobs({{{"static_configs: [{targets: [a, a]}]", "relabel_configs: []"},
                  {"3:36: scrape_configs[0].static_configs[0].targets[1]: has the same labels as "
                   "scrape_configs[0].static_configs[0].targets[0], their series would mix; remove one"}}});
}

}  // namespace
}  // namespace proxy_telemetry
