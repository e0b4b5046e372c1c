// A store of format version 1, as the program wrote it then: what it held is there after the first start.
#include <gtest/gtest.h>

#include <filesystem>

#include "contents.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

class Upgrade : public testing::Test {
 protected:
  Upgrade() {
    std::filesystem::copy(std::filesystem::path(PT_FIXTURES) / "tsdb" / "version1", scratch_.path(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  }

  std::unique_ptr<Store> Open() {
    StoreOptions options = Options(scratch_.path());
    options.group_labels = DefaultGroupLabels();
    auto store = Store::Open(options);
    EXPECT_TRUE(store.ok()) << store.status().message();
    return store.ok() ? std::move(*store) : nullptr;
  }

  static Labels Series(const char* name, const char* host, const char* code) {
    return MakeLabels(
        {{"__name__", name}, {"job", "old"}, {"instance", "127.0.0.1:28999"}, {"host", host}, {"code", code}});
  }

  // Ten scrapes, of which the n-th said 10 n requests and a ratio of n / 3, and NaN or -0.
  static void ExpectAll(const Contents& contents) {
    const auto values = [&contents](const Labels& labels) {
      std::vector<std::uint64_t> bits;
      const auto found = contents.find(labels);
      if (found != contents.end()) {
        for (const auto& [ts_ms, value] : found->second) bits.push_back(value);
      }
      return bits;
    };
    std::vector<std::uint64_t> requests;
    std::vector<std::uint64_t> ratios;
    std::vector<std::uint64_t> odd;
    std::vector<std::uint64_t> large;
    for (int n = 1; n <= 10; ++n) {
      requests.push_back(MakePoint(0, n * 10).second);
      ratios.push_back(MakePoint(0, n / 3.0).second);
      odd.push_back(n % 2 != 0 ? 0x7ff8000000000000U : MakePoint(0, -0.0).second);
      if (n >= 3) large.push_back(MakePoint(0, 9007199254740992.0 + 2 * n).second);
    }
    EXPECT_EQ(values(Series("proxy_http_requests_total", "a.example", "2xx")), requests);
    EXPECT_EQ(values(Series("proxy_http_requests_total", "b.example", "2xx")), large);
    EXPECT_EQ(values(Series("ratio", "a.example", "")), ratios);
    EXPECT_EQ(values(Series("odd", "a.example", "")), odd);
  }

  ScratchDir scratch_;
};

TEST_F(Upgrade, KeepsEverySampleToTheBit) {
  ASSERT_TRUE(std::filesystem::exists(scratch_.path() / "partitions"));
  for (int start = 0; start < 2; ++start) {
    const auto store = Open();
    ASSERT_TRUE(store);
    ExpectAll(ReadAll(*store));
    EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "partitions"));
  }
}

// A crash when all is written and the old ones are still there.
TEST_F(Upgrade, MayBeginAgain) {
  const std::filesystem::path saved = scratch_.path() / "saved";
  std::filesystem::copy(scratch_.path() / "partitions", saved, std::filesystem::copy_options::recursive);
  ASSERT_TRUE(Open());
  std::filesystem::rename(saved, scratch_.path() / "partitions");
  const auto store = Open();
  ASSERT_TRUE(store);
  ExpectAll(ReadAll(*store));
}

TEST_F(Upgrade, SetsADamagedPartitionAside) {
  for (const auto& entry : std::filesystem::directory_iterator(scratch_.path() / "partitions")) {
    std::filesystem::remove(entry.path() / "CURRENT");
  }
  const auto store = Open();
  ASSERT_TRUE(store);
  EXPECT_TRUE(ReadAll(*store).empty());
  EXPECT_FALSE(std::filesystem::is_empty(scratch_.path() / "quarantine"));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
