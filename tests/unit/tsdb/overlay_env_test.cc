// LevelDBs behind an OverlayEnv: all is read, nothing is written.
#include "env/overlay_env.h"

#include <leveldb/write_batch.h>

#include <thread>
#include <vector>

#include "directory_bytes.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::uint64_t kMemoryMax = 8 << 20;
constexpr int kKeys = 300;

// Knows when LevelDB's own thread has nothing to do: then its files are as a killed process would leave them.
class IdleEnv : public leveldb::EnvWrapper {
 public:
  IdleEnv() : EnvWrapper(leveldb::Env::Default()) {}

  void Schedule(void (*function)(void*), void* argument) override {
    const MutexLock lock(mutex_);
    ++running_;
    target()->Schedule(&Run, new Job{this, function, argument});
  }
  void WaitUntilIdle() {
    const MutexLock lock(mutex_);
    while (running_ > 0) idle_.Wait(mutex_);
  }

 private:
  struct Job {
    IdleEnv* env;
    void (*function)(void*);
    void* argument;
  };

  static void Run(void* argument) {
    const std::unique_ptr<Job> job(static_cast<Job*>(argument));
    job->function(job->argument);
    const MutexLock lock(job->env->mutex_);
    --job->env->running_;
    job->env->idle_.NotifyAll();
  }

  Mutex mutex_;
  CondVar idle_;
  int running_ GUARDED_BY(mutex_) = 0;
};

// A database of several tables and a log that no table has yet; `clean`: as its closing leaves it, which is the same
// to LevelDB; else as a killed process leaves it.
class MadeDatabase {
 public:
  explicit MadeDatabase(bool clean = true) : path_(scratch_.path() / "db") {
    const std::filesystem::path made = clean ? path_ : scratch_.path() / "made";
    IdleEnv env;
    std::unique_ptr<leveldb::DB> db;
    EXPECT_TRUE(OpenLevelDb(&env, made, db, true).ok());
    PutValues(*db, 0, kKeys);
    env.WaitUntilIdle();
    if (!clean) std::filesystem::copy(made, path_);
    db.reset();
    env.WaitUntilIdle();
    before_ = BytesOf(path_);
  }

  const std::filesystem::path& path() const { return path_; }
  void ExpectUnchanged() const { EXPECT_TRUE(BytesOf(path_) == before_); }
  bool HasFullLog() const {
    for (const auto& [name, bytes] : before_) {
      if (name.ends_with(".log") && bytes.size() > 1000) return true;
    }
    return false;
  }

 private:
  const ScratchDir scratch_;
  const std::filesystem::path path_;
  std::map<std::string, std::string> before_;
};

TEST(OverlayEnv, ReadsADatabaseAndChangesNoByteOfIt) {
  for (const bool clean : {true, false}) {
    const MadeDatabase made(clean);
    ASSERT_TRUE(made.HasFullLog());
    std::filesystem::permissions(made.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    {
      OverlayEnv env(leveldb::Env::Default(), kMemoryMax);
      std::unique_ptr<leveldb::DB> db;
      const leveldb::Status opened = OpenLevelDb(&env, made.path(), db);
      ASSERT_TRUE(opened.ok()) << opened.ToString();
      ExpectValues(*db, 0, kKeys);
      made.ExpectUnchanged();
      EXPECT_GT(env.MemoryBytes(), 0U);
    }
    made.ExpectUnchanged();
    std::filesystem::permissions(made.path(), std::filesystem::perms::owner_all);
  }
}

TEST(OverlayEnv, KeepsWhatIsWrittenUntilItGoes) {
  const MadeDatabase made;
  {
    OverlayEnv env(leveldb::Env::Default(), kMemoryMax);
    std::unique_ptr<leveldb::DB> db;
    ASSERT_TRUE(OpenLevelDb(&env, made.path(), db).ok());
    PutValues(*db, kKeys, 3 * kKeys);
    db->CompactRange(nullptr, nullptr);
    ExpectValues(*db, 0, 3 * kKeys);
    db.reset();
    ASSERT_TRUE(OpenLevelDb(&env, made.path(), db).ok());
    ExpectValues(*db, 0, 3 * kKeys);
    made.ExpectUnchanged();
  }
  OverlayEnv env(leveldb::Env::Default(), kMemoryMax);
  std::unique_ptr<leveldb::DB> db;
  ASSERT_TRUE(OpenLevelDb(&env, made.path(), db).ok());
  ExpectValues(*db, 0, kKeys);
  std::string value;
  EXPECT_TRUE(db->Get({}, KeyOf(kKeys), &value).IsNotFound());
}

TEST(OverlayEnv, CreatesADatabaseThatIsOnlyInMemory) {
  const ScratchDir scratch;
  {
    OverlayEnv env(leveldb::Env::Default(), kMemoryMax);
    std::unique_ptr<leveldb::DB> db;
    ASSERT_TRUE(OpenLevelDb(&env, scratch.path() / "db", db, true).ok());
    PutValues(*db, 0, kKeys);
    db.reset();
    ASSERT_TRUE(OpenLevelDb(&env, scratch.path() / "db", db).ok());
    ExpectValues(*db, 0, kKeys);
    std::unique_ptr<leveldb::DB> second;
    EXPECT_TRUE(OpenLevelDb(&env, scratch.path() / "db", second).IsIOError());
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(OverlayEnv, FailsWritesBeyondItsMemoryAndGoesOnReading) {
  const MadeDatabase made;
  OverlayEnv env(leveldb::Env::Default(), 600 << 10);
  std::unique_ptr<leveldb::DB> db;
  ASSERT_TRUE(OpenLevelDb(&env, made.path(), db).ok());
  leveldb::Status status;
  int written = kKeys;
  for (; written < 10 * kKeys && status.ok(); ++written) status = db->Put({}, KeyOf(written), ValueOf(written));
  EXPECT_TRUE(status.IsIOError()) << status.ToString();
  EXPECT_NE(status.ToString().find("614400 bytes"), std::string::npos) << status.ToString();
  EXPECT_LE(env.MemoryBytes(), 600U << 10);
  ExpectValues(*db, 0, written - 1);
  db.reset();
  made.ExpectUnchanged();
  OverlayEnv tiny(leveldb::Env::Default(), 4 << 10);
  EXPECT_TRUE(OpenLevelDb(&tiny, made.path(), db).IsIOError());
}

TEST(OverlayEnv, TakesNoMoreMemoryOnceItIsFrozen) {
  const MadeDatabase made(false);
  OverlayEnv env(leveldb::Env::Default(), kMemoryMax);
  std::unique_ptr<leveldb::DB> db;
  ASSERT_TRUE(OpenLevelDb(&env, made.path(), db).ok());
  env.Freeze();
  const std::uint64_t before = env.MemoryBytes();
  db->CompactRange(nullptr, nullptr);
  for (int i = 0; i < 3; ++i) ExpectValues(*db, 0, kKeys);
  EXPECT_LE(env.MemoryBytes(), before + (8U << 10));
  leveldb::WritableFile* file = nullptr;
  EXPECT_TRUE(env.NewWritableFile((made.path() / "new").string(), &file).IsIOError());
  EXPECT_TRUE(env.NewAppendableFile((made.path() / "new").string(), &file).IsIOError());
  EXPECT_EQ(file, nullptr);
  made.ExpectUnchanged();
}

// Each with its own Env and threads, while one of them writes.
TEST(OverlayEnv, OpensOneDatabaseManyTimesAtOnce) {
  const MadeDatabase made(false);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&made, thread] {
      OverlayEnv env(leveldb::Env::Default(), kMemoryMax);
      std::unique_ptr<leveldb::DB> db;
      ASSERT_TRUE(OpenLevelDb(&env, made.path(), db).ok());
      std::thread other([&db] { ExpectValues(*db, 0, kKeys); });
      if (thread == 0) PutValues(*db, kKeys, 2 * kKeys);
      ExpectValues(*db, 0, kKeys);
      other.join();
    });
  }
  for (std::thread& thread : threads) thread.join();
  made.ExpectUnchanged();
}

}  // namespace
}  // namespace proxy_telemetry::tsdb
