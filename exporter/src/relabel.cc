#include "exporter/relabel.h"

#include <openssl/evp.h>
#include <re2/re2.h>

#include <array>
#include <string>
#include <utility>

#include "group_template.h"
#include "unicode_case.h"

namespace proxy_telemetry {
namespace {

constexpr std::size_t kMd5Bytes = 16;

// The last 8 bytes of the MD5, big end first; nullopt where OpenSSL has no MD5 (FIPS).
std::optional<std::uint64_t> HashOf(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) != 1 || size != kMd5Bytes) {
    return std::nullopt;
  }
  std::uint64_t hash = 0;
  for (std::size_t i = kMd5Bytes - sizeof(hash); i < kMd5Bytes; ++i) hash = (hash << 8U) | digest[i];
  return hash;
}

// Prometheus makes such a label; nobody could read the page that has it.
Labels WithValid(const Labels& labels, const std::string& name, std::string_view value) {
  return IsValidLabelName(name) ? labels.With(name, value) : labels;
}

}  // namespace

struct Relabeler::Rule {
  RelabelRule config;
  std::unique_ptr<const RE2> expression;
  GroupTemplate target;
  GroupTemplate replacement;

  // False: dropped.
  bool Apply(Labels& labels) const;

 private:
  bool Matches(std::string_view text) const { return MatchWhole(*expression, text, {}); }
  std::string Source(const Labels& labels) const;
  Labels Replace(const Labels& labels, const std::string& source) const;
  Labels HashMod(const Labels& labels, const std::string& source) const;
  Labels MapNames(const Labels& labels) const;
  Labels KeepNames(const Labels& labels, bool matching) const;
};

std::string Relabeler::Rule::Source(const Labels& labels) const {
  std::string source;
  for (std::size_t i = 0; i < config.source_labels.size(); ++i) {
    if (i != 0) source += config.separator;
    source += labels.Get(config.source_labels[i]);
  }
  return source;
}

bool Relabeler::Rule::Apply(Labels& labels) const {
  const std::string source = Source(labels);
  switch (config.action) {
    case RelabelAction::kKeep:
      return Matches(source);
    case RelabelAction::kDrop:
      return !Matches(source);
    case RelabelAction::kKeepEqual:
      return labels.Get(config.target_label) == source;
    case RelabelAction::kDropEqual:
      return labels.Get(config.target_label) != source;
    case RelabelAction::kReplace:
      labels = Replace(labels, source);
      return true;
    case RelabelAction::kLowercase:
      labels = WithValid(labels, config.target_label, ToLowerCase(source));
      return true;
    case RelabelAction::kUppercase:
      labels = WithValid(labels, config.target_label, ToUpperCase(source));
      return true;
    case RelabelAction::kHashMod:
      labels = HashMod(labels, source);
      return true;
    case RelabelAction::kLabelMap:
      labels = MapNames(labels);
      return true;
    case RelabelAction::kLabelDrop:
      labels = KeepNames(labels, false);
      return true;
    case RelabelAction::kLabelKeep:
      labels = KeepNames(labels, true);
      return true;
  }
  return true;
}

Labels Relabeler::Rule::Replace(const Labels& labels, const std::string& source) const {
  std::vector<re2::StringPiece> groups = GroupsOf(*expression);
  if (!MatchWhole(*expression, source, groups)) return labels;
  const std::string value = replacement.Expand(groups);
  // 2.42 deletes the label that target_label spells, and with $1 in it there is none.
  return WithValid(labels, value.empty() ? config.target_label : target.Expand(groups), value);
}

Labels Relabeler::Rule::HashMod(const Labels& labels, const std::string& source) const {
  const std::optional<std::uint64_t> hash = HashOf(source);
  return hash ? WithValid(labels, config.target_label, std::to_string(*hash % config.modulus)) : labels;
}

Labels Relabeler::Rule::MapNames(const Labels& labels) const {
  std::vector<re2::StringPiece> groups = GroupsOf(*expression);
  Labels mapped = labels;
  for (const Label& label : labels) {
    if (MatchWhole(*expression, label.name, groups)) {
      mapped = WithValid(mapped, replacement.Expand(groups), label.value);
    }
  }
  return mapped;
}

Labels Relabeler::Rule::KeepNames(const Labels& labels, bool matching) const {
  std::vector<Label> kept;
  for (const Label& label : labels) {
    if (Matches(label.name) == matching) kept.push_back(label);
  }
  return Labels(std::move(kept));
}

Result<Relabeler> Relabeler::Make(const std::vector<RelabelRule>& rules) {
  RE2::Options options;
  options.set_log_errors(false);
  std::vector<Rule> made;
  made.reserve(rules.size());
  for (const RelabelRule& rule : rules) {
    auto expression = std::make_unique<const RE2>(rule.regex, options);
    if (!expression->ok()) {
      return Status::InvalidArgument("relabelling: `regex: " + rule.regex +
                                     "` is no RE2 expression: " + expression->error());
    }
    if (rule.action == RelabelAction::kHashMod && (rule.modulus == 0 || !HashOf(""))) {
      return Status::InvalidArgument("relabelling: hashmod needs a modulus above 0, and MD5 from OpenSSL");
    }
    GroupTemplate target(rule.target_label, *expression);
    GroupTemplate replacement(rule.replacement, *expression);
    made.push_back({rule, std::move(expression), std::move(target), std::move(replacement)});
  }
  return Relabeler(std::move(made));
}

Relabeler::Relabeler(std::vector<Rule> rules) : rules_(std::move(rules)) {}
Relabeler::Relabeler(Relabeler&&) noexcept = default;
Relabeler& Relabeler::operator=(Relabeler&&) noexcept = default;
Relabeler::~Relabeler() = default;

std::optional<Labels> Relabeler::Apply(Labels labels) const {
  for (const Rule& rule : rules_) {
    if (!rule.Apply(labels)) return std::nullopt;
  }
  return labels;
}

}  // namespace proxy_telemetry
