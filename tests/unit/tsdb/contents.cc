#include "contents.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>

namespace proxy_telemetry::tsdb {

Labels MakeLabels(std::initializer_list<std::pair<std::string, std::string>> labels) {
  std::vector<Label> list;
  for (const auto& [name, value] : labels) list.push_back({name, value});
  return Labels(std::move(list));
}

Labels HostSeries(const std::string& metric, const std::string& host) {
  return MakeLabels({{"__name__", metric}, {"host", host}});
}

StoreOptions Options(const std::filesystem::path& path) {
  StoreOptions options;
  options.path = path;
  options.group_labels = {"host"};
  return options;
}

std::unique_ptr<Store> OpenStore(const std::filesystem::path& path, std::int64_t retention_ms,
                                 std::vector<std::string> group_labels, std::size_t block_ticks) {
  StoreOptions options;
  options.path = path;
  options.retention_ms = retention_ms;
  options.group_labels = std::move(group_labels);
  options.block_ticks = block_ticks;
  auto store = Store::Open(options);
  EXPECT_TRUE(store.ok()) << store.status().message();
  return store.ok() ? std::move(*store) : nullptr;
}

Result<AppendResult> AppendRound(Store& store, std::int64_t ts_ms, const std::vector<TestSample>& samples) {
  std::vector<SeriesHandle> handles;
  Round round{ts_ms, {}};
  for (const TestSample& sample : samples) {
    handles.push_back(store.Intern(sample.labels));
    round.samples.push_back({handles.back().get(), sample.value});
  }
  return store.Append({&round, 1});
}

void MustAppend(Store& store, std::int64_t ts_ms, const std::vector<TestSample>& samples) {
  const auto result = AppendRound(store, ts_ms, samples);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->appended, samples.size()) << "at " << ts_ms;
}

Answer Read(const View& view, const Selection& selection) {
  Answer answer;
  const auto cursor = view.Select(selection);
  while (cursor->Next()) {
    EXPECT_FALSE(cursor->points().empty());
    std::vector<BitPoint>& points = answer.contents[cursor->labels()];
    EXPECT_TRUE(points.empty()) << cursor->labels().ToString() << " came twice";
    for (const Point& point : cursor->points()) points.push_back(MakePoint(point.ts_ms, point.value));
  }
  answer.status = cursor->status();
  return answer;
}

Contents ReadAll(const Store& store) {
  Answer answer = Read(*store.NewView(), Everything());
  EXPECT_TRUE(answer.status.ok()) << answer.status.message();
  return std::move(answer.contents);
}

Selection Everything() {
  Selection selection;
  selection.start_ms = INT64_MIN;
  selection.end_ms = INT64_MAX;
  return selection;
}

namespace {

std::string PointText(const BitPoint& point) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%016llx at %lld", static_cast<unsigned long long>(point.second),
                static_cast<long long>(point.first));
  return text.data();
}

}  // namespace

std::string Difference(const Contents& read, const Contents& expected) {
  for (const auto& [labels, points] : expected) {
    const auto found = read.find(labels);
    if (found == read.end()) return labels.ToString() + " is missing";
    if (found->second == points) continue;
    const auto [got, wanted] = std::mismatch(found->second.begin(), found->second.end(), points.begin(), points.end());
    std::string text = labels.ToString() + ": " + std::to_string(found->second.size()) + " points instead of " +
                       std::to_string(points.size()) + ", from number " + std::to_string(got - found->second.begin()) +
                       " on";
    if (got != found->second.end()) text += ", read " + PointText(*got);
    if (wanted != points.end()) text += ", expected " + PointText(*wanted);
    return text;
  }
  for (const auto& [labels, points] : read) {
    if (!expected.contains(labels)) return labels.ToString() + " is too many";
  }
  return "";
}

BitPoint MakePoint(std::int64_t ts_ms, double value) { return {ts_ms, std::bit_cast<std::uint64_t>(value)}; }

}  // namespace proxy_telemetry::tsdb
