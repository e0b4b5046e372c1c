#include "exporter/snapshot.h"

namespace proxy_telemetry {

Status FeedSnapshot(const Snapshot& snapshot, PageSink& sink) {
  std::string key;
  std::vector<LabelView> labels;
  for (const SnapshotFamily& family : snapshot.families) {
    const PageSink::FamilyId id = sink.AddFamily(family.family);
    for (const SnapshotSample& sample : family.samples) {
      key = sample.name;
      labels.clear();
      for (const Label& label : sample.labels) {
        if (label.value.empty()) continue;
        key += labels.empty() ? '{' : ',';
        key += label.name;
        key += "=\"";
        AppendEscapedLabelValue(label.value, key);
        key += '"';
        labels.push_back({label.name, label.value});
      }
      if (!labels.empty()) key += '}';
      if (sink.AddKnown(key, sample.value)) continue;
      PT_RETURN_IF_ERROR(sink.AddSeries(key, id, sample.name, labels, sample.value));
    }
  }
  return Status::Ok();
}

}  // namespace proxy_telemetry
