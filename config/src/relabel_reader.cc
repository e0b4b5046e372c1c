#include "relabel_reader.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/labels.h"
#include "regex.h"

namespace proxy_telemetry {
namespace {

using enum RelabelAction;

// In the order of the enum.
constexpr std::array<std::string_view, 11> kActions{"replace",  "lowercase", "uppercase", "keep",
                                                    "drop",     "keepequal", "dropequal", "hashmod",
                                                    "labelmap", "labeldrop", "labelkeep"};
constexpr const char* kNoLabelName = " is not a label name; use letters, digits and _, no digit first";

// One rule being read. Each Check function says what Prometheus would refuse.
class RuleReader {
 public:
  RuleReader(Reader& reader, const Value& value)
      : reader_(reader),
        value_(value),
        fields_(reader.Map(
            value, {"source_labels", "separator", "target_label", "regex", "modulus", "replacement", "action"})) {}

  // False when something was wrong.
  bool Read(RelabelRule& out) {
    if (value_.node->kind != YamlNode::Kind::kMap) return false;
    const bool action_known = ReadAction();
    ReadSourceLabels();
    ReadRegex();
    reader_.String(fields_.Find("separator"), rule_.separator);
    reader_.String(fields_.Find("replacement"), rule_.replacement);
    good_ &= fields_.Find("modulus") == nullptr || reader_.Count(fields_.Find("modulus"), rule_.modulus);
    good_ &=
        fields_.Find("target_label") == nullptr || reader_.String(fields_.Find("target_label"), rule_.target_label);
    if (action_known && good_) {
      CheckModulus();
      CheckTargetLabel();
      CheckReplacement();
      CheckKeysWithoutUse();
    }
    out = std::move(rule_);
    return action_known && good_;
  }

 private:
  bool Is(std::initializer_list<RelabelAction> actions) const {
    return std::find(actions.begin(), actions.end(), rule_.action) != actions.end();
  }
  std::string ActionName() const { return std::string(kActions[static_cast<std::size_t>(rule_.action)]); }

  // At the key, or at the rule that lacks it.
  void Fault(std::string_view key, std::string message) {
    const Value* value = fields_.Find(key);
    reader_.Fail(value != nullptr ? *value : value_, std::move(message));
    good_ = false;
  }

  bool ReadAction() {
    const Value* value = fields_.Find("action");
    if (value == nullptr) return true;
    std::string name;
    if (!reader_.String(value, name)) return false;
    std::string lower = name;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto* const it = std::find(kActions.begin(), kActions.end(), lower);
    if (it == kActions.end()) {
      reader_.Fail(*value, "must be " + JoinOr(kActions) + ", not " + Quoted(name));
      return false;
    }
    rule_.action = static_cast<RelabelAction>(it - kActions.begin());
    return true;
  }

  void ReadSourceLabels() {
    const Value* value = fields_.Find("source_labels");
    if (value == nullptr) return;
    for (const Value& item : reader_.List(*value)) {
      std::string name;
      if (!reader_.String(&item, name)) {
        good_ = false;
      } else if (!IsValidLabelName(name)) {
        reader_.Fail(item, Quoted(name) + kNoLabelName);
        good_ = false;
      } else {
        rule_.source_labels.push_back(std::move(name));
      }
    }
  }

  void ReadRegex() {
    const Value* value = fields_.Find("regex");
    if (!reader_.String(value, rule_.regex)) return;
    if (std::string fault = RegexFault(rule_.regex); !fault.empty()) Fault("regex", std::move(fault));
  }

  void CheckModulus() {
    if (rule_.action == kHashMod && rule_.modulus == 0) {
      Fault("modulus", "action hashmod needs modulus, a whole number above 0");
    }
  }

  void CheckTargetLabel() {
    if (!Is({kReplace, kHashMod, kLowercase, kUppercase, kKeepEqual, kDropEqual})) return;
    const std::string& target = rule_.target_label;
    if (target.empty()) {
      const bool compares = Is({kKeepEqual, kDropEqual});
      Fault("target_label", "action " + ActionName() + " needs target_label, the label " +
                                (compares ? "to compare with" : "that gets the result"));
    } else if (target.find('$') == std::string::npos) {
      if (!IsValidLabelName(target)) Fault("target_label", Quoted(target) + kNoLabelName);
    } else if (rule_.action != kReplace) {
      Fault("target_label", Quoted(target) + " must be a plain label name: only action replace puts groups in for $1");
    } else if (!IsLabelTemplate(target)) {
      Fault("target_label", Quoted(target) + " cannot become a label name; use letters, digits, _ and $1 or ${1}");
    }
  }

  void CheckReplacement() {
    if (rule_.action == kLabelMap && !IsLabelTemplate(rule_.replacement)) {
      Fault("replacement",
            Quoted(rule_.replacement) + " cannot become a label name; use letters, digits, _ and $1 or ${1}");
    }
  }

  // What has its default's value does no harm and is taken, as in Prometheus, but for `regex` and `source_labels`.
  void CheckKeysWithoutUse() {
    const RelabelRule defaults;
    const bool separator = rule_.separator != defaults.separator;
    const bool replacement = rule_.replacement != defaults.replacement;
    const bool modulus = rule_.modulus != defaults.modulus;
    if (Is({kLowercase, kUppercase}) && replacement) HasNoUse("replacement", "source_labels and target_label");
    if (Is({kKeepEqual, kDropEqual})) {
      constexpr std::string_view kUsed = "source_labels and target_label";
      if (fields_.Find("regex") != nullptr) HasNoUse("regex", kUsed);
      if (modulus) HasNoUse("modulus", kUsed);
      if (separator) HasNoUse("separator", kUsed);
      if (replacement) HasNoUse("replacement", kUsed);
    }
    if (Is({kLabelDrop, kLabelKeep})) {
      if (fields_.Find("source_labels") != nullptr) HasNoUse("source_labels", "regex");
      if (!rule_.target_label.empty()) HasNoUse("target_label", "regex");
      if (modulus) HasNoUse("modulus", "regex");
      if (separator) HasNoUse("separator", "regex");
      if (replacement) HasNoUse("replacement", "regex");
    }
  }

  void HasNoUse(std::string_view key, std::string_view used) {
    reader_.FailKey(*fields_.Find(key),
                    "action " + ActionName() + " looks at " + std::string(used) + " only; remove it");
    good_ = false;
  }

  // Letters, digits, _ and groups, no digit first: with the right groups a label name.
  static bool IsLabelTemplate(std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
    while (!text.empty()) {
      const std::size_t dollar = std::min(text.find('$'), text.size());
      // In front of a letter any plain part is a label name when all its bytes may be in one.
      if (!IsValidLabelName("a" + std::string(text.substr(0, dollar)))) return false;
      text.remove_prefix(dollar);
      if (text.empty()) return true;
      text.remove_prefix(1);
      if (TakeGroupName(text).empty()) return false;
    }
    return true;
  }

  Reader& reader_;
  const Value& value_;
  const Fields fields_;
  RelabelRule rule_;
  bool good_ = true;
};

}  // namespace

std::vector<RelabelRule> ReadRelabelRules(Reader& reader, const Value* value) {
  std::vector<RelabelRule> rules;
  if (value == nullptr) return rules;
  for (const Value& item : reader.List(*value)) {
    RelabelRule rule;
    if (RuleReader(reader, item).Read(rule)) rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace proxy_telemetry
