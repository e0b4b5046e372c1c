// Log files that are renamed, or copied and cut back, while they are read and while nobody reads them.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "log_file_fixture.h"
#include "logs/log_file.h"
#include "logs/log_tail.h"
#include "logs/rotated_files.h"

namespace proxy_telemetry {
namespace {

TEST_F(LogFileTest, FollowsARenameAndReadsWhatIsStillWrittenToTheOldFile) {
  Append("a\n");
  LogFile file(path(), true);
  EXPECT_EQ(ReadAll(file), Texts{"a"});
  Rename("access.log", "access.log.1");
  Append("b\n", "access.log.1");
  EXPECT_EQ(ReadAll(file), Texts{"b"});
  Append("c\n");
  EXPECT_EQ(ReadAll(file), Texts{"c"});
  Append("late\n", "access.log.1");
  Append("d\n");
  EXPECT_EQ(ReadAll(file), (Texts{"late", "d"}));
}

TEST_F(LogFileTest, LetsGoOfARenamedFileThatIsWrittenToNoMore) {
  Append("a\n");
  LogFile file(path(), true);
  ReadAll(file, 0);
  Rename("access.log", "access.log.1");
  Append("b\n");
  EXPECT_EQ(ReadAll(file, 1000), Texts{"b"});
  EXPECT_EQ(ReadAll(file, 1000 + kDrainMs), Texts{});
  Append("too late\n", "access.log.1");
  EXPECT_EQ(ReadAll(file, 1001 + kDrainMs), Texts{});
}

TEST_F(LogFileTest, GoesOnInTheRenamedFileAndThenInTheNewOne) {
  Append("a\n");
  LogFile before(path(), true);
  ReadAll(before);
  Append("b\n");
  Rename("access.log", "access.log.1");
  Append("c\n");
  LogFile file(path(), false);
  file.Resume(before.positions());
  EXPECT_EQ(ReadAll(file), (Texts{"b", "c"}));
}

TEST_F(LogFileTest, SeveralRotationsWhileTheProgramWasAwayLoseNothing) {
  Append("a\n");
  LogFile before(path(), true);
  ReadAll(before);
  for (const char* line : {"b\n", "c\n", "d\n"}) {
    Append(line);
    RotateByName();
  }
  Append("e\n");
  LogFile file(path(), false);
  file.Resume(before.positions());
  Texts read = ReadAll(file);
  // Stopped on the way, it goes on from there.
  LogFile next(path(), false);
  next.Resume(file.positions());
  for (const std::string& line : ReadAll(next)) read.push_back(line);
  for (const std::string& line : ReadAll(next)) read.push_back(line);
  EXPECT_EQ(read, (Texts{"b", "c", "d", "e"}));
}

TEST_F(LogFileTest, SeveralRotationsBetweenTwoReadsLoseNothing) {
  Append("a\n");
  LogFile file(path(), true);
  EXPECT_EQ(ReadAll(file), Texts{"a"});
  Append("b\n");
  RotateByName();
  Append("c\n");
  RotateByName();
  Append("d\n");
  Texts read = ReadAll(file);
  for (const std::string& line : ReadAll(file)) read.push_back(line);
  EXPECT_EQ(read, (Texts{"b", "c", "d"}));
}

TEST_F(LogFileTest, WhereTheOldFileIsCompressedItGoesOnWithTheOneAfterIt) {
  Append("a\n");
  LogFile before(path(), true);
  ReadAll(before);
  RotateByName();
  Append("b\n");
  RotateByName();
  Append("c\n");
  std::filesystem::remove(dir_.path() / "access.log.2");
  Append("packed", "access.log.2.gz");
  LogFile file(path(), false);
  file.Resume(before.positions());
  EXPECT_EQ(ReadAll(file), (Texts{"b", "c"}));
}

TEST_F(LogFileTest, ARenamedFileThatIsStillWrittenToIsReadOnAfterARestart) {
  Append("a\n");
  LogFile before(path(), true);
  ReadAll(before);
  RotateByName();
  Append("b\n");
  EXPECT_EQ(ReadAll(before), Texts{"b"});
  Append("late\n", "access.log.1");
  LogFile file(path(), false);
  file.Resume(before.positions());
  EXPECT_EQ(ReadAll(file), Texts{"late"});
}

TEST_F(LogFileTest, ManyRotationsDoNotDisplaceARenamedFileThatHasMore) {
  Append("a\n");
  LogFile before(path(), true);
  ReadAll(before);
  RotateByName();
  Append("b\n");
  ReadAll(before);
  Append("late\n", "access.log.1");
  for (const char* line : {"c\n", "d\n", "e\n"}) {
    RotateByName();
    Append(line);
  }
  LogFile file(path(), false);
  file.Resume(before.positions());
  Texts read = ReadAll(file);
  std::sort(read.begin(), read.end());
  EXPECT_EQ(read, (Texts{"c", "d", "e", "late"}));
}

TEST_F(LogFileTest, WhatWasNotReadBeforeTheFileWasCutBackIsReadFromTheCopy) {
  Append("a\n");
  LogFile file(path(), true);
  ReadAll(file);
  Append("b\n");
  RotateByCopy();
  Append("c\n");
  EXPECT_EQ(ReadAll(file), (Texts{"b", "c"}));
}

TEST_F(LogFileTest, CopiesMadeWhileTheProgramWasAwayAreReadInTheirOrder) {
  Append("aa\n");
  LogFile before(path(), true);
  ReadAll(before);
  Append("b\n");
  RotateByCopy();
  Append("c\n");
  RotateByCopy();
  Append("d\n");
  LogFile file(path(), false);
  file.Resume(before.positions());
  EXPECT_EQ(ReadAll(file), (Texts{"b", "c", "d"}));
}

TEST_F(LogFileTest, AnEmptyLogThatWasFilledAndCopiedWhileTheProgramWasAwayIsReadFromItsCopy) {
  Append("");
  LogFile before(path(), true);
  ReadAll(before);
  Append("a\n");
  RotateByCopy();
  Append("b\n");
  LogFile file(path(), false);
  file.Resume(before.positions());
  EXPECT_EQ(ReadAll(file), (Texts{"a", "b"}));
}

TEST_F(LogFileTest, AnEmptyLogThatWasFilledAndCopiedBetweenTwoReadsIsReadFromItsCopy) {
  Append("");
  LogFile file(path(), true);
  ReadAll(file);
  Append("a\n");
  RotateByCopy();
  EXPECT_EQ(ReadAll(file), Texts{"a"});
  Append("b\n");
  EXPECT_EQ(ReadAll(file), Texts{"b"});
}

TEST_F(LogFileTest, AFileThatIsStillWrittenToStaysWhereManyOfAnEarlierRunAreStillToBeRead) {
  Append("a\n");
  LogFile before(path(), true);
  ReadAll(before);
  for (const char* line : {"b\n", "c\n"}) {
    RotateByName();
    Append(line);
    ReadAll(before);
  }
  RotateByName();
  Append("d\n");
  LogFile file(path(), false);
  file.Resume(before.positions());
  EXPECT_EQ(ReadAll(file), Texts{"d"});
  Append("late\n", "access.log.1");
  EXPECT_EQ(ReadAll(file), Texts{"late"});
}

TEST_F(LogFileTest, CopiesOfLongAgoAreNotReadWhenTheFileIsRenamedAtLast) {
  Append("a\n");
  LogFile file(path(), true);
  ReadAll(file);
  RotateByCopy();
  EXPECT_EQ(ReadAll(file), Texts{});
  Append("b\n");
  EXPECT_EQ(ReadAll(file), Texts{"b"});
  RotateByCopy();
  EXPECT_EQ(ReadAll(file), Texts{});
  Wait();
  EXPECT_EQ(ReadAll(file), Texts{});
  RotateByName();
  Append("c\n");
  EXPECT_EQ(ReadAll(file), Texts{"c"});
}

// Whatever the pieces, and however the file is renamed, or copied and cut back: every line once, in order.
TEST_F(LogFileTest, LosesNoLineAndReadsNoneTwice) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  auto file = std::make_unique<LogFile>(path(), true);
  Texts written;
  Texts read;
  const bool by_name = random() % 2 == 0;
  Append("");
  const auto take = [&] {
    for (std::string& line : ReadAll(*file)) read.push_back(std::move(line));
  };
  for (int step = 0; step < 600; ++step) {
    switch (random() % 40) {
      case 0:
      case 1:
        // Whether all was read before or not.
        if (random() % 2 == 0) take();
        by_name ? RotateByName() : RotateByCopy();
        if (random() % 2 == 0) take();
        break;
      case 2: {
        if (random() % 2 == 0) take();
        const auto positions = file->positions();
        file = std::make_unique<LogFile>(path(), true);
        file->Resume(positions);
        break;
      }
      case 3:
        take();
        break;
      default: {
        const std::string text = std::to_string(written.size()) + std::string(random() % 300, 'x') + "\n";
        written.push_back(text.substr(0, text.size() - 1));
        const std::size_t cut = random() % 3 == 0 ? random() % text.size() : text.size();
        Append(text.substr(0, cut));
        take();
        Append(text.substr(cut));
      }
    }
  }
  for (int i = 0; i < 5; ++i) take();
  const auto [got, wanted] = std::mismatch(read.begin(), read.end(), written.begin(), written.end());
  EXPECT_TRUE(got == read.end()) << "read " << *got;
  EXPECT_TRUE(wanted == written.end()) << "not read " << *wanted;
}

TEST(InodeKey, FitsIntoASampleAndTellsFilesApart) {
  EXPECT_EQ(InodeKey(12345), 12345U);
  EXPECT_LT(InodeKey(UINT64_MAX), std::uint64_t{1} << 53U);
  EXPECT_NE(InodeKey((std::uint64_t{1} << 63U) + 7), InodeKey(7));
}

TEST(RotatedFiles, AreKnownByTheirNames) {
  for (const char* name :
       {"access.log.1", "access.log-20240501", "access.log-20240501-1714521600", "access.log.2024-05", "access.1.log",
        "access-2024-05-01T10-00-00.000.log", "access-2024-05-01T10-00-00.000-size.log"}) {
    EXPECT_TRUE(IsRotatedName("access.log", name)) << name;
  }
  for (const char* name : {"access.log", "access.log.1.gz", "access.log.bak", "access.log.", "access.log.-",
                           "access2.log", "access-api.log", "other.log.1", "access.log.swp", "access.", ""}) {
    EXPECT_FALSE(IsRotatedName("access.log", name)) << name;
  }
  EXPECT_TRUE(IsRotatedName("access_log", "access_log.1"));
  EXPECT_FALSE(IsRotatedName(".log", "-1.log"));
}

// While another thread renames them in turns: none is missing, and none is taken for another.
TEST_F(LogFileTest, NoRenamedFileIsMissingInAListing) {
  constexpr int kFiles = 9;
  for (int i = 1; i <= kFiles; ++i) Append("x", "access.log." + std::to_string(i));
  std::atomic<bool> stopping = false;
  std::thread renaming([&] {
    while (!stopping) {
      Shift();
      std::filesystem::rename(path() + ".10", path() + ".1");
      // As a rotation does: a burst, then a pause that is long beside a listing.
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  for (int i = 0; i < 300; ++i) {
    std::set<std::uint64_t> inodes;
    for (const NeighbourFile& file : RotatedFiles(path())) inodes.insert(file.inode);
    EXPECT_EQ(inodes.size(), kFiles);
  }
  stopping = true;
  renaming.join();
}

}  // namespace
}  // namespace proxy_telemetry
