// The small files of a store: superblocks and seals.
//
// Input: a byte that chooses (0 superblock, 1 seal; +2: the content gets a right checksum, so that what is behind the
// check is reached), then the content.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "coding.h"
#include "partition/seal.h"
#include "superblock.h"

namespace proxy_telemetry::tsdb {
namespace {

void Require(bool good) {
  if (!good) std::abort();
}

void FuzzSuperblock(std::string_view content) {
  const auto superblock = DecodeSuperblock(content);
  if (!superblock.ok()) return;
  Require(superblock->start_ms < superblock->end_ms);
  const auto again = EncodeSuperblock(*superblock);
  if (!again.ok()) return;
  const auto back = DecodeSuperblock(*again);
  Require(back.ok() && back->start_ms == superblock->start_ms && back->end_ms == superblock->end_ms);
  Require(back->created_ms == superblock->created_ms && back->resolution_ms == superblock->resolution_ms);
  Require(back->group_labels == superblock->group_labels);
}

void FuzzSeal(std::string_view content) {
  SealContent seal;
  if (!DecodeSeal(content, seal)) return;
  SealContent back;
  Require(DecodeSeal(EncodeSeal(seal), back) && back.complete == seal.complete && back.files == seal.files);
}

void FuzzOne(unsigned choice, std::string content) {
  if ((choice & 2U) != 0) SealWithCrc({}, 0, content);
  if ((choice & 1U) == 0) {
    FuzzSuperblock(content);
  } else {
    FuzzSeal(content);
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  proxy_telemetry::tsdb::FuzzOne(data[0], std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
