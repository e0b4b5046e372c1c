// A log file in a scratch directory that tests write to and rotate.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "logs/log_file.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry {

class Lines final : public LineSink {
 public:
  void OnLine(std::string_view line) override { lines.emplace_back(line); }
  void OnOverlongLine() override { ++overlong; }

  std::vector<std::string> lines;
  int overlong = 0;
};

class LogFileTest : public ::testing::Test {
 protected:
  std::string path() const { return dir_.path() / "access.log"; }

  void Append(const std::string& text, const std::string& name = "access.log") const {
    std::ofstream(dir_.path() / name, std::ios::app | std::ios::binary) << text;
  }
  void Rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(dir_.path() / from, dir_.path() / to);
  }
  // A rotation is never right behind another: file systems tell births by the system's tick.
  static void Wait() { std::this_thread::sleep_for(std::chrono::milliseconds(2 * kBirthSlackMs)); }
  void Shift() const {
    for (int i = 9; i > 0; --i) {
      if (std::filesystem::exists(path() + "." + std::to_string(i)))
        Rename("access.log." + std::to_string(i), "access.log." + std::to_string(i + 1));
    }
  }
  void RotateByName() const {
    Wait();
    Shift();
    Rename("access.log", "access.log.1");
    Append("");
  }
  void RotateByCopy() const {
    Wait();
    Shift();
    std::filesystem::copy_file(path(), path() + ".1");
    std::filesystem::resize_file(path(), 0);
  }
  // What came since the last call.
  std::vector<std::string> ReadAll(LogFile& file, std::int64_t now_ms = 0) {
    lines_.lines.clear();
    // More than once: a rename is only followed at the old file's end.
    for (int i = 0; i < 4; ++i) file.Read(1 << 20, now_ms, lines_);
    return lines_.lines;
  }

  ScratchDir dir_;
  Lines lines_;
};

using Texts = std::vector<std::string>;

}  // namespace proxy_telemetry
