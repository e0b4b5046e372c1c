#include "base/mutex.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace proxy_telemetry {
namespace {

class Counter {
 public:
  void Add() {
    const MutexLock lock(mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  void WaitUntil(int count) {
    const MutexLock lock(mutex_);
    while (count_ < count) changed_.Wait(mutex_);
  }
  // False when the time is over first.
  bool WaitForMore(int count, std::chrono::milliseconds timeout) {
    const MutexLock lock(mutex_);
    while (count_ <= count) {
      if (!changed_.WaitFor(mutex_, timeout)) return false;
    }
    return true;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ GUARDED_BY(mutex_) = 0;
};

TEST(Mutex, KeepsACountThatManyThreadsRaise) {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counter] {
      for (int n = 0; n < 1000; ++n) counter.Add();
    });
  }
  counter.WaitUntil(4000);
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(counter.WaitForMore(4000, std::chrono::milliseconds(1)));
  counter.Add();
  EXPECT_TRUE(counter.WaitForMore(4000, std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace proxy_telemetry
