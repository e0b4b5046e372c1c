// The store's small files, written and removed through an Env.
#include <sys/stat.h>

#include <fstream>

#include "directory_bytes.h"
#include "env/overlay_env.h"
#include "env/quiet_env.h"
#include "env/store_env.h"
#include "files.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

TEST(EnvFiles, ReplaceTheContentWholeAndLeaveNothingBeside) {
  const ScratchDir scratch;
  OverlayEnv overlay(leveldb::Env::Default(), 1 << 20);
  for (StoreEnv* env : {&StoreEnv::System(), static_cast<StoreEnv*>(&overlay)}) {
    const auto path = scratch.path() / "file";
    for (const std::string content : {"first", "", "a longer third one"}) {
      ASSERT_TRUE(WriteFileAtomically(*env, path, content).ok());
      const auto read = ReadSmallFile(*env, path, 18);
      ASSERT_TRUE(read.ok());
      EXPECT_EQ(*read, content);
    }
    EXPECT_EQ(ReadSmallFile(*env, path, 17).status().code(), StatusCode::kCorruption);
    EXPECT_EQ(ReadSmallFile(*env, scratch.path() / "none", 17).status().code(), StatusCode::kNotFound);
  }
  EXPECT_EQ(BytesOf(scratch.path()), (std::map<std::string, std::string>{{"file", "a longer third one"}}));
}

TEST(EnvFiles, SayWhatFailed) {
  StoreEnv& env = StoreEnv::System();
  const Status status = WriteFileAtomically(env, "/proc/none/file", "x");
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_NE(status.message().find("/proc/none/file"), std::string::npos) << status.message();
  EXPECT_FALSE(Rename(env, "/proc/none/a", "/proc/none/b").ok());
  EXPECT_FALSE(env.SyncDirectory("/proc/none").ok());
  EXPECT_FALSE(MakeDirectory(env, "/proc/none/x").ok());
  EXPECT_FALSE(MakeDirectory(env, "").ok());
}

TEST(EnvFiles, MakeDirectoriesWithTheirParentsForTheGroupOnly) {
  const ScratchDir scratch;
  StoreEnv& env = StoreEnv::System();
  EXPECT_TRUE(MakeDirectory(env, scratch.path() / "a" / "b" / "c").ok());
  EXPECT_TRUE(MakeDirectory(env, scratch.path() / "a" / "b" / "c").ok());
  EXPECT_TRUE(MakeDirectory(env, (scratch.path() / "a" / "d").string() + "/").ok());
  struct stat info{};
  ASSERT_EQ(::stat((scratch.path() / "a" / "b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07U, 0U);
  std::ofstream(scratch.path() / "file") << "12345";
  EXPECT_FALSE(MakeDirectory(env, scratch.path() / "file").ok());
}

TEST(EnvFiles, RemoveAndCountWholeTreesAndFollowNoLinks) {
  const ScratchDir scratch;
  StoreEnv& env = StoreEnv::System();
  const auto tree = scratch.path() / "tree";
  ASSERT_TRUE(MakeDirectory(env, tree / "a" / "b").ok());
  std::ofstream(tree / "a" / "one") << "12345";
  std::ofstream(tree / "a" / "b" / "two") << "123";
  std::ofstream(scratch.path() / "kept") << "1";
  EXPECT_EQ(DirectoryBytes(env, tree), 8U);
  std::filesystem::create_directory_symlink(scratch.path(), tree / "link");
  EXPECT_TRUE(RemoveTree(env, tree).ok());
  EXPECT_TRUE(RemoveTree(env, tree).ok());
  EXPECT_EQ(BytesOf(scratch.path()), (std::map<std::string, std::string>{{"kept", "1"}}));
  EXPECT_EQ(DirectoryBytes(env, tree), 0U);
}

TEST(EnvFiles, KnowTheFreeSpace) {
  EXPECT_GT(StoreEnv::System().FreeBytes("/"), 0U);
  EXPECT_EQ(StoreEnv::System().FreeBytes("/proc/none"), std::numeric_limits<std::uint64_t>::max());
}

TEST(QuietEnv, LeavesNoLogsAndTakesNoLock) {
  const ScratchDir scratch;
  QuietEnv env(&StoreEnv::System());
  for (int i = 0; i < 2; ++i) {
    std::unique_ptr<leveldb::DB> db;
    ASSERT_TRUE(OpenLevelDb(&env, scratch.path(), db, true).ok());
    PutValues(*db, i, i + 1);
    ExpectValues(*db, 0, i + 1);
    leveldb::FileLock* lock = nullptr;
    ASSERT_TRUE(env.LockFile(scratch.path() / "LOCK", &lock).ok());
    EXPECT_TRUE(env.UnlockFile(lock).ok());
  }
  for (const auto& [name, bytes] : BytesOf(scratch.path())) EXPECT_FALSE(name.starts_with("LO")) << name;
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
