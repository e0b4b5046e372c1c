#include "snapshot_view.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <utility>

namespace proxy_telemetry {

std::string ReadFixture(const std::string& name) {
  std::ifstream file(std::string(PT_FIXTURES) + "/payloads/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

HostMapper MapperOf(std::vector<HostRule> rules) {
  auto mapper = HostMapper::Make(rules);
  EXPECT_TRUE(mapper.ok()) << mapper.status().message();
  return std::move(mapper).value();
}

HostMapper NoRules() { return MapperOf({}); }

Values ValuesOf(const Snapshot& snapshot) {
  Values values;
  std::set<std::string> families;
  for (const SnapshotFamily& family : snapshot.families) {
    EXPECT_TRUE(families.insert(family.family.name).second) << family.family.name << " is there twice";
    EXPECT_FALSE(family.samples.empty()) << family.family.name;
    EXPECT_FALSE(family.family.help.empty()) << family.family.name;
    for (const SnapshotSample& sample : family.samples) {
      EXPECT_TRUE(sample.name.starts_with(family.family.name)) << sample.name;
      std::vector<Label> labels = sample.labels;
      labels.push_back({std::string(kNameLabel), sample.name});
      const std::string series = Labels(std::move(labels)).ToString();
      EXPECT_TRUE(values.emplace(series, sample.value).second) << series << " is there twice";
    }
  }
  return values;
}

Values ValuesOf(const Result<Snapshot>& snapshot) {
  EXPECT_TRUE(snapshot.ok()) << snapshot.status().message();
  return snapshot.ok() ? ValuesOf(*snapshot) : Values();
}

Values StartingWith(const Values& values, std::string_view prefix) {
  Values found;
  for (const auto& [series, value] : values) {
    if (series.starts_with(prefix)) found.emplace(series, value);
  }
  return found;
}

double SumOf(const Values& values, std::string_view prefix) {
  double sum = 0;
  for (const auto& [series, value] : StartingWith(values, prefix)) sum += value;
  return sum;
}

std::string MessageOf(const Result<Snapshot>& snapshot) {
  return snapshot.ok() ? std::string() : snapshot.status().message();
}

}  // namespace proxy_telemetry
