#include "files.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contents.h"
#include "env/store_env.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

TEST(AtomicFile, ReplacesTheContentWholeAndLeavesNothingBeside) {
  const ScratchDir scratch;
  const auto path = scratch.path() / "file";
  for (const std::string content : {"first", "", "a longer third one"}) {
    ASSERT_TRUE(WriteFileAtomically(StoreEnv::System(), path, content).ok());
    const auto read = ReadSmallFile(StoreEnv::System(), path, 100);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, content);
  }
  EXPECT_EQ(ReadSmallFile(StoreEnv::System(), path, 17).status().code(), StatusCode::kCorruption);
  EXPECT_EQ(ReadSmallFile(StoreEnv::System(), scratch.path() / "none", 17).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1);
}

TEST(AtomicFile, SaysWhatFailed) {
  const Status status = WriteFileAtomically(StoreEnv::System(), "/proc/none/file", "x");
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_NE(status.message().find("/proc/none/file"), std::string::npos) << status.message();
}

TEST(MakeDirectory, MakesParentsAndIsContentWithWhatIsThere) {
  const ScratchDir scratch;
  EXPECT_TRUE(MakeDirectory(StoreEnv::System(), scratch.path() / "a" / "b" / "c").ok());
  EXPECT_TRUE(MakeDirectory(StoreEnv::System(), scratch.path() / "a" / "b" / "c").ok());
  EXPECT_TRUE(MakeDirectory(StoreEnv::System(), (scratch.path() / "a" / "d").string() + "/").ok());
  ASSERT_TRUE(WriteFileAtomically(StoreEnv::System(), scratch.path() / "file", "12345").ok());
  EXPECT_FALSE(MakeDirectory(StoreEnv::System(), scratch.path() / "file").ok());
  EXPECT_FALSE(MakeDirectory(StoreEnv::System(), "").ok());
  EXPECT_EQ(DirectoryBytes(StoreEnv::System(), scratch.path()), 5U);
}

TEST(Store, RefusesASecondOpenerOfTheSameProcess) {
  const ScratchDir scratch;
  auto store = OpenStore(scratch.path());
  const auto second = Store::Open(Options(scratch.path()));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), StatusCode::kUnavailable);
  EXPECT_NE(second.status().message().find(scratch.path().string()), std::string::npos) << second.status().message();
  store.reset();
  EXPECT_TRUE(Store::Open(Options(scratch.path())).ok());
}

TEST(Store, RefusesASecondOpenerOfAnotherProcess) {
  const ScratchDir scratch;
  const auto store = OpenStore(scratch.path());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(Store::Open(Options(scratch.path())).status().code() == StatusCode::kUnavailable ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(Store, SaysWhichDirectoryItCannotMake) {
  const auto store = Store::Open(Options("/proc/none/data"));
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.status().message().find("/proc/none"), std::string::npos) << store.status().message();
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
