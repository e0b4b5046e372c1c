// What the store costs. Usage: store_bench [OPERATION...] (all, without any); PT_BENCH_DIR: where the files go.
//
//   hosts      live rounds of 10,000 groups of 20 series, one synced batch each: CPU per million samples, a round's
//              time, bytes per sample, memory per series; then the queries and the opening of what was written
//   one-group  live rounds of 190,000 series that all have one group key
//   day        one host of 1,000, a day of 60 s rounds: appending it, selecting the host, the last point before a time
//   encode     the row encoding alone
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/duration.h"
#include "row_codec.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kSeriesPerHost = 20;
constexpr std::int64_t kStartMs = 1'700'006'400'000;  // the beginning of a day

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Of all threads, LevelDB's compactions included.
double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentMegabytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void Require(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.message().c_str());
  std::exit(1);
}

// Counters of hosts, a quarter of them idle, as 20 series each: codes, histogram buckets, gauges.
class Workload {
 public:
  Workload(std::size_t hosts, std::size_t series_per_host)
      : counters_(hosts * series_per_host), per_host_(series_per_host) {}

  Labels LabelsOf(std::size_t series) const {
    const std::size_t host = series / per_host_;
    const std::size_t kind = series % per_host_;
    std::vector<Label> labels{{"job", "edge"}, {"instance", "127.0.0.1:8404"}};
    labels.push_back({"host", "host" + std::to_string(host) + ".example"});
    if (kind < 4) {
      labels.push_back({"__name__", "proxy_http_requests_total"});
      labels.push_back({"code", std::to_string(kind + 2) + "xx"});
    } else {
      labels.push_back({"__name__", "proxy_http_request_duration_seconds_bucket"});
      labels.push_back({"le", std::to_string(kind)});
    }
    return Labels(std::move(labels));
  }
  void Advance() {
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      if ((i / per_host_) % 4 != 0) counters_[i] += static_cast<double>(random_() % 64);
    }
  }
  const std::vector<double>& values() const { return counters_; }

 private:
  std::vector<double> counters_;
  const std::size_t per_host_;
  std::mt19937 random_{1};
};

class Bench {
 public:
  explicit Bench(std::filesystem::path path) : path_(std::move(path)) { std::filesystem::remove_all(path_); }
  ~Bench() { std::filesystem::remove_all(path_); }

  void Open(std::vector<std::string> group_labels) {
    const double wall = WallSeconds();
    const double cpu = CpuSeconds();
    auto store = Store::Open({path_, 30 * kDayMs, std::move(group_labels)});
    Require(store.status());
    store_ = std::move(*store);
    open_seconds_ = WallSeconds() - wall;
    open_cpu_seconds_ = CpuSeconds() - cpu;
  }
  void Close() {
    handles_.clear();
    store_.reset();
  }
  void Rounds(Workload& workload, std::size_t rounds, std::int64_t interval_ms) {
    const double before_mb = ResidentMegabytes();
    for (std::size_t i = 0; i < workload.values().size(); ++i) handles_.push_back(store_->Intern(workload.LabelsOf(i)));
    Round round;
    round.samples.resize(handles_.size());
    std::vector<double> walls;
    double cpu = 0;
    for (std::size_t r = 0; r < rounds; ++r) {
      workload.Advance();
      round.ts_ms = kStartMs + static_cast<std::int64_t>(r) * interval_ms;
      for (std::size_t i = 0; i < handles_.size(); ++i) round.samples[i] = {handles_[i].get(), workload.values()[i]};
      const double wall_before = WallSeconds();
      const double cpu_before = CpuSeconds();
      Require(store_->Append({&round, 1}).status());
      const double cpu_after = CpuSeconds();
      walls.push_back(WallSeconds() - wall_before);
      if (r == 0) {
        std::printf("  first round: %.3f s CPU, %.0f bytes of memory a series\n", cpu_after - cpu_before,
                    (ResidentMegabytes() - before_mb) * (1 << 20) / static_cast<double>(handles_.size()));
        rest_begins_ = cpu_after;
      }
      cpu = cpu_after;
    }
    const double samples = static_cast<double>(rounds - 1) * static_cast<double>(handles_.size());
    cpu -= rest_begins_;
    std::printf(
        "  %zu more rounds: %.3f s CPU a round, %.3f s CPU per million samples; wall %.0f / %.0f ms (p50 / max)\n",
        rounds - 1, cpu / static_cast<double>(rounds - 1), cpu / samples * 1e6, Median(walls) * 1e3,
        *std::max_element(walls.begin(), walls.end()) * 1e3);
    std::printf("  RSS %.0f MB\n", ResidentMegabytes());
  }
  void ReportSize(std::size_t samples) {
    std::printf("  %.2f bytes a sample on disk; open: %.3f s, %.3f s CPU; RSS %.0f MB\n",
                static_cast<double>(store_->stats().disk_bytes) / static_cast<double>(samples), open_seconds_,
                open_cpu_seconds_, ResidentMegabytes());
  }
  void Time(const char* what, const std::function<std::size_t()>& operation) {
    std::vector<double> walls;
    std::vector<double> cpus;
    std::size_t result = 0;
    for (int i = 0; i < 9; ++i) {
      const double wall = WallSeconds();
      const double cpu = CpuSeconds();
      result = operation();
      cpus.push_back(CpuSeconds() - cpu);
      walls.push_back(WallSeconds() - wall);
    }
    std::printf("  %-36s %9.3f ms, %9.3f ms CPU (p50), %zu results\n", what, Median(walls) * 1e3, Median(cpus) * 1e3,
                result);
  }
  std::size_t Select(std::vector<Matcher> matchers, std::int64_t start_ms, std::int64_t end_ms, bool previous) {
    Selection selection{std::move(matchers), start_ms, end_ms, previous};
    const auto view = store_->NewView();
    const auto cursor = view->Select(selection);
    std::size_t points = 0;
    while (cursor->Next()) points += cursor->points().size();
    Require(cursor->status());
    return points;
  }
  Store& store() { return *store_; }

 private:
  const std::filesystem::path path_;
  std::unique_ptr<Store> store_;
  std::vector<SeriesHandle> handles_;
  double rest_begins_ = 0;
  double open_seconds_ = 0;
  double open_cpu_seconds_ = 0;
};

const std::vector<std::string> kGroupLabels{"job", "instance", "host"};

void Hosts(Bench& bench) {
  constexpr std::size_t kHosts = 10'000;
  constexpr std::size_t kRounds = 60;
  Workload workload(kHosts, kSeriesPerHost);
  bench.Open(kGroupLabels);
  bench.Rounds(workload, kRounds, 15'000);
  bench.Close();
  bench.Open(kGroupLabels);
  bench.ReportSize(kHosts * kSeriesPerHost * kRounds);
  bench.Time("values of host", [&] { return bench.store().NewView()->LabelValues("host", {}).size(); });
  bench.Time("values of host of one metric", [&] {
    const std::vector<Matcher> matchers{Matcher::Equal("__name__", "proxy_http_requests_total")};
    return bench.store().NewView()->LabelValues("host", matchers).size();
  });
  bench.Time("one host, all rounds",
             [&] { return bench.Select({Matcher::Equal("host", "host7.example")}, 0, INT64_MAX, false); });
  bench.Time("all requests, last 5 minutes", [&] {
    return bench.Select({Matcher::Equal("__name__", "proxy_http_requests_total")},
                        kStartMs + static_cast<std::int64_t>(kRounds - 20) * 15'000, INT64_MAX, false);
  });
}

void OneGroup(Bench& bench) {
  constexpr std::size_t kSeries = 190'000;
  constexpr std::size_t kRounds = 60;
  Workload workload(kSeries / kSeriesPerHost, kSeriesPerHost);
  bench.Open({});
  bench.Rounds(workload, kRounds, 15'000);
  bench.Close();
  bench.Open({});
  bench.ReportSize(kSeries * kRounds);
  bench.Time("one host, all rounds",
             [&] { return bench.Select({Matcher::Equal("host", "host7.example")}, 0, INT64_MAX, false); });
  bench.Time("everything", [&] { return bench.Select({}, 0, INT64_MAX, false); });
}

void Day(Bench& bench) {
  constexpr std::size_t kHosts = 1'000;
  constexpr std::size_t kRounds = 24 * 60;
  Workload workload(kHosts, kSeriesPerHost);
  bench.Open(kGroupLabels);
  bench.Rounds(workload, kRounds, kMinuteMs);
  bench.Close();
  bench.Open(kGroupLabels);
  bench.ReportSize(kHosts * kSeriesPerHost * kRounds);
  const std::vector<Matcher> host{Matcher::Equal("host", "host7.example")};
  bench.Time("one host, a day", [&] { return bench.Select(host, 0, INT64_MAX, false); });
  bench.Time("one host, an hour",
             [&] { return bench.Select(host, kStartMs + 12 * kHourMs, kStartMs + 13 * kHourMs - 1, false); });
  bench.Time("one host, the last point before noon",
             [&] { return bench.Select(host, kStartMs + 12 * kHourMs, kStartMs + 12 * kHourMs - 1, true); });
  bench.Time("requests of all hosts, a day", [&] {
    return bench.Select({Matcher::Equal("__name__", "proxy_http_requests_total")}, 0, INT64_MAX, false);
  });
}

void Encode(Bench&) {
  Workload workload(10'000, kSeriesPerHost);
  for (int i = 0; i < 50; ++i) workload.Advance();
  const std::vector<std::uint8_t> present(kSeriesPerHost, 1);
  std::string row;
  std::size_t bytes = 0;
  const double cpu = CpuSeconds();
  constexpr int kTimes = 50;
  for (int times = 0; times < kTimes; ++times) {
    for (std::size_t i = 0; i < workload.values().size(); i += kSeriesPerHost) {
      row.clear();
      EncodeRow("key", {workload.values().data() + i, kSeriesPerHost}, present, row);
      bytes += row.size();
    }
  }
  const double samples = static_cast<double>(workload.values().size()) * kTimes;
  std::printf("  %.4f s CPU per million samples, %.2f bytes a sample\n", (CpuSeconds() - cpu) / samples * 1e6,
              static_cast<double>(bytes) / samples);
}

int Main(int argc, char** argv) {
  const std::map<std::string, void (*)(Bench&)> operations{
      {"hosts", Hosts}, {"one-group", OneGroup}, {"day", Day}, {"encode", Encode}};
  const char* directory = std::getenv("PT_BENCH_DIR");
  const std::filesystem::path path =
      std::filesystem::path(directory != nullptr ? directory : "/tmp") / ("store_bench." + std::to_string(getpid()));
  std::vector<std::string> chosen(argv + 1, argv + argc);
  if (chosen.empty()) chosen = {"encode", "hosts", "one-group", "day"};
  for (const std::string& name : chosen) {
    const auto operation = operations.find(name);
    if (operation == operations.end()) {
      std::fprintf(stderr, "store_bench: no operation %s; there are encode, hosts, one-group, day\n", name.c_str());
      return 1;
    }
    std::printf("%s\n", name.c_str());
    Bench bench(path);
    operation->second(bench);
  }
  return 0;
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

int main(int argc, char** argv) { return proxy_telemetry::tsdb::Main(argc, argv); }
