#include "exporter/relabel.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <regex>
#include <string>

#include "unicode_case.h"

namespace proxy_telemetry {
namespace {

using Action = RelabelAction;

RelabelRule RuleOf(Action action, std::vector<std::string> sources, std::string regex = "(.*)") {
  RelabelRule rule;
  rule.action = action;
  rule.source_labels = std::move(sources);
  rule.regex = std::move(regex);
  return rule;
}

RelabelRule Replace(std::vector<std::string> sources, std::string regex, std::string target, std::string replacement) {
  RelabelRule rule = RuleOf(Action::kReplace, std::move(sources), std::move(regex));
  rule.target_label = std::move(target);
  rule.replacement = std::move(replacement);
  return rule;
}

RelabelRule To(Action action, std::vector<std::string> sources, std::string target) {
  RelabelRule rule = RuleOf(action, std::move(sources));
  rule.target_label = std::move(target);
  return rule;
}

// The labels as text, or "dropped".
std::string Relabelled(const std::vector<RelabelRule>& rules, std::vector<Label> labels) {
  const auto relabeler = Relabeler::Make(rules);
  if (!relabeler.ok()) return relabeler.status().message();
  const auto result = relabeler->Apply(Labels(std::move(labels)));
  return result ? result->ToString() : "dropped";
}

TEST(Relabel, NoRulesLeaveTheLabels) { EXPECT_EQ(Relabelled({}, {{"a", "x"}}), R"({a="x"})"); }

TEST(Relabel, ReplaceJoinsItsSourcesAndWritesTheGroups) {
  EXPECT_EQ(Relabelled({Replace({"a", "b"}, "f(.*);(.*)r", "d", "ch${2}-ch${1}")}, {{"a", "foo"}, {"b", "bar"}}),
            R"({a="foo",b="bar",d="chba-choo"})");
  RelabelRule rule = Replace({"a", "b"}, "(.*)", "d", "$1");
  rule.separator = "||";
  EXPECT_EQ(Relabelled({rule}, {{"a", "foo"}}), R"({a="foo",d="foo||"})");
}

TEST(Relabel, TheWholeValueMustMatch) {
  EXPECT_EQ(Relabelled({Replace({"a"}, "o", "d", "x")}, {{"a", "foo"}}), R"({a="foo"})");
  EXPECT_EQ(Relabelled({Replace({"a"}, "f|foo", "d", "x")}, {{"a", "foo"}}), R"({a="foo",d="x"})");
  EXPECT_EQ(Relabelled({Replace({"a"}, "(f|fo)(.*)", "d", "$1-$2")}, {{"a", "foo"}}), R"({a="foo",d="f-oo"})");
}

TEST(Relabel, ADotMatchesNoNewlineAsIn242) {
  EXPECT_EQ(Relabelled({Replace({"a"}, "(.*)", "d", "x")}, {{"a", "x\ny"}}), R"({a="x\ny"})");
}

TEST(Relabel, AnEmptyValueDeletesTheLabel) {
  EXPECT_EQ(Relabelled({Replace({"a"}, "(f).*", "a", "")}, {{"a", "foo"}, {"b", "x"}}), R"({b="x"})");
  EXPECT_EQ(Relabelled({Replace({"none"}, "(.*)", "b", "$1")}, {{"a", "foo"}, {"b", "x"}}), R"({a="foo"})");
  EXPECT_EQ(Relabelled({Replace({"a"}, "(.*)", "$1", "")}, {{"a", "b"}, {"b", "x"}}), R"({a="b",b="x"})")
      << "in 2.42 a target_label that is a template deletes nothing";
}

TEST(Relabel, TemplatesAreThoseOfGo) {
  const std::vector<Label> labels{{"a", "some-name-value"}};
  const char* regex = "some-([^-]+)-(?P<rest>[^,]+)";
  const auto replaced = [&](const char* replacement) {
    return Relabelled({Replace({"a"}, regex, "d", replacement), RuleOf(Action::kLabelDrop, {}, "a")}, labels);
  };
  EXPECT_EQ(replaced("$1x"), "{}") << "$1x is the group named 1x";
  EXPECT_EQ(replaced("${1}x"), R"({d="namex"})");
  EXPECT_EQ(replaced("$rest"), R"({d="value"})");
  EXPECT_EQ(replaced("${rest}!$2"), R"({d="value!value"})");
  EXPECT_EQ(replaced("$0"), R"({d="some-name-value"})");
  EXPECT_EQ(replaced("$$1 $ ${1 $9"), R"({d="$1 $ ${1 "})");
}

TEST(Relabel, TheTargetLabelIsATemplateToo) {
  const std::vector<Label> labels{{"a", "some-name-value"}};
  EXPECT_EQ(Relabelled({Replace({"a"}, "some-([^-]+)-([^,]+)", "${1}", "${2}")}, labels),
            R"({a="some-name-value",name="value"})");
  EXPECT_EQ(Relabelled({Replace({"a"}, "some-([^-]+)-([^,]+)", "${3}", "${2}")}, labels), R"({a="some-name-value"})");
  EXPECT_EQ(Relabelled({Replace({"a"}, "some-([^-]+)(-[^,]+)", "${2}", "${1}")}, labels), R"({a="some-name-value"})")
      << "no label may be called -value";
}

TEST(Relabel, LowerAndUpperCaseKnowEveryAlphabet) {
  EXPECT_EQ(Relabelled({To(Action::kLowercase, {"a", "b"}, "c")}, {{"a", "ÄÖ1Σ"}, {"b", "Ж"}}),
            "{a=\"ÄÖ1Σ\",b=\"Ж\",c=\"äö1σ;ж\"}");
  EXPECT_EQ(Relabelled({To(Action::kUppercase, {"a"}, "a")}, {{"a", "straße ÿ"}}), "{a=\"STRAßE Ÿ\"}");
  EXPECT_EQ(ToUpperCase("\xff\xc3"), "\xff\xc3");
  EXPECT_EQ(ToLowerCase("𐐀Z"), "𐐨z") << "four bytes";
  EXPECT_EQ(Relabelled({To(Action::kLowercase, {"none"}, "a")}, {{"a", "x"}}), "{}");
}

TEST(Relabel, KeepAndDropLookAtAllSources) {
  const std::vector<Label> labels{{"a", "foo"}, {"b", "bar"}};
  EXPECT_EQ(Relabelled({RuleOf(Action::kKeep, {"a", "b"}, "foo;bar")}, labels), R"({a="foo",b="bar"})");
  EXPECT_EQ(Relabelled({RuleOf(Action::kKeep, {"a"}, "fo")}, labels), "dropped");
  EXPECT_EQ(Relabelled({RuleOf(Action::kDrop, {"a"}, "fo")}, labels), R"({a="foo",b="bar"})");
  EXPECT_EQ(Relabelled({RuleOf(Action::kDrop, {"a"}, "f.*")}, labels), "dropped");
  EXPECT_EQ(Relabelled({RuleOf(Action::kDrop, {}, ".+")}, labels), R"({a="foo",b="bar"})");
  EXPECT_EQ(Relabelled({RuleOf(Action::kDrop, {})}, labels), "dropped") << "without sources the value is empty";
}

TEST(Relabel, KeepEqualAndDropEqualCompareWithTheTargetLabel) {
  EXPECT_EQ(Relabelled({To(Action::kKeepEqual, {"a"}, "b")}, {{"a", "x"}, {"b", "x"}}), R"({a="x",b="x"})");
  EXPECT_EQ(Relabelled({To(Action::kKeepEqual, {"a"}, "b")}, {{"a", "x"}, {"b", "y"}}), "dropped");
  EXPECT_EQ(Relabelled({To(Action::kDropEqual, {"a"}, "b")}, {{"a", "x"}, {"b", "x"}}), "dropped");
  EXPECT_EQ(Relabelled({To(Action::kDropEqual, {"a"}, "b")}, {{"a", "x"}}), R"({a="x"})");
  EXPECT_EQ(Relabelled({To(Action::kDropEqual, {"none"}, "no")}, {{"a", "x"}}), "dropped") << "both are absent";
}

TEST(Relabel, HashModIsTheLastHalfOfTheMd5) {
  RelabelRule rule = To(Action::kHashMod, {"c"}, "d");
  rule.modulus = 1000;
  EXPECT_EQ(Relabelled({rule}, {{"c", "baz"}}), R"({c="baz",d="976"})") << "the value of Prometheus' own tests";
  rule.source_labels = {"a"};
  EXPECT_EQ(Relabelled({rule}, {{"a", "foo\nbar"}}), "{a=\"foo\\nbar\",d=\"734\"}");
  rule.modulus = UINT64_MAX;
  rule.source_labels = {"none"};
  EXPECT_EQ(Relabelled({rule}, {{"a", "x"}}), R"({a="x",d="16825458760271544958"})") << "the MD5 of nothing";
  rule.modulus = 0;
  EXPECT_NE(Relabelled({rule}, {{"a", "x"}}).find("modulus"), std::string::npos);
}

TEST(Relabel, LabelMapCopiesToNewNames) {
  RelabelRule rule = RuleOf(Action::kLabelMap, {}, "(b.*)");
  rule.replacement = "bar_${1}";
  EXPECT_EQ(Relabelled({rule}, {{"a", "foo"}, {"b1", "bar"}, {"b2", "baz"}}),
            R"({a="foo",b1="bar",b2="baz",bar_b1="bar",bar_b2="baz"})");
  rule = RuleOf(Action::kLabelMap, {}, "meta_(ng.*|web.*)");
  EXPECT_EQ(Relabelled({rule}, {{"a", "foo"}, {"meta_ng_a", "x"}, {"meta_1", "no"}, {"ng_a", "before"}}),
            R"({a="foo",meta_1="no",meta_ng_a="x",ng_a="x"})");
  rule = RuleOf(Action::kLabelMap, {}, "m_(.)_.");
  EXPECT_EQ(Relabelled({rule}, {{"m_a_1", "first"}, {"m_a_2", "last"}}), R"({a="last",m_a_1="first",m_a_2="last"})");
  rule = RuleOf(Action::kLabelMap, {}, "m_(.*)");
  EXPECT_EQ(Relabelled({rule}, {{"m_1", "x"}}), R"({m_1="x"})") << "1 is no label name";
}

TEST(Relabel, LabelDropAndLabelKeepLookAtNames) {
  const std::vector<Label> labels{{"a", "foo"}, {"b1", "bar"}, {"b2", "baz"}};
  EXPECT_EQ(Relabelled({RuleOf(Action::kLabelDrop, {}, "(b.*)")}, labels), R"({a="foo"})");
  EXPECT_EQ(Relabelled({RuleOf(Action::kLabelKeep, {}, "(b.*)")}, labels), R"({b1="bar",b2="baz"})");
  EXPECT_EQ(Relabelled({RuleOf(Action::kLabelDrop, {}, "b")}, labels), R"({a="foo",b1="bar",b2="baz"})");
}

TEST(Relabel, RulesSeeWhatEarlierOnesLeft) {
  EXPECT_EQ(Relabelled({Replace({"a"}, ".*(b).*", "d", "$1"), Replace({"d"}, "(b)", "e", "$1$1"),
                        RuleOf(Action::kDrop, {"e"}, "b"), RuleOf(Action::kLabelDrop, {}, "a|d")},
                       {{"a", "abc"}}),
            R"({e="bb"})");
}

TEST(Relabel, AnExpressionThatDoesNotCompileIsNamed) {
  EXPECT_NE(Relabelled({RuleOf(Action::kKeep, {"a"}, "(")}, {}).find("`regex: (`"), std::string::npos);
}

// A twin that is slow and plainly right for what it is given: std::regex, a map, templates by hand.
class Twin {
 public:
  explicit Twin(const RelabelRule& rule) : rule_(rule), regex_(rule.regex) {}

  bool Apply(std::map<std::string, std::string>& labels) const {
    std::string source;
    for (std::size_t i = 0; i < rule_.source_labels.size(); ++i) {
      source += (i == 0 ? "" : rule_.separator) + Get(labels, rule_.source_labels[i]);
    }
    std::smatch groups;
    const bool matches = std::regex_match(source, groups, regex_);
    const auto before = labels;
    switch (rule_.action) {
      case Action::kKeep:
        return matches;
      case Action::kDrop:
        return !matches;
      case Action::kKeepEqual:
        return source == Get(labels, rule_.target_label);
      case Action::kDropEqual:
        return source != Get(labels, rule_.target_label);
      case Action::kReplace:
        if (matches) ReplaceIn(labels, groups);
        return true;
      case Action::kLabelMap:
        for (const auto& [name, value] : before) {
          if (std::regex_match(name, groups, regex_)) Set(labels, Expand(rule_.replacement, groups), value);
        }
        return true;
      case Action::kLabelDrop:
      case Action::kLabelKeep:
        for (const auto& [name, value] : before) {
          if (std::regex_match(name, regex_) == (rule_.action == Action::kLabelDrop)) labels.erase(name);
        }
        return true;
      default:
        ADD_FAILURE() << "not for the twin";
        return false;
    }
  }

 private:
  static std::string Get(const std::map<std::string, std::string>& labels, const std::string& name) {
    const auto found = labels.find(name);
    return found == labels.end() ? "" : found->second;
  }
  static void Set(std::map<std::string, std::string>& labels, const std::string& name, const std::string& value) {
    if (!IsValidLabelName(name)) return;
    if (value.empty()) {
      labels.erase(name);
    } else {
      labels[name] = value;
    }
  }
  void ReplaceIn(std::map<std::string, std::string>& labels, const std::smatch& groups) const {
    const std::string value = Expand(rule_.replacement, groups);
    Set(labels, value.empty() ? rule_.target_label : Expand(rule_.target_label, groups), value);
  }
  // Only $1 to $9 and ${1} to ${9} come.
  static std::string Expand(const std::string& text, const std::smatch& groups) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '$') {
        out += text[i];
        continue;
      }
      const bool braced = text[i + 1] == '{';
      out += groups[static_cast<std::size_t>(text[i + (braced ? 2 : 1)] - '0')].str();
      i += braced ? 3 : 1;
    }
    return out;
  }

  const RelabelRule rule_;
  const std::regex regex_;
};

class RandomRules {
 public:
  explicit RandomRules(unsigned seed) : random_(seed) {}

  RelabelRule Rule() {
    RelabelRule rule;
    rule.action = Any<Action>({Action::kReplace, Action::kReplace, Action::kReplace, Action::kKeep, Action::kDrop,
                               Action::kKeepEqual, Action::kDropEqual, Action::kLabelMap, Action::kLabelDrop,
                               Action::kLabelKeep});
    for (int i = Below(4); i > 0; --i) rule.source_labels.push_back(Name());
    rule.separator = Any<std::string>({";", "", "--"});
    rule.regex = Any<std::string>({"(.*)", "(.+)", "a(.*)", "(a|ab)(b?c?);?(.*)", "([a-z]*);([a-z]*)", "x?", "a|b|c",
                                   "(a)|(b)|c", ".*(b+).*", "(.)(.)", "()", "[^a]*"});
    rule.target_label = Any<std::string>({"a", "b", "c", "$1", "x${1}", "a$2"});
    rule.replacement = Any<std::string>({"$1", "", "${2}${1}", "k", "${1}x$3", "$2"});
    return rule;
  }
  std::map<std::string, std::string> Map() {
    std::map<std::string, std::string> labels;
    for (int i = Below(5); i > 0; --i) labels[Name()] = Any<std::string>({"a", "b", "ab", "abc", "x", "ba", "bb;c"});
    return labels;
  }

 private:
  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  template <typename T>
  T Any(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }
  std::string Name() { return Any<std::string>({"a", "b", "c", "ab", "xa", "ac"}); }

  std::mt19937 random_;
};

std::string TextOf(const RelabelRule& rule) {
  std::string text = "action " + std::to_string(static_cast<int>(rule.action)) + " regex " + rule.regex + " sep " +
                     rule.separator + " target " + rule.target_label + " replacement " + rule.replacement + " from";
  for (const std::string& name : rule.source_labels) text += " " + name;
  return text;
}

TEST(Relabel, AgreesWithItsSlowTwinOnRandomRules) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomRules random(seed);
  int kept = 0;
  for (int round = 0; round < 20'000; ++round) {
    const RelabelRule rule = random.Rule();
    std::map<std::string, std::string> expected = random.Map();
    std::vector<Label> labels;
    for (const auto& [name, value] : expected) labels.push_back({name, value});
    const auto relabeler = Relabeler::Make({rule});
    ASSERT_TRUE(relabeler.ok()) << relabeler.status().message();
    const auto found = relabeler->Apply(Labels(labels));
    ASSERT_EQ(found.has_value(), Twin(rule).Apply(expected)) << TextOf(rule) << Labels(labels).ToString();
    if (!found) continue;
    ++kept;
    std::vector<Label> wanted;
    for (const auto& [name, value] : expected) wanted.push_back({name, value});
    ASSERT_EQ(found->ToString(), Labels(wanted).ToString()) << TextOf(rule) << Labels(labels).ToString();
  }
  EXPECT_GT(kept, 5'000);
}

}  // namespace
}  // namespace proxy_telemetry
