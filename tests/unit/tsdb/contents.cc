#include "contents.h"

#include <gtest/gtest.h>

#include <bit>

namespace proxy_telemetry::tsdb {

Labels MakeLabels(std::initializer_list<std::pair<std::string, std::string>> labels) {
  std::vector<Label> list;
  for (const auto& [name, value] : labels) list.push_back({name, value});
  return Labels(std::move(list));
}

Labels HostSeries(const std::string& metric, const std::string& host) {
  return MakeLabels({{"__name__", metric}, {"host", host}});
}

std::unique_ptr<Store> OpenStore(const std::filesystem::path& path, std::int64_t retention_ms,
                                 std::vector<std::string> group_labels) {
  auto store = Store::Open({path, retention_ms, std::move(group_labels)});
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

BitPoint MakePoint(std::int64_t ts_ms, double value) { return {ts_ms, std::bit_cast<std::uint64_t>(value)}; }

}  // namespace proxy_telemetry::tsdb
