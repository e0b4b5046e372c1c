// Files behind an OverlayEnv beside the same ones really changed: the same happens to both.
#include <array>
#include <memory>

#include "directory_bytes.h"
#include "env/overlay_env.h"
#include "seed.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::array<const char*, 6> kNames{"a", "b", "CURRENT", "LOG", "c.log", "made"};

class Pair {
 public:
  Pair() : env_(leveldb::Env::Default(), 1 << 20) {
    for (const auto& directory : {Base(), Real()}) {
      std::filesystem::create_directory(directory);
      for (const char* name : {"a", "b", "LOG"}) std::ofstream(directory / name) << "content of " << name;
    }
    before_ = BytesOf(Base());
  }

  void DoSomething(std::mt19937_64& random) {
    const std::string name = Name(random);
    switch (Below(random, 6)) {
      case 0:
        return Write(name, random, &leveldb::Env::NewWritableFile);
      case 1:
        return Write(name, random, &leveldb::Env::NewAppendableFile);
      case 2:
        return ExpectSame([&](leveldb::Env& env, const auto& at) { return env.RemoveFile(at / name); });
      case 3: {
        const std::string to = Name(random);
        return ExpectSame([&](leveldb::Env& env, const auto& at) { return env.RenameFile(at / name, at / to); });
      }
      default:
        return Read(name, random);
    }
  }

  void ExpectSameFiles() {
    std::vector<std::string> in_memory;
    ASSERT_TRUE(env_.GetChildren(Base().string() + "/", &in_memory).ok());
    std::erase_if(in_memory, [](const std::string& name) { return name.starts_with("."); });
    std::map<std::string, std::string> files;
    for (const std::string& name : in_memory) {
      ASSERT_TRUE(leveldb::ReadFileToString(&env_, (Base() / name).string(), &files[name]).ok());
      std::uint64_t size = 0;
      ASSERT_TRUE(env_.GetFileSize((Base() / "." / name).string(), &size).ok());
      ASSERT_EQ(size, files[name].size());
    }
    ASSERT_EQ(files, BytesOf(Real()));
    for (const char* name : kNames) ASSERT_EQ(env_.FileExists(Base() / name), std::filesystem::exists(Real() / name));
  }

  void ExpectBaseUnchanged() const { EXPECT_EQ(BytesOf(Base()), before_); }

 private:
  using Opener = leveldb::Status (leveldb::Env::*)(const std::string&, leveldb::WritableFile**);

  std::filesystem::path Base() const { return scratch_.path() / "base"; }
  std::filesystem::path Real() const { return scratch_.path() / "real"; }
  static std::string Name(std::mt19937_64& random) { return kNames[Below(random, kNames.size())]; }

  template <typename Action>
  void ExpectSame(Action&& action) {
    const leveldb::Status in_memory = action(env_, Base());
    const leveldb::Status real = action(*leveldb::Env::Default(), Real());
    ASSERT_EQ(in_memory.ok(), real.ok()) << in_memory.ToString() << " / " << real.ToString();
    ASSERT_EQ(in_memory.IsNotFound(), real.IsNotFound()) << in_memory.ToString() << " / " << real.ToString();
  }

  void Write(const std::string& name, std::mt19937_64& random, Opener open) {
    const std::string content(Below(random, 3) * Below(random, 5000), static_cast<char>('a' + Below(random, 26)));
    ExpectSame([&](leveldb::Env& env, const auto& at) {
      leveldb::WritableFile* opened = nullptr;
      leveldb::Status status = (env.*open)(at / name, &opened);
      const std::unique_ptr<leveldb::WritableFile> file(opened);
      if (status.ok()) status = file->Append("begin");
      if (status.ok()) status = file->Append(content);
      if (status.ok()) status = file->Sync();
      return status.ok() ? file->Close() : status;
    });
  }

  void Read(const std::string& name, std::mt19937_64& random) {
    const std::uint64_t offset = Below(random, 6000);
    std::string first;
    ExpectSame([&](leveldb::Env& env, const auto& at) {
      leveldb::SequentialFile* opened = nullptr;
      leveldb::Status status = env.NewSequentialFile(at / name, &opened);
      const std::unique_ptr<leveldb::SequentialFile> file(opened);
      if (!status.ok()) return status;
      EXPECT_TRUE(file->Skip(std::min<std::uint64_t>(offset, 5)).ok());
      std::string scratch(8000, '\0');
      leveldb::Slice read;
      status = file->Read(scratch.size(), &read, scratch.data());
      if (first.empty()) {
        first = read.ToString();
      } else {
        EXPECT_EQ(read.ToString(), first);
      }
      return status;
    });
  }

  const ScratchDir scratch_;
  OverlayEnv env_;
  std::map<std::string, std::string> before_;
};

TEST(OverlayFiles, AreAsTheyWouldBeOnDisk) {
  std::mt19937_64 random = SeededRandom();
  for (int i = 0; i < 100; ++i) {
    Pair pair;
    for (int step = 0; step < 40; ++step) {
      ASSERT_NO_FATAL_FAILURE(pair.DoSomething(random));
      ASSERT_NO_FATAL_FAILURE(pair.ExpectSameFiles()) << "step " << step;
    }
    pair.ExpectBaseUnchanged();
  }
}

TEST(OverlayFiles, AreReadWhileAnotherIsWrittenUnderTheirName) {
  const ScratchDir scratch;
  OverlayEnv env(leveldb::Env::Default(), 1 << 20);
  const std::string path = scratch.path() / "file";
  ASSERT_TRUE(leveldb::WriteStringToFile(&env, "old", path).ok());
  leveldb::RandomAccessFile* opened = nullptr;
  ASSERT_TRUE(env.NewRandomAccessFile(path, &opened).ok());
  std::unique_ptr<leveldb::RandomAccessFile> old(opened);
  ASSERT_TRUE(leveldb::WriteStringToFile(&env, std::string(100000, 'n'), path).ok());
  ASSERT_TRUE(env.RemoveFile(path).ok());
  char scratch_bytes[8];
  leveldb::Slice read;
  ASSERT_TRUE(old->Read(1, 5, &read, scratch_bytes).ok());
  EXPECT_EQ(read.ToString(), "ld");
  EXPECT_LT(env.MemoryBytes(), 10000U);
  old.reset();
  EXPECT_EQ(env.MemoryBytes(), 0U);
}

TEST(OverlayFiles, HaveDirectoriesOfTheirOwn) {
  const ScratchDir scratch;
  OverlayEnv env(leveldb::Env::Default(), 1 << 20);
  const std::string directory = scratch.path() / "new";
  EXPECT_TRUE(env.CreateDir(directory).ok());
  EXPECT_FALSE(env.CreateDir(directory).ok());
  EXPECT_FALSE(env.CreateDir(scratch.path()).ok());
  EXPECT_TRUE(env.FileExists(directory));
  std::vector<std::string> names;
  EXPECT_TRUE(env.GetChildren(directory, &names).ok());
  EXPECT_TRUE(names.empty());
  EXPECT_TRUE(env.SyncDirectory(directory).ok());
  EXPECT_TRUE(env.GetChildren(scratch.path(), &names).ok());
  EXPECT_NE(std::find(names.begin(), names.end(), "new"), names.end());
  EXPECT_TRUE(env.RemoveDir(directory).ok());
  EXPECT_FALSE(env.RemoveDir(scratch.path()).ok());
  EXPECT_FALSE(env.GetChildren(directory, &names).ok());
  EXPECT_EQ(env.FreeBytes(directory), 1U << 20);
  EXPECT_EQ(env.SizeBytes(directory), 1U << 20);
  EXPECT_FALSE(env.GetTestDirectory(&names.emplace_back()).ok());
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
