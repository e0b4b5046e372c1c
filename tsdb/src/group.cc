#include "group.h"

#include "coding.h"

namespace proxy_telemetry::tsdb {

std::string GroupKey(const Labels& labels, const std::vector<std::string>& group_labels) {
  std::string key;
  for (const std::string& name : group_labels) PutString(labels.Get(name), key);
  return key;
}

}  // namespace proxy_telemetry::tsdb
