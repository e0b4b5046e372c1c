// What is in a directory, to the byte, to compare; and LevelDBs to fill it.
#pragma once

#include <gtest/gtest.h>
#include <leveldb/db.h>
#include <leveldb/env.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>

namespace proxy_telemetry::tsdb {

// By path below it.
inline std::map<std::string, std::string> BytesOf(const std::filesystem::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().lexically_relative(directory).string();
    if (!entry.is_regular_file()) {
      files[name] = "directory";
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    files[name] = std::string(std::istreambuf_iterator<char>(in), {});
  }
  return files;
}

inline leveldb::Status OpenLevelDb(leveldb::Env* env, const std::filesystem::path& path,
                                   std::unique_ptr<leveldb::DB>& db, bool create = false) {
  leveldb::Options options;
  options.env = env;
  options.create_if_missing = create;
  options.paranoid_checks = true;
  options.write_buffer_size = 64 << 10;  // the least there is
  leveldb::DB* opened = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options, path.string(), &opened);
  db.reset(opened);
  return status;
}

inline std::string KeyOf(int i) { return "key" + std::to_string(i); }
inline std::string ValueOf(int i, std::size_t bytes = 1000) {
  std::string value = "value" + std::to_string(i) + "-";
  while (value.size() < bytes) value += std::to_string(value.size() * static_cast<std::size_t>(i + 7));
  return value;
}

inline void ExpectValues(leveldb::DB& db, int from, int to) {
  for (int i = from; i < to; ++i) {
    std::string value;
    const leveldb::Status got = db.Get({}, KeyOf(i), &value);
    ASSERT_TRUE(got.ok()) << KeyOf(i) << ": " << got.ToString();
    ASSERT_EQ(value, ValueOf(i));
  }
}

inline void PutValues(leveldb::DB& db, int from, int to) {
  for (int i = from; i < to; ++i) ASSERT_TRUE(db.Put({}, KeyOf(i), ValueOf(i)).ok());
}

}  // namespace proxy_telemetry::tsdb
