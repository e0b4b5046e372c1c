// LevelDB alone on a FaultEnv: what it promises, and so what the store may build on.
#include "fault_env.h"

#include <gtest/gtest.h>
#include <leveldb/write_batch.h>

#include "directory_bytes.h"
#include "env/overlay_env.h"
#include "seed.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr int kBatches = 40;  // of two values each: enough for LevelDB's log to be changed, and tables to be made
constexpr std::size_t kValueBytes = 2500;
constexpr std::uint64_t kOperationsMax = 5000;

class Writer {
 public:
  Writer() : path_(scratch_.path() / "db"), env_(scratch_.path() / "aside") {}

  FaultEnv& env() { return env_; }
  const std::filesystem::path& path() const { return path_; }
  int acknowledged() const { return acknowledged_; }

  // Synced batches until one fails, or all are written; opens anew half way, and closes.
  void Run() {
    for (const int until : {kBatches / 2, kBatches}) {
      std::unique_ptr<leveldb::DB> db;
      if (!OpenLevelDb(&env_, path_, db, acknowledged_ == 0).ok()) return;
      for (; acknowledged_ < until; ++acknowledged_) {
        leveldb::WriteBatch batch;
        for (const char* half : {"a", "b"}) batch.Put(KeyOf(acknowledged_) + half, Value(acknowledged_));
        leveldb::WriteOptions options;
        options.sync = true;
        if (!db->Write(options, &batch).ok()) return;
      }
    }
  }

  // All that was acknowledged is there; what was not, wholly or not at all.
  void Check() {
    std::unique_ptr<leveldb::DB> db;
    const leveldb::Status opened = OpenLevelDb(&env_, path_, db, acknowledged_ == 0);
    ASSERT_TRUE(opened.ok()) << opened.ToString();
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    for (int i = 0; i < kBatches; ++i) {
      std::string a;
      std::string b;
      const bool has_a = db->Get(options, KeyOf(i) + "a", &a).ok();
      const bool has_b = db->Get(options, KeyOf(i) + "b", &b).ok();
      ASSERT_EQ(has_a, has_b) << "torn: " << i;
      ASSERT_TRUE(has_a || i >= acknowledged_) << "lost: " << i << " of " << acknowledged_;
      ASSERT_TRUE(!has_a || (a == Value(i) && b == Value(i))) << "wrong: " << i;
    }
  }

 private:
  static std::string Value(int i) { return ValueOf(i, kValueBytes); }

  const ScratchDir scratch_;
  const std::filesystem::path path_;
  FaultEnv env_;
  int acknowledged_ = 0;
};

// Until a run comes through that no fault reached.
void LetEveryOperationFail(bool once, FaultEnv::Error error) {
  std::uint64_t runs = 0;
  int stopped = 0;
  for (std::uint64_t operation = 1; operation < kOperationsMax; ++operation, ++runs) {
    Writer writer;
    if (once) {
      writer.env().FailOnce(operation, error);
    } else {
      writer.env().FailFrom(operation, error);
    }
    writer.Run();
    const bool reached = writer.env().failures() > 0;
    if (writer.acknowledged() < kBatches) ++stopped;
    writer.env().StopFailing();
    ASSERT_NO_FATAL_FAILURE(writer.Check()) << "operation " << operation;
    if (!reached) {
      EXPECT_EQ(writer.acknowledged(), kBatches);
      break;
    }
  }
  std::cout << runs << " operations, " << stopped << " stopped the writer\n";
  EXPECT_GT(runs, 100U);
  EXPECT_LT(runs, kOperationsMax - 1);
  EXPECT_GT(stopped, 50);
}

TEST(LevelDbOnFaults, LosesNothingAcknowledgedWhenAnyOneOperationFails) {
  LetEveryOperationFail(true, FaultEnv::Error::kInjected);
}

TEST(LevelDbOnFaults, LosesNothingAcknowledgedWhenAllOperationsFailFromAnyOn) {
  LetEveryOperationFail(false, FaultEnv::Error::kNoSpace);
}

class LevelDbAtPowerCut : public testing::TestWithParam<Loss> {};

TEST_P(LevelDbAtPowerCut, LosesNothingSyncedAtAnyOperation) {
  std::mt19937_64 random = SeededRandom();
  std::uint64_t operation = 1;
  for (; operation < kOperationsMax; ++operation) {
    Writer writer;
    writer.env().PowerOffAt(operation);
    writer.Run();
    const bool done = writer.acknowledged() == kBatches;
    writer.env().Lose(GetParam(), random);
    ASSERT_NO_FATAL_FAILURE(writer.Check()) << "operation " << operation;
    if (done) break;
  }
  std::cout << operation << " operations\n";
  EXPECT_GT(operation, 100U);
  EXPECT_LT(operation, kOperationsMax);
}

INSTANTIATE_TEST_SUITE_P(OfEveryKind, LevelDbAtPowerCut,
                         testing::Values(Loss::kBytes, Loss::kBytesAndNames, Loss::kSome));

// A cut takes what is not synced: else the tests above would show nothing.
TEST(LevelDbAtPowerCutToo, LosesWhatWasNotSynced) {
  const ScratchDir scratch;
  FaultEnv env(scratch.path() / "aside");
  std::mt19937_64 random = SeededRandom();
  std::unique_ptr<leveldb::DB> db;
  ASSERT_TRUE(OpenLevelDb(&env, scratch.path() / "db", db, true).ok());
  PutValues(*db, 0, 10);
  env.PowerOff();
  EXPECT_FALSE(db->Put({}, "more", "x").ok());
  db.reset();
  env.Lose(Loss::kBytes, random);
  ASSERT_TRUE(OpenLevelDb(&env, scratch.path() / "db", db).ok());
  std::string value;
  EXPECT_TRUE(db->Get({}, KeyOf(0), &value).IsNotFound());
}

TEST(LevelDbOnAFullDisk, KeepsWhatWasAcknowledgedAndGoesOnWhenThereIsSpace) {
  for (const std::uint64_t bytes : {0ULL, 1ULL, 5000ULL, 30000ULL, 70001ULL, 120000ULL}) {
    Writer writer;
    writer.env().SetFreeBytes(bytes);
    writer.Run();
    EXPECT_LT(writer.acknowledged(), kBatches);
    EXPECT_LE(writer.env().FreeBytes("/"), bytes);
    writer.env().SetFreeBytes(FaultEnv::kUnlimited);
    ASSERT_NO_FATAL_FAILURE(writer.Check()) << bytes;
    writer.Run();
    EXPECT_EQ(writer.acknowledged(), kBatches);
    ASSERT_NO_FATAL_FAILURE(writer.Check()) << bytes;
  }
}

TEST(LevelDbOnAFullDisk, CannotBeOpenedButCanBeReadThroughAnOverlay) {
  const ScratchDir scratch;
  FaultEnv env(scratch.path() / "aside");
  const auto path = scratch.path() / "db";
  std::unique_ptr<leveldb::DB> db;
  ASSERT_TRUE(OpenLevelDb(&env, path, db, true).ok());
  PutValues(*db, 0, 100);
  db.reset();
  env.SetFreeBytes(0);
  EXPECT_EQ(env.FreeBytes(path), 0U);
  const leveldb::Status opened = OpenLevelDb(&env, path, db);
  EXPECT_TRUE(opened.IsIOError());
  EXPECT_NE(opened.ToString().find("No space left"), std::string::npos) << opened.ToString();
  const auto before = BytesOf(path);
  {
    OverlayEnv overlay(&env, 4 << 20);
    ASSERT_TRUE(OpenLevelDb(&overlay, path, db).ok());
    ExpectValues(*db, 0, 100);
    db.reset();
  }
  EXPECT_TRUE(BytesOf(path) == before);
  env.SetFreeBytes(1 << 20);
  ASSERT_TRUE(OpenLevelDb(&env, path, db).ok());
  ExpectValues(*db, 0, 100);
}

TEST(FaultEnv, GivesSpaceBackForWhatIsRemovedOrOverwritten) {
  const ScratchDir scratch;
  FaultEnv env(scratch.path() / "aside");
  const std::string path = scratch.path() / "file";
  env.SetFreeBytes(100);
  ASSERT_TRUE(leveldb::WriteStringToFile(&env, std::string(60, 'x'), path).ok());
  EXPECT_EQ(env.FreeBytes("/"), 40U);
  EXPECT_FALSE(leveldb::WriteStringToFile(&env, std::string(60, 'x'), path + "2").ok());
  EXPECT_TRUE(std::filesystem::exists(path));
  ASSERT_TRUE(leveldb::WriteStringToFile(&env, std::string(20, 'x'), path).ok());
  EXPECT_TRUE(env.RemoveFile(path).ok());
  EXPECT_GE(env.FreeBytes("/"), 60U);
}

TEST(FaultEnv, CountsEveryOperationThatWrites) {
  const ScratchDir scratch;
  FaultEnv env(scratch.path() / "aside");
  const std::string path = scratch.path() / "d" / "file";
  env.FailFrom(1);
  leveldb::WritableFile* file = nullptr;
  EXPECT_TRUE(env.CreateDir(scratch.path() / "d").IsIOError());
  EXPECT_TRUE(env.NewWritableFile(path, &file).IsIOError());
  EXPECT_TRUE(env.NewAppendableFile(path, &file).IsIOError());
  EXPECT_TRUE(env.RemoveFile(path).IsIOError());
  EXPECT_TRUE(env.RemoveDir(scratch.path() / "d").IsIOError());
  EXPECT_TRUE(env.RenameFile(path, path + "2").IsIOError());
  EXPECT_EQ(env.SyncDirectory(scratch.path()).code(), StatusCode::kIoError);
  EXPECT_EQ(env.operations(), 7U);
  EXPECT_EQ(env.failures(), 7U);
  env.StopFailing();
  ASSERT_TRUE(env.CreateDir(scratch.path() / "d").ok());
  ASSERT_TRUE(env.NewWritableFile(path, &file).ok());
  const std::unique_ptr<leveldb::WritableFile> opened(file);
  env.FailFrom(1);
  EXPECT_TRUE(opened->Append("x").IsIOError());
  EXPECT_TRUE(opened->Sync().IsIOError());
  EXPECT_TRUE(opened->Close().IsIOError());
  EXPECT_EQ(env.failures(), 3U);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
