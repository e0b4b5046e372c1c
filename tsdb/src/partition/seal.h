// Seal: the file that says what the files of a database are when it was closed, so that a lost, cut or exchanged one is
// found out when it is opened. Absent while the database is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

inline constexpr const char* kSealName = "SEAL";

struct SealedFile {
  std::string name;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;  // of tables, that of their last bytes
  bool operator==(const SealedFile&) const = default;
};

struct SealContent {
  bool complete = false;
  std::vector<SealedFile> files;
};

std::string EncodeSeal(const SealContent& content);
// False when it is damaged.
bool DecodeSeal(std::string_view bytes, SealContent& content);

// Of a database that is closed. `complete`: nothing will be added to it in the usual course. Durable when it returns
// ok.
Status WriteSeal(StoreEnv& env, const std::filesystem::path& directory, bool complete);
// Whether it is complete. kNotFound: there is no seal; kCorruption: it, or what it speaks of, is damaged. Tables are
// compared by size and their ends only: their blocks have checksums of their own.
Result<bool> CheckSeal(StoreEnv& env, const std::filesystem::path& directory);
// Durably, before the first write. Ok when there is none.
Status RemoveSeal(StoreEnv& env, const std::filesystem::path& directory);

}  // namespace proxy_telemetry::tsdb
