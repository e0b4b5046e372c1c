// What the block codec makes of the shared workload, one thread, by CPU time. codec_bench FILE.tsd [TICKS [ROUNDS]]
//
//   size      bytes per sample of all blocks, everything in them included
//   encode    nanoseconds per sample
//   all       all columns decoded: million samples per second
//   codes     open, and the columns of the response codes: microseconds per block, million samples per second
//   buckets   open, and the columns of the buckets: the same
//   times     open, and the timestamps
//
// Every block is compared with what went in, to the bit, before anything is timed.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "base/labels.h"
#include "codec/block.h"

namespace {

using proxy_telemetry::Label;
using proxy_telemetry::Labels;
using proxy_telemetry::tsdb::BlockContent;
using proxy_telemetry::tsdb::BlockReader;
using proxy_telemetry::tsdb::BlockShape;
using proxy_telemetry::tsdb::EncodeBlock;
using proxy_telemetry::tsdb::Presence;

constexpr std::size_t kFields = 20;
constexpr std::size_t kCodes = 4;
constexpr std::size_t kBuckets = 12;
constexpr std::size_t kNameBytes = 64;
constexpr const char* kKey = "block of the bench";

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// The data set of the shared workload: header, host names, timestamps, values by host, field and tick.
struct DataSet {
  struct Header {
    char magic[8];
    std::uint32_t hosts, ticks, fields, interval_ms;
    std::int64_t start_ms;
  };
  const Header* header = nullptr;
  const std::int64_t* ts_ms = nullptr;
  const double* values = nullptr;

  explicit DataSet(const char* path) {
    const int file = open(path, O_RDONLY);
    struct stat info{};
    if (file < 0 || fstat(file, &info) != 0) return;
    const auto size = static_cast<std::size_t>(info.st_size);
    void* base = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (base == MAP_FAILED) return;
    const char* bytes = static_cast<const char*>(base);
    const auto* found = reinterpret_cast<const Header*>(bytes);
    if (size < sizeof(Header) || std::memcmp(found->magic, "TSDATA1", 8) != 0 || found->fields != kFields) return;
    header = found;
    bytes += sizeof(Header) + header->hosts * kNameBytes;
    ts_ms = reinterpret_cast<const std::int64_t*>(bytes);
    values = reinterpret_cast<const double*>(ts_ms + header->ticks);
  }
  const double* series(std::size_t host, std::size_t field) const {
    return values + (host * kFields + field) * header->ticks;
  }
};

std::vector<Labels> ColumnLabels() {
  static const char* const kCode[kCodes] = {"2xx", "3xx", "4xx", "5xx"};
  static const char* const kBound[kBuckets] = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                               "0.5",   "1",    "2.5",   "5",    "10",  "+Inf"};
  const std::string duration = "proxy_http_request_duration_seconds";
  std::vector<Labels> labels;
  for (const char* code : kCode) {
    labels.emplace_back(std::vector<Label>{{"__name__", "proxy_http_requests_total"}, {"code", code}});
  }
  for (const char* bound : kBound) {
    labels.emplace_back(std::vector<Label>{{"__name__", duration + "_bucket"}, {"le", bound}});
  }
  for (const char* end : {"_sum", "_count"}) labels.emplace_back(std::vector<Label>{{"__name__", duration + end}});
  labels.emplace_back(std::vector<Label>{{"__name__", "proxy_backends_up"}});
  labels.emplace_back(std::vector<Label>{{"__name__", "proxy_http_requests_in_flight"}});
  return labels;
}

std::vector<BlockContent> Cut(const DataSet& data, std::size_t ticks_max) {
  std::vector<BlockContent> blocks;
  for (std::size_t host = 0; host < data.header->hosts; ++host) {
    BlockContent block;
    block.columns.resize(kFields);
    const auto flush = [&] {
      if (!block.ts_ms.empty()) blocks.push_back(block);
      block.ts_ms.clear();
      for (auto& column : block.columns) column.values.clear();
    };
    for (std::size_t tick = 0; tick < data.header->ticks; ++tick) {
      if (std::isnan(data.series(host, 0)[tick])) continue;
      block.ts_ms.push_back(data.ts_ms[tick]);
      for (std::size_t i = 0; i < kFields; ++i) block.columns[i].values.push_back(data.series(host, i)[tick]);
      if (block.ts_ms.size() == ticks_max) flush();
    }
    flush();
  }
  return blocks;
}

bool SameBits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

class Bench {
 public:
  Bench(std::vector<BlockContent> blocks, int rounds) : blocks_(std::move(blocks)), rounds_(rounds) {
    const std::vector<Labels> labels = ColumnLabels();
    shape_ = BlockShape::Of(labels);
    for (const BlockContent& block : blocks_) samples_ += block.ts_ms.size() * kFields;
  }

  bool Run() {
    Encode();
    if (!Verify()) return false;
    std::vector<std::size_t> all(kFields);
    for (std::size_t i = 0; i < kFields; ++i) all[i] = i;
    Decode("all", all);
    Decode("codes", {all.begin(), all.begin() + kCodes});
    Decode("buckets", {all.begin() + kCodes, all.begin() + kCodes + kBuckets});
    Decode("times", {});
    return true;
  }

 private:
  void Encode() {
    double best = 1e9;
    for (int round = 0; round < std::max(1, rounds_ / 3); ++round) {
      encoded_.assign(blocks_.size(), {});
      const double start = CpuSeconds();
      for (std::size_t i = 0; i < blocks_.size(); ++i) EncodeBlock(kKey, *shape_, blocks_[i], encoded_[i]);
      best = std::min(best, CpuSeconds() - start);
    }
    std::size_t bytes = 0;
    for (const std::string& block : encoded_) bytes += block.size();
    const auto samples = static_cast<double>(samples_);
    std::printf("size     %.4f bytes/sample  (%zu blocks, %.1f bytes each)\n", static_cast<double>(bytes) / samples,
                blocks_.size(), static_cast<double>(bytes) / static_cast<double>(blocks_.size()));
    std::printf("encode   %.1f ns/sample\n", best * 1e9 / samples);
  }

  bool Verify() {
    std::vector<double> values;
    std::vector<std::int64_t> ts_ms;
    Presence present;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      bool good =
          reader_.Open(kKey, encoded_[i], *shape_) && reader_.ReadTimestamps(ts_ms) && ts_ms == blocks_[i].ts_ms;
      for (std::size_t column = 0; good && column < kFields; ++column) {
        good = reader_.ReadColumn(column, values, present) && present.empty() &&
               SameBits(values, blocks_[i].columns[column].values);
        if (!good) std::printf("column %zu of ", column);
      }
      if (!good) {
        std::printf("block %zu differs\n", i);
        return false;
      }
    }
    return true;
  }

  void Decode(const char* name, const std::vector<std::size_t>& columns) {
    std::vector<double> values;
    std::vector<std::int64_t> ts_ms;
    Presence present;
    double best = 1e9;
    for (int round = 0; round < rounds_; ++round) {
      const double start = CpuSeconds();
      for (const std::string& block : encoded_) {
        bool good = reader_.Open(kKey, block, *shape_);
        if (columns.empty()) good = good && reader_.ReadTimestamps(ts_ms);
        for (const std::size_t column : columns) good = good && reader_.ReadColumn(column, values, present);
        if (!good) std::abort();
      }
      best = std::min(best, CpuSeconds() - start);
    }
    const double samples = static_cast<double>(samples_ * std::max<std::size_t>(1, columns.size())) / kFields;
    std::printf("%-8s %.1f M samples/s  %.2f us/block\n", name, samples / best * 1e-6,
                best * 1e6 / static_cast<double>(blocks_.size()));
  }

  std::vector<BlockContent> blocks_;
  const int rounds_;
  std::shared_ptr<const BlockShape> shape_;
  std::size_t samples_ = 0;
  std::vector<std::string> encoded_;
  BlockReader reader_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: codec_bench FILE.tsd [TICKS [ROUNDS]]\n");
    return 2;
  }
  const DataSet data(argv[1]);
  if (data.header == nullptr) {
    std::fprintf(stderr, "%s: not a data set of the workload\n", argv[1]);
    return 1;
  }
  const std::size_t ticks = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 480;
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 5;
  return Bench(Cut(data, std::max<std::size_t>(1, ticks)), rounds).Run() ? 0 : 1;
}
