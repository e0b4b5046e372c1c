#include "logs/log_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "log_file_fixture.h"

namespace proxy_telemetry {
namespace {

TEST_F(LogFileTest, BeginsAtTheEndOfAFileThatIsThere) {
  Append("old\n");
  LogFile file(path(), false);
  EXPECT_EQ(ReadAll(file), Texts{});
  Append("new\nnewer\n");
  EXPECT_EQ(ReadAll(file), (Texts{"new", "newer"}));
}

TEST_F(LogFileTest, BeginsAtTheBeginningWhenToldTo) {
  Append("old\n");
  LogFile file(path(), true);
  EXPECT_EQ(ReadAll(file), Texts{"old"});
}

TEST_F(LogFileTest, BeginsBehindTheLastWholeLine) {
  Append("old\nhal");
  LogFile file(path(), false);
  EXPECT_EQ(ReadAll(file), Texts{});
  Append("f\n");
  EXPECT_EQ(ReadAll(file), Texts{"half"});
}

TEST_F(LogFileTest, AFileThatComesLaterIsReadFromItsBeginning) {
  LogFile file(path(), false);
  EXPECT_EQ(ReadAll(file), Texts{});
  EXPECT_EQ(file.status().message(), path() + " is not there yet");
  Append("first\n");
  EXPECT_EQ(ReadAll(file), Texts{"first"});
  EXPECT_TRUE(file.status().ok());
}

TEST_F(LogFileTest, KeepsAPartialLineUntilItsEndComes) {
  Append("");
  LogFile file(path(), true);
  Append("one\ntw");
  EXPECT_EQ(ReadAll(file), Texts{"one"});
  EXPECT_EQ(file.positions().front().offset, 4);
  Append("o\n");
  EXPECT_EQ(ReadAll(file), Texts{"two"});
}

TEST_F(LogFileTest, ACopiedAndTruncatedFileIsReadFromItsBeginning) {
  Append("one\ntwo\n");
  LogFile file(path(), true);
  ReadAll(file);
  std::filesystem::resize_file(path(), 0);
  Append("3\n");
  EXPECT_EQ(ReadAll(file), Texts{"3"});
}

TEST_F(LogFileTest, ATruncatedFileThatGrewBeyondItsOldSizeIsNoticedByItsBeginning) {
  Append("one\ntwo\n");
  LogFile file(path(), true);
  ReadAll(file);
  std::filesystem::resize_file(path(), 0);
  Append("three\nfour\nfive\n");
  EXPECT_EQ(ReadAll(file), (Texts{"three", "four", "five"}));
}

TEST_F(LogFileTest, GoesOnWhereAnEarlierRunStopped) {
  Append("a\nb\n");
  std::vector<LogFile::Position> positions;
  {
    LogFile file(path(), true);
    ReadAll(file);
    positions = file.positions();
  }
  Append("c\n");
  LogFile file(path(), false);
  file.Resume(positions);
  EXPECT_EQ(ReadAll(file), Texts{"c"});
}

TEST_F(LogFileTest, BeginsTheNewFileWhenTheOldOneIsGone) {
  Append("a\n");
  LogFile before(path(), true);
  ReadAll(before);
  std::filesystem::remove(path());
  Append("b\n");
  LogFile file(path(), false);
  file.Resume(before.positions());
  EXPECT_EQ(ReadAll(file), Texts{"b"});
}

TEST_F(LogFileTest, AnotherFileWithTheOldInodeIsNotTakenForTheOldOne) {
  Append("aaaa\n");
  LogFile before(path(), true);
  ReadAll(before);
  const std::vector<LogFile::Position> position = before.positions();
  std::filesystem::resize_file(path(), 0);
  Append("bbbb\ncccc\n");
  LogFile file(path(), false);
  file.Resume(position);
  EXPECT_EQ(ReadAll(file), (Texts{"bbbb", "cccc"}));
}

TEST_F(LogFileTest, AFileFullAgainWithTheSameBeginningIsNoticedByWhatWasReadLast) {
  const std::string beginning(kFingerprintBytes, 'x');
  Append(beginning + "\none\n");
  LogFile file(path(), true);
  ReadAll(file);
  std::filesystem::resize_file(path(), 0);
  Append(beginning + "\ntwo\nthree\n");
  EXPECT_EQ(ReadAll(file), (Texts{beginning, "two", "three"}));
}

TEST_F(LogFileTest, AFileThatIsBackUnderItsNameIsReadableAgain) {
  Append("a\n");
  LogFile file(path(), true);
  ReadAll(file);
  Rename("access.log", "aside");
  std::filesystem::create_directory(path());
  ReadAll(file);
  EXPECT_FALSE(file.status().ok());
  std::filesystem::remove(path());
  Rename("aside", "access.log");
  Append("b\n");
  EXPECT_EQ(ReadAll(file), Texts{"b"});
  EXPECT_TRUE(file.status().ok());
}

TEST_F(LogFileTest, ALineOfTheGreatestLengthIsReadAndALongerOneCounted) {
  LogFile file(path(), true);
  const std::string longest(kLogFileLineBytesMax, 'x');
  Append(longest + "\n" + longest + "y\nafter\n");
  EXPECT_EQ(ReadAll(file), (Texts{longest, "after"}));
  EXPECT_EQ(lines_.overlong, 1);
  Append(longest + longest);
  EXPECT_EQ(ReadAll(file), Texts{});
  Append("\nend\n");
  EXPECT_EQ(ReadAll(file), Texts{"end"});
  EXPECT_EQ(lines_.overlong, 2);
}

TEST_F(LogFileTest, OnlyRegularFilesAreRead) {
  std::filesystem::create_directory(path());
  LogFile file(path(), true);
  EXPECT_EQ(ReadAll(file), Texts{});
  EXPECT_EQ(file.status().message(), path() + " is no regular file; use listen: for what is sent");
}

}  // namespace
}  // namespace proxy_telemetry
