#include "file_sd.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/mutex.h"
#include "config/loader.h"
#include "file_names.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);
constexpr std::int64_t kNeverMs = 3'600'000;

class FileSdTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }

  // By rename, as editors and tools for configuration do.
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path("fresh")) << text;
    std::filesystem::rename(Path("fresh"), Path(name));
  }

  static Config ConfigOf(const std::vector<std::string>& patterns, std::int64_t refresh_ms = kNeverMs) {
    Config config;
    ScrapeConfig& job = config.scrape_configs.emplace_back();
    job.job_name = "edge";
    job.file_sd_configs.push_back({patterns, refresh_ms});
    return config;
  }

  // All targets of job edge, "address from file" each.
  std::string Targets() const {
    std::string text;
    for (const auto& [job, groups] : sd_.Groups()) {
      for (const TargetGroup& group : groups) {
        for (const std::string& target : group.targets) {
          const std::string path = group.labels.at(kFilePathLabel);
          text += (text.empty() ? "" : " ") + target + "@" + path.substr(path.rfind('/') + 1);
        }
      }
    }
    return text;
  }

  testing::AssertionResult Becomes(const std::string& targets) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    MutexLock lock(mutex_);
    while (Targets() != targets) {
      if (std::chrono::steady_clock::now() > end) return testing::AssertionFailure() << "still " << Targets();
      changed_.WaitFor(mutex_, std::chrono::milliseconds(20));
    }
    return testing::AssertionSuccess();
  }

  int changes() {
    MutexLock lock(mutex_);
    return changes_;
  }

  ScratchDir folder_;
  Mutex mutex_;
  CondVar changed_;
  int changes_ = 0;
  FileSd sd_{[this] {
    MutexLock lock(mutex_);
    ++changes_;
    changed_.NotifyAll();
  }};
};

TEST_F(FileSdTest, ReadsYamlAndJsonBeforeItReturns) {
  Write("a.yml", "- targets: ['a:1', 'a:2']\n  labels: {rack: x}\n");
  Write("b.json", R"([{"targets": ["b:1"]}])");
  sd_.SetJobs(ConfigOf({Path("*.yml"), Path("b.json"), Path("none.json")}));
  EXPECT_EQ(Targets(), "a:1@a.yml a:2@a.yml b:1@b.json");
  EXPECT_EQ(sd_.Groups()["edge"][0].labels["rack"], "x");
  EXPECT_EQ(changes(), 0);
}

TEST_F(FileSdTest, FollowsFilesThatChangeComeAndGo) {
  Write("a.yml", "- targets: ['a:1']\n");
  sd_.SetJobs(ConfigOf({Path("*.yml")}));
  Write("a.yml", "- targets: ['a:2']\n");
  EXPECT_TRUE(Becomes("a:2@a.yml"));
  Write("b.yml", "- targets: ['b:1']\n");
  EXPECT_TRUE(Becomes("a:2@a.yml b:1@b.yml"));
  std::filesystem::remove(Path("a.yml"));
  EXPECT_TRUE(Becomes("b:1@b.yml"));
  std::ofstream(Path("b.yml")) << "- targets: ['b:3']\n";
  EXPECT_TRUE(Becomes("b:3@b.yml")) << "written in place";
}

TEST_F(FileSdTest, FollowsAFolderThatIsASwappedLink) {
  std::filesystem::create_directory(Path("v1"));
  std::filesystem::create_directory(Path("v2"));
  Write("v1/a.yml", "- targets: ['a:1']\n");
  Write("v2/a.yml", "- targets: ['a:2']\n");
  std::filesystem::create_symlink("v1", Path("data"));
  std::filesystem::create_symlink("data/a.yml", Path("a.yml"));
  sd_.SetJobs(ConfigOf({Path("a.yml")}));
  EXPECT_EQ(Targets(), "a:1@a.yml");
  std::filesystem::create_symlink("v2", Path("fresh"));
  std::filesystem::rename(Path("fresh"), Path("data"));
  EXPECT_TRUE(Becomes("a:2@a.yml"));
}

TEST_F(FileSdTest, ABrokenFileKeepsItsTargets) {
  Write("a.yml", "- targets: ['a:1']\n");
  Write("b.yml", "- targets: ['b:1']\n");
  sd_.SetJobs(ConfigOf({Path("*.yml")}));
  for (const char* broken : {"- targets: [", "- {tragets: []}\n", "", "{}"}) {
    Write("a.yml", broken);
    Write("b.yml", std::string("- targets: ['b:1']\n# ") + broken + "\n");
    sd_.SetJobs(ConfigOf({Path("*.yml")}));
    EXPECT_EQ(Targets(), "a:1@a.yml b:1@b.yml") << broken;
    EXPECT_EQ(sd_.refused_files(), 1U);
  }
  Write("a.yml", "[]\n");
  EXPECT_TRUE(Becomes("b:1@b.yml")) << "which is how to say that there are none";
  EXPECT_EQ(sd_.refused_files(), 0U);
}

TEST_F(FileSdTest, AFileThatIsNoneOrTooLargeIsRefused) {
  ASSERT_EQ(mkfifo(Path("pipe.yml").c_str(), 0600), 0);
  std::filesystem::create_directory(Path("folder.yml"));
  const std::string group = "- targets: ['a:1']\n";
  Write("edge.yml", group + "#" + std::string(kTargetFileBytesMax - group.size() - 1, 'x'));
  Write("large.yml", group + "#" + std::string(kTargetFileBytesMax - group.size(), 'x'));
  sd_.SetJobs(ConfigOf({Path("*.yml")}));
  EXPECT_EQ(Targets(), "a:1@edge.yml");
}

TEST_F(FileSdTest, FindsADirectoryThatComesLaterAtTheNextRefresh) {
  sd_.SetJobs(ConfigOf({Path("later/*.json")}, 50));
  EXPECT_EQ(Targets(), "");
  std::filesystem::create_directory(Path("later"));
  Write("later/a.json", R"([{"targets": ["a:1"]}])");
  EXPECT_TRUE(Becomes("a:1@a.json"));
}

TEST_F(FileSdTest, ForgetsTheFilesOfJobsThatAreGone) {
  Write("a.yml", "- targets: ['a:1']\n");
  sd_.SetJobs(ConfigOf({Path("*.yml")}));
  sd_.SetJobs(Config{});
  EXPECT_EQ(Targets(), "");
  sd_.SetJobs(ConfigOf({Path("*.yml")}));
  EXPECT_EQ(Targets(), "a:1@a.yml");
}

TEST_F(FileSdTest, OneFileMayServeTwoJobs) {
  Write("a.yml", "- targets: ['a:1']\n");
  Config config = ConfigOf({Path("a.yml"), Path("*.yml")});
  config.scrape_configs.push_back(config.scrape_configs[0]);
  config.scrape_configs[1].job_name = "other";
  sd_.SetJobs(config);
  EXPECT_EQ(sd_.Groups()["edge"].size(), 1U) << "named twice, read once";
  EXPECT_EQ(sd_.Groups()["other"].size(), 1U);
}

TEST(FileNames, WildcardsStandForAnythingInTheLastPart) {
  const ScratchDir folder;
  for (const char* name : {"b.yml", "a.yml", "a.yml.bak", ".yml", "ayml", "a.json"}) {
    folder.Write(name, "x");
  }
  const auto names = [&](const std::string& pattern) {
    std::string text;
    for (const std::string& path : FilesMatching(folder.path() / pattern)) text += path.substr(path.rfind('/'));
    return text;
  };
  EXPECT_EQ(names("*.yml"), "/.yml/a.yml/b.yml");
  EXPECT_EQ(names("a*.yml"), "/a.yml") << "what is before and behind the star does not overlap";
  EXPECT_EQ(names("*a*.*l"), "/a.yml") << "more than one";
  EXPECT_EQ(names("[ab].y?l"), "/a.yml/b.yml");
  EXPECT_EQ(names("a.yml"), "/a.yml");
  EXPECT_EQ(names("c.yml"), "");
  EXPECT_EQ(names("none/*.yml"), "");
  EXPECT_EQ(DirectoryOf("/x.yml"), "/");
  EXPECT_EQ(DirectoryOf("/etc/x/*.yml"), "/etc/x");
}

}  // namespace
}  // namespace proxy_telemetry
