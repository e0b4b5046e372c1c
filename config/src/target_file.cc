// ParseTargetGroups(): one file of file_sd_configs.
#include <utility>

#include "config/loader.h"
#include "document.h"
#include "faults.h"
#include "reader.h"
#include "target_reader.h"

namespace proxy_telemetry {
namespace {

// A group of its own for each target weighs twice its text.
constexpr std::size_t kTargetFileWeightMax = 2 * kTargetFileBytesMax;

TargetGroupsResult WholeFileFault(std::string message) { return {std::nullopt, {{0, 0, "", std::move(message)}}}; }

}  // namespace

TargetGroupsResult ParseTargetGroups(std::string_view text) {
  if (text.size() > kTargetFileBytesMax) {
    return WholeFileFault("is larger than " + std::to_string(kTargetFileBytesMax) + " bytes");
  }
  text = WithoutByteOrderMark(text);
  Faults faults;
  const EnvLookup no_env;
  const std::string no_dir;
  Reader reader(no_env, no_dir, faults);
  const std::optional<YamlTree> tree = ParseDocument(text, kTargetFileWeightMax, faults);
  std::vector<TargetGroup> groups;
  if (tree && (tree->root == nullptr || tree->root->kind == YamlNode::Kind::kNull)) {
    return WholeFileFault("is empty; write [] where there are no targets");
  }
  if (tree) groups = ReadTargetGroups(reader, {tree->root, nullptr, ""});
  if (!faults.empty()) return {std::nullopt, faults.Errors(text)};
  return {std::move(groups), {}};
}

}  // namespace proxy_telemetry
