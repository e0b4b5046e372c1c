// Short words for what tests say to a store and what it answers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

// Timestamp and bit pattern, so that NaNs compare too.
using BitPoint = std::pair<std::int64_t, std::uint64_t>;
using Contents = std::map<Labels, std::vector<BitPoint>>;

// One sample of one series.
struct TestSample {
  Labels labels;
  double value;
};

Labels MakeLabels(std::initializer_list<std::pair<std::string, std::string>> labels);
// metric{host="<host>"}
Labels HostSeries(const std::string& metric, const std::string& host);

StoreOptions Options(const std::filesystem::path& path);
// Fails the test when it cannot be opened.
std::unique_ptr<Store> OpenStore(const std::filesystem::path& path, std::int64_t retention_ms = 0,
                                 std::vector<std::string> group_labels = {"host"},
                                 std::size_t block_ticks = kBlockTicksDefault);
Result<AppendResult> AppendRound(Store& store, std::int64_t ts_ms, const std::vector<TestSample>& samples);
// As above, and fails the test when not all is taken.
void MustAppend(Store& store, std::int64_t ts_ms, const std::vector<TestSample>& samples);

struct Answer {
  Contents contents;
  Status status;
};
Answer Read(const View& view, const Selection& selection);
// Everything, from a new view; fails the test on damage.
Contents ReadAll(const Store& store);
Selection Everything();

// Where two contents differ, in few words; empty when they are equal.
std::string Difference(const Contents& read, const Contents& expected);

BitPoint MakePoint(std::int64_t ts_ms, double value);

}  // namespace proxy_telemetry::tsdb
