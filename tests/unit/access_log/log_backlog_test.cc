#include "logs/log_backlog.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace proxy_telemetry {
namespace {

std::vector<std::string> TakeAll(LogBacklog& backlog) {
  LineBatch batch;
  backlog.Take(batch);
  std::vector<std::string> lines;
  batch.ForEach([&lines](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

void PushAll(LogBacklog& backlog, const std::vector<std::string_view>& lines) { backlog.Push(lines); }

TEST(LogBacklog, GivesLinesInTheirOrderAndOnce) {
  LogBacklog backlog;
  PushAll(backlog, {"one", "", "three"});
  PushAll(backlog, {"four"});
  EXPECT_EQ(TakeAll(backlog), (std::vector<std::string>{"one", "", "three", "four"}));
  EXPECT_TRUE(TakeAll(backlog).empty());
  EXPECT_EQ(backlog.lost(), 0);
}

TEST(LogBacklog, CountsWhatHasNoRoomAndKeepsWhatIsThere) {
  // Each line takes its bytes and four more.
  LogBacklog backlog(2 * (4 + 4));
  PushAll(backlog, {"aaaa", "bbbb", "c"});
  EXPECT_EQ(backlog.lost(), 1);
  EXPECT_EQ(TakeAll(backlog), (std::vector<std::string>{"aaaa", "bbbb"}));
  PushAll(backlog, {"dddd", "eeeee"});
  EXPECT_EQ(backlog.lost(), 2);
  EXPECT_EQ(TakeAll(backlog), (std::vector<std::string>{"dddd"}));
  backlog.CountLost(3);
  EXPECT_EQ(backlog.lost(), 5);
}

}  // namespace
}  // namespace proxy_telemetry
