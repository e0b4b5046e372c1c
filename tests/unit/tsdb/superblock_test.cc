#include "superblock.h"

#include <gtest/gtest.h>

#include "coding.h"
#include "contents.h"
#include "env/store_env.h"
#include "files.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

std::string ReadBytes(const std::filesystem::path& path) {
  auto bytes = ReadSmallFile(StoreEnv::System(), path, 1 << 20);
  EXPECT_TRUE(bytes.ok()) << bytes.status().message();
  return bytes.ok() ? *bytes : "";
}

class SuperblockFile : public testing::Test {
 protected:
  std::filesystem::path path() const { return scratch_.path() / kSuperblockName; }
  StatusCode ReadCode() const { return ReadSuperblock(StoreEnv::System(), scratch_.path()).status().code(); }
  void Write(std::string_view bytes) const { ASSERT_TRUE(WriteFileAtomically(StoreEnv::System(), path(), bytes).ok()); }

  ScratchDir scratch_;
};

TEST_F(SuperblockFile, ReadsBackWhatWasWritten) {
  ASSERT_TRUE(
      WriteSuperblock(StoreEnv::System(), scratch_.path(), {-86400000, 0, 1700000000123, 300000, {"job", "", "host"}})
          .ok());
  const auto read = ReadSuperblock(StoreEnv::System(), scratch_.path());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->start_ms, -86400000);
  EXPECT_EQ(read->end_ms, 0);
  EXPECT_EQ(read->created_ms, 1700000000123);
  EXPECT_EQ(read->resolution_ms, 300000);
  EXPECT_EQ(read->group_labels, (std::vector<std::string>{"job", "", "host"}));
}

TEST_F(SuperblockFile, IsFoundDamagedByEveryFlippedBitAndEveryCut) {
  ASSERT_TRUE(WriteSuperblock(StoreEnv::System(), scratch_.path(), {0, 1000, 5, 0, {"host"}}).ok());
  const std::string good = ReadBytes(path());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    Write(bad);
    EXPECT_EQ(ReadCode(), StatusCode::kCorruption) << "bit " << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    Write(good.substr(0, size));
    EXPECT_EQ(ReadCode(), StatusCode::kCorruption) << "cut to " << size;
  }
  Write(good + "x");
  EXPECT_EQ(ReadCode(), StatusCode::kCorruption);
  Write(std::string(100000, 'x'));
  EXPECT_EQ(ReadCode(), StatusCode::kCorruption);
  std::filesystem::remove(path());
  EXPECT_EQ(ReadCode(), StatusCode::kNotFound);
}

TEST_F(SuperblockFile, RefusesMoreGroupLabelsThanItCanReadBack) {
  const std::vector<std::string> many(1000, "label");
  EXPECT_EQ(WriteSuperblock(StoreEnv::System(), scratch_.path(), {0, 1, 2, 0, many}).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadCode(), StatusCode::kNotFound);
}

// The same frame with a higher version, as a later program would write it.
TEST_F(SuperblockFile, OfANewerFormatStopsTheStoreWhichTouchesNothing) {
  {
    auto store = OpenStore(scratch_.path());
    MustAppend(*store, 1000, {{HostSeries("up", "a"), 1}});
    ASSERT_TRUE(store->Flush().ok());
  }
  std::filesystem::path partition;
  for (const auto& entry : std::filesystem::directory_iterator(scratch_.path() / "raw")) partition = entry.path();
  std::string content = ReadBytes(partition / kSuperblockName);
  content.resize(content.size() - 4);
  content[11] = static_cast<char>(kFormatVersion + 1);
  content += "what a later version adds";
  SealWithCrc({}, 0, content);
  ASSERT_TRUE(WriteFileAtomically(StoreEnv::System(), partition / kSuperblockName, content).ok());
  const auto written = std::filesystem::last_write_time(partition);

  const auto store = Store::Open(Options(scratch_.path()));
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.status().code(), StatusCode::kUnsupported);
  EXPECT_NE(store.status().message().find("format version " + std::to_string(kFormatVersion + 1)), std::string::npos)
      << store.status().message();
  EXPECT_NE(store.status().message().find(partition.string()), std::string::npos) << store.status().message();
  EXPECT_EQ(ReadBytes(partition / kSuperblockName), content);
  EXPECT_EQ(std::filesystem::last_write_time(partition), written);
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "quarantine"));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
