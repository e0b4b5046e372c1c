// A data set of the shared workload, as its generator writes it: one file, mapped.
//
// Header | host names of 64 bytes | i64 ts_ms[ticks] | f64 value[hosts][20][ticks], NaN: no sample. Little-endian.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/labels.h"

namespace proxy_telemetry::bench {

inline constexpr std::size_t kFields = 20;

class Dataset {
 public:
  // Ends the program when it is none.
  explicit Dataset(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY);
    struct stat status{};
    if (fd < 0 || fstat(fd, &status) != 0) Fail(path);
    size_ = static_cast<std::size_t>(status.st_size);
    void* mapped = mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED) Fail(path);
    base_ = static_cast<const char*>(mapped);
    if (size_ < sizeof(Header) || std::memcmp(header().magic, "TSDATA1", 8) != 0 || header().fields != kFields)
      Fail(path);
  }
  ~Dataset() { munmap(const_cast<char*>(base_), size_); }
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;

  std::size_t hosts() const { return header().hosts; }
  std::size_t ticks() const { return header().ticks; }
  std::int64_t interval_ms() const { return header().interval_ms; }
  std::string host(std::size_t index) const { return base_ + sizeof(Header) + index * kNameBytes; }
  const std::int64_t* ts_ms() const {
    return reinterpret_cast<const std::int64_t*>(base_ + sizeof(Header) + hosts() * kNameBytes);
  }
  const double* values(std::size_t host, std::size_t field) const {
    return reinterpret_cast<const double*>(ts_ms() + ticks()) + (host * kFields + field) * ticks();
  }
  // Gives the pages back that were read: they are not the store's memory.
  void Release() const { madvise(const_cast<char*>(base_), size_, MADV_DONTNEED); }

  Labels LabelsOf(std::size_t host_index, std::size_t field) const {
    static constexpr std::array<const char*, 4> kCodes{"2xx", "3xx", "4xx", "5xx"};
    static constexpr std::array<const char*, 12> kBounds{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                                         "0.5",   "1",    "2.5",   "5",    "10",  "+Inf"};
    static constexpr std::array<const char*, 4> kRest{"proxy_http_request_duration_seconds_sum",
                                                      "proxy_http_request_duration_seconds_count", "proxy_backends_up",
                                                      "proxy_http_requests_in_flight"};
    std::vector<Label> labels{{"job", "bench"}, {"instance", "127.0.0.1:8404"}, {"host", host(host_index)}};
    if (field < 4) {
      labels.push_back({"__name__", "proxy_http_requests_total"});
      labels.push_back({"code", kCodes[field]});
    } else if (field < 16) {
      labels.push_back({"__name__", "proxy_http_request_duration_seconds_bucket"});
      labels.push_back({"le", kBounds[field - 4]});
    } else {
      labels.push_back({"__name__", kRest[field - 16]});
    }
    return Labels(std::move(labels));
  }

 private:
  struct Header {
    char magic[8];
    std::uint32_t hosts, ticks, fields, interval_ms;
    std::int64_t start_ms;
  };
  static constexpr std::size_t kNameBytes = 64;

  const Header& header() const { return *reinterpret_cast<const Header*>(base_); }
  [[noreturn]] static void Fail(const std::string& path) {
    std::fprintf(stderr, "%s: no data set of the workload\n", path.c_str());
    std::exit(2);
  }

  const char* base_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace proxy_telemetry::bench
