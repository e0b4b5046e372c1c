// What a power cut takes back, file by file.
#include "name_journal.h"

#include <gtest/gtest.h>

#include <fstream>

#include "directory_bytes.h"
#include "fault_env.h"
#include "files.h"
#include "seed.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

using Files = std::map<std::string, std::string>;

class PowerCut : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& synced, const std::string& unsynced) {
    leveldb::WritableFile* opened = nullptr;
    ASSERT_TRUE(env_.NewWritableFile(At(name), &opened).ok());
    const std::unique_ptr<leveldb::WritableFile> file(opened);
    ASSERT_TRUE(file->Append(synced).ok());
    ASSERT_TRUE(synced.empty() || file->Sync().ok());
    ASSERT_TRUE(file->Append(unsynced).ok());
    ASSERT_TRUE(file->Close().ok());
  }
  std::string At(const std::string& name) const { return directory_ / name; }
  Files After(Loss loss) {
    env_.Lose(loss, random_);
    return BytesOf(directory_);
  }
  void MakeDirectory() { ASSERT_TRUE(tsdb::MakeDirectory(env_, directory_).ok()); }

  const ScratchDir scratch_;
  const std::filesystem::path directory_ = scratch_.path() / "files";
  FaultEnv env_{scratch_.path() / "aside"};
  std::mt19937_64 random_ = SeededRandom();
};

TEST_F(PowerCut, TakesBytesThatWereNotSyncedAndLeavesTheFile) {
  MakeDirectory();
  Write("a", "synced", "not");
  Write("b", "", "not");
  EXPECT_EQ(After(Loss::kBytes), (Files{{"a", "synced"}, {"b", ""}}));
}

TEST_F(PowerCut, TakesFilesThatWereNotSynced) {
  MakeDirectory();
  Write("a", "synced", "not");
  Write("b", "", "not");
  EXPECT_EQ(After(Loss::kBytesAndNames), (Files{{"a", "synced"}}));
}

TEST_F(PowerCut, TakesBackRenamesAndRemovals) {
  MakeDirectory();
  Write("a", "first", "");
  Write("b", "second", "");
  ASSERT_TRUE(env_.RenameFile(At("b"), At("a")).ok());
  ASSERT_TRUE(env_.RemoveFile(At("a")).ok());
  Write("a", "", "third");
  EXPECT_EQ(After(Loss::kBytesAndNames), (Files{{"a", "first"}, {"b", "second"}}));
}

TEST_F(PowerCut, LeavesWhatTheDirectorysSyncMadeDurable) {
  MakeDirectory();
  Write("a", "first", "");
  Write("b", "second", "");
  ASSERT_TRUE(env_.RenameFile(At("b"), At("a")).ok());
  ASSERT_TRUE(env_.SyncDirectory(directory_).ok());
  ASSERT_TRUE(env_.RemoveFile(At("a")).ok());
  EXPECT_EQ(After(Loss::kBytesAndNames), (Files{{"a", "second"}}));
}

// The sync of a file created later would keep the rename too; of one created before, it does not.
TEST_F(PowerCut, DecidesInOrderUpToTheFileThatIsSynced) {
  for (const bool created_later : {false, true}) {
    std::filesystem::remove_all(directory_);
    MakeDirectory();
    Write("a", "first", "");
    if (!created_later) Write("log", "", "");
    Write("b", "second", "");
    ASSERT_TRUE(env_.RenameFile(At("b"), At("a")).ok());
    leveldb::WritableFile* opened = nullptr;
    ASSERT_TRUE(env_.NewAppendableFile(At("log"), &opened).ok());
    const std::unique_ptr<leveldb::WritableFile> log(opened);
    ASSERT_TRUE(log->Append("x").ok());
    ASSERT_TRUE(log->Sync().ok());
    const Files lost{{"a", "first"}, {"b", "second"}, {"log", "x"}};
    const Files kept{{"a", "second"}, {"log", "x"}};
    EXPECT_EQ(After(Loss::kBytesAndNames), created_later ? kept : lost);
  }
}

TEST_F(PowerCut, MovesDirectoriesBackWithWhatIsInThem) {
  MakeDirectory();
  ASSERT_TRUE(tsdb::MakeDirectory(env_, directory_ / "old").ok());
  Write("old/a", "synced", "not");
  ASSERT_TRUE(env_.RenameFile(At("old"), At("new")).ok());
  ASSERT_TRUE(env_.CreateDir(At("more")).ok());
  EXPECT_EQ(After(Loss::kBytesAndNames), (Files{{"old", "directory"}, {"old/a", "synced"}}));
  ASSERT_TRUE(Rename(env_, At("old"), At("new")).ok());
  EXPECT_EQ(After(Loss::kBytesAndNames), (Files{{"new", "directory"}, {"new/a", "synced"}}));
}

TEST_F(PowerCut, LeavesARandomPartThatReachesFromNothingToAll) {
  MakeDirectory();
  std::map<std::string, int> seen;
  for (int i = 0; i < 300; ++i) {
    Write("a", "1", "23");
    ++seen[After(Loss::kSome)["a"]];
    ASSERT_TRUE(env_.RemoveFile(At("a")).ok());
    ASSERT_TRUE(env_.SyncDirectory(directory_).ok());
  }
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_TRUE(seen.contains("1") && seen.contains("12") && seen.contains("123"));
}

// The recipe for small files: old or new, never a mixture.
TEST_F(PowerCut, NeverTearsAFileThatWasReplacedAtomically) {
  for (const Loss loss : {Loss::kBytes, Loss::kBytesAndNames, Loss::kSome}) {
    for (std::uint64_t operation = 1;; ++operation) {
      std::filesystem::remove_all(directory_);
      MakeDirectory();
      ASSERT_TRUE(WriteFileAtomically(env_, At("file"), "the old content").ok());
      env_.PowerOffAt(operation);
      const Status status = WriteFileAtomically(env_, At("file"), "the new");
      Files files = After(loss);
      if (status.ok()) {
        EXPECT_EQ(files["file"], "the new");
        EXPECT_GT(operation, 4U);
        break;
      }
      EXPECT_TRUE(files["file"] == "the old content" || files["file"] == "the new") << files["file"];
    }
  }
}

TEST_F(PowerCut, LeavesAnAtomicallyReplacedFileWhereAnyOperationFails) {
  MakeDirectory();
  ASSERT_TRUE(WriteFileAtomically(env_, At("file"), "the old content").ok());
  for (std::uint64_t operation = 1;; ++operation) {
    env_.FailOnce(operation, FaultEnv::Error::kNoSpace);
    const Status status = WriteFileAtomically(env_, At("file"), "the new");
    if (env_.failures() == 0) break;
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.message().find("No space left"), std::string::npos) << status.message();
    const std::string content = BytesOf(directory_)["file"];
    EXPECT_TRUE(content == "the old content" || content == "the new") << content;
    env_.StopFailing();
    ASSERT_TRUE(WriteFileAtomically(env_, At("file"), "the old content").ok());
  }
  EXPECT_EQ(BytesOf(directory_), (Files{{"file", "the new"}}));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
