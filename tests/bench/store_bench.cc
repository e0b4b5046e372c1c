// What the store costs on the shared workload. Each operation prints one line of JSON.
//
//   live DATASET DIR [TICKS]   appends the data set to a new store, a synced round per tick, as fast as it goes: CPU
//                              seconds per million samples (closing of blocks included), a round's time, memory
//   flush DIR                  closes all open blocks: bytes per sample on disk
//   check DATASET DIR          reads everything back and compares it bit by bit
//   start DIR                  opens the store
//   decode DIR                 reads everything, one thread: million samples per second
//   query DIR a|b|c|d|e        the workload's queries, in process: p50, p99
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/duration.h"
#include "dataset.h"
#include "tsdb/store.h"

namespace proxy_telemetry::bench {
namespace {

using tsdb::Matcher;
using tsdb::MatchType;
using tsdb::Point;

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Of all threads, LevelDB's included.
double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentMegabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

template <typename T>
T Require(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "%s\n", result.status().message().c_str());
  std::exit(1);
}

std::unique_ptr<tsdb::Store> Open(const std::string& directory) {
  tsdb::StoreOptions options;
  options.path = directory;
  options.group_labels = {"job", "instance", "host"};
  if (std::getenv("PT_BENCH_TIERS") != nullptr) options.tiers = {{5 * kMinuteMs, 0}, {kHourMs, 0}};
  return Require(tsdb::Store::Open(options));
}

double BytesPerSample(const tsdb::Store& store, const std::string& directory) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  }
  const auto stats = store.stats();
  return bytes / static_cast<double>(std::max<std::uint64_t>(1, stats.samples_appended + stats.tiers[0].samples));
}

void Live(const std::string& path, const std::string& directory, std::size_t ticks_max) {
  const Dataset data(path);
  const auto store = Open(directory);
  std::vector<tsdb::SeriesHandle> handles;
  handles.reserve(data.hosts() * kFields);
  for (std::size_t host = 0; host < data.hosts(); ++host) {
    for (std::size_t field = 0; field < kFields; ++field) handles.push_back(store->Intern(data.LabelsOf(host, field)));
  }
  std::vector<double> round_ms;
  double cpu = 0;
  double wall = 0;
  std::uint64_t samples = 0;
  tsdb::Round round;
  double before = CpuSeconds();
  for (std::size_t tick = 0; tick < std::min(data.ticks(), ticks_max); ++tick) {
    const double building = ThreadSeconds();
    round.samples.clear();
    round.ts_ms = data.ts_ms()[tick];
    for (std::size_t host = 0; host < data.hosts(); ++host) {
      if (std::isnan(data.values(host, 0)[tick])) continue;
      for (std::size_t field = 0; field < kFields; ++field) {
        round.samples.push_back({handles[host * kFields + field].get(), data.values(host, field)[tick]});
      }
    }
    const double built = ThreadSeconds() - building;
    const double start = WallSeconds();
    const auto appended = Require(store->Append({&round, 1}));
    round_ms.push_back((WallSeconds() - start) * 1e3);
    wall += WallSeconds() - start;
    cpu -= built;
    samples += appended.appended;
  }
  cpu += CpuSeconds() - before;
  data.Release();
  round = {};
  malloc_trim(0);
  std::printf(
      "{\"op\":\"live\",\"samples\":%llu,\"cpu_s_per_msample\":%.4f,\"samples_per_s\":%.0f,\"round_p50_ms\":%.2f,"
      "\"round_p99_ms\":%.2f,\"rss_mb\":%.1f,\"bytes_per_sample\":%.4f}\n",
      static_cast<unsigned long long>(samples), cpu * 1e6 / static_cast<double>(samples),
      static_cast<double>(samples) / wall, Quantile(round_ms, 0.5), Quantile(round_ms, 0.99), ResidentMegabytes(),
      BytesPerSample(*store, directory));
}

void Flush(const std::string& directory) {
  const auto store = Open(directory);
  const double cpu = CpuSeconds();
  const Status flushed = store->Flush();
  if (!flushed.ok()) std::fprintf(stderr, "%s\n", flushed.message().c_str());
  std::printf("{\"op\":\"flush\",\"cpu_s\":%.3f,\"bytes_per_sample\":%.4f}\n", CpuSeconds() - cpu,
              BytesPerSample(*store, directory));
}

void Check(const std::string& path, const std::string& directory) {
  const Dataset data(path);
  const auto store = Open(directory);
  std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> where;
  for (std::size_t host = 0; host < data.hosts(); ++host) {
    for (std::size_t field = 0; field < kFields; ++field) where[data.LabelsOf(host, field).ToString()] = {host, field};
  }
  const auto view = store->NewView();
  const auto cursor = view->Select({{}, INT64_MIN, INT64_MAX, false, 0});
  std::uint64_t right = 0;
  std::uint64_t wrong = 0;
  while (cursor->Next()) {
    const auto [host, field] = where.at(cursor->labels().ToString());
    const double* values = data.values(host, field);
    std::size_t tick = 0;
    for (const Point& point : cursor->points()) {
      while (tick < data.ticks() && (data.ts_ms()[tick] < point.ts_ms || std::isnan(values[tick]))) ++tick;
      const bool same = tick < data.ticks() && data.ts_ms()[tick] == point.ts_ms &&
                        std::memcmp(&values[tick], &point.value, sizeof(double)) == 0;
      ++(same ? right : wrong);
      ++tick;
    }
  }
  std::printf("{\"op\":\"check\",\"right\":%llu,\"wrong\":%llu,\"status\":\"%s\"}\n",
              static_cast<unsigned long long>(right), static_cast<unsigned long long>(wrong),
              cursor->status().message().c_str());
}

void Start(const std::string& directory) {
  const double cpu = CpuSeconds();
  const double start = WallSeconds();
  const auto store = Open(directory);
  std::printf("{\"op\":\"start\",\"s\":%.4f,\"cpu_s\":%.4f,\"rss_mb\":%.1f,\"series\":%llu,\"waiting\":%llu}\n",
              WallSeconds() - start, CpuSeconds() - cpu, ResidentMegabytes(),
              static_cast<unsigned long long>(store->stats().series),
              static_cast<unsigned long long>(store->stats().waiting_blocks));
}

void Decode(const std::string& directory) {
  const auto store = Open(directory);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto view = store->NewView();
    const double cpu = CpuSeconds();
    const auto cursor = view->Select({{}, INT64_MIN, INT64_MAX, false, 0});
    std::uint64_t samples = 0;
    double sum = 0;
    while (cursor->Next()) {
      samples += cursor->points().size();
      sum += cursor->points().back().value;
    }
    std::printf("{\"op\":\"decode\",\"samples\":%llu,\"msamples_per_s\":%.1f,\"sum\":%g}\n",
                static_cast<unsigned long long>(samples), static_cast<double>(samples) / 1e6 / (CpuSeconds() - cpu),
                sum);
  }
}

// increase / (last - first) over [end - 5 min, end] of a counter, as rate() but without extrapolation; of one series
// for ascending ends.
class Rates {
 public:
  explicit Rates(std::span<const Point> points) : from_(points.data()), end_(points.data() + points.size()) {}

  double At(std::int64_t end_ms) {
    while (from_ != end_ && from_->ts_ms < end_ms - 5 * kMinuteMs) ++from_;
    if (from_ == end_ || from_->ts_ms > end_ms) return 0;
    double increase = 0;
    const Point* last = from_;
    for (const Point* next = from_ + 1; next != end_ && next->ts_ms <= end_ms; last = next++) {
      increase += next->value >= last->value ? next->value - last->value : next->value;
    }
    if (last == from_) return 0;
    return increase * 1000 / static_cast<double>(last->ts_ms - from_->ts_ms);
  }

 private:
  const Point* from_;
  const Point* const end_;
};

class Queries {
 public:
  explicit Queries(tsdb::Store& store) : store_(store) {
    const auto stats = store.stats();
    start_ms_ = stats.min_ts_ms;
    end_ms_ = stats.max_ts_ms;
    hosts_ = store.NewView()->LabelValues("host", {});
  }

  double OneHost() {
    const auto cursor = store_.NewView();
    double sum = 0;
    ForEach(*cursor, {Requests(), Matcher::Equal("host", AnyHost())}, start_ms_, end_ms_,
            [&](const auto& points, const auto&) {
              Rates rates(points);
              for (std::int64_t t = start_ms_; t <= end_ms_; t += 15 * kMinuteMs) sum += rates.At(t);
            });
    return sum;
  }

  double P99() {
    const std::int64_t end = end_ms_;
    std::map<double, std::vector<double>> rates;
    ForEach(
        *store_.NewView(),
        {Matcher::Equal("__name__", "proxy_http_request_duration_seconds_bucket"), Matcher::Equal("host", AnyHost())},
        end - kHourMs - 5 * kMinuteMs, end, [&](const auto& points, const tsdb::SeriesCursor& series) {
          const std::string_view le = series.label("le");
          auto& out = rates[le == "+Inf" ? INFINITY : std::stod(std::string(le))];
          Rates of_bucket(points);
          for (std::int64_t t = end - kHourMs; t <= end; t += kMinuteMs) out.push_back(of_bucket.At(t));
        });
    double sum = 0;
    for (std::size_t step = 0; step < 60 && !rates.empty(); ++step) {
      const double rank = 0.99 * rates.rbegin()->second[step];
      double below = 0;
      double lower = 0;
      for (const auto& [bound, cumulative] : rates) {
        if (cumulative[step] >= rank) {
          const double share = cumulative[step] > below ? (rank - below) / (cumulative[step] - below) : 1;
          sum += std::isinf(bound) ? lower : lower + (bound - lower) * share;
          break;
        }
        below = cumulative[step];
        lower = bound;
      }
    }
    return sum;
  }

  double Busiest() {
    std::vector<std::pair<double, std::string>> hosts;
    std::string host;
    double rate = 0;
    ForEach(*store_.NewView(), {Requests()}, end_ms_ - 5 * kMinuteMs, end_ms_,
            [&](const auto& points, const tsdb::SeriesCursor& series) {
              if (series.label("host") != host) {
                if (!host.empty()) hosts.emplace_back(rate, host);
                host = series.label("host");
                rate = 0;
              }
              rate += Rates(points).At(end_ms_);
            });
    if (!host.empty()) hosts.emplace_back(rate, host);
    const auto middle = hosts.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(10, hosts.size()));
    std::partial_sort(hosts.begin(), middle, hosts.end(), std::greater<>());
    return hosts.empty() ? 0 : hosts.front().first;
  }

  double Names() { return static_cast<double>(store_.NewView()->LabelValues("host", {}).size()); }

  double AllHosts() {
    double sum = 0;
    // Windows are whole intervals, so that a tier of 5 minutes says the same as all samples.
    ForEach(
        *store_.NewView(), {Requests()}, start_ms_, end_ms_,
        [&](const auto& points, const auto&) {
          Rates rates(points);
          for (std::int64_t t = start_ms_; t <= end_ms_; t += 15 * kMinuteMs) sum += rates.At(t);
        },
        5 * kMinuteMs);
    return sum;
  }

 private:
  static Matcher Requests() { return Matcher::Equal("__name__", "proxy_http_requests_total"); }
  const std::string& AnyHost() { return hosts_[random_() % hosts_.size()]; }

  template <typename Visit>
  static void ForEach(const tsdb::View& view, std::vector<Matcher> matchers, std::int64_t start_ms, std::int64_t end_ms,
                      Visit&& visit, std::int64_t resolution_ms = 0) {
    const auto cursor = view.Select({std::move(matchers), start_ms, end_ms, false, resolution_ms});
    while (cursor->Next()) visit(cursor->points(), *cursor);
    if (!cursor->status().ok()) std::fprintf(stderr, "%s\n", cursor->status().message().c_str());
  }

  tsdb::Store& store_;
  std::int64_t start_ms_ = 0;
  std::int64_t end_ms_ = 0;
  std::vector<std::string> hosts_;
  std::mt19937 random_{7};
};

void Query(const std::string& directory, const std::string& which) {
  const auto store = Open(directory);
  Queries queries(*store);
  const std::map<std::string, std::pair<std::size_t, double (Queries::*)()>> all{{"a", {500, &Queries::OneHost}},
                                                                                 {"b", {500, &Queries::P99}},
                                                                                 {"c", {200, &Queries::Busiest}},
                                                                                 {"d", {50, &Queries::Names}},
                                                                                 {"e", {30, &Queries::AllHosts}}};
  const auto found = all.find(which);
  if (found == all.end()) {
    std::fprintf(stderr, "query is one of a, b, c, d, e\n");
    std::exit(2);
  }
  std::vector<double> ms;
  double answer = 0;
  const double cpu = CpuSeconds();
  for (std::size_t i = 0; i < found->second.first; ++i) {
    const double start = WallSeconds();
    answer = (queries.*found->second.second)();
    ms.push_back((WallSeconds() - start) * 1e3);
  }
  std::printf("{\"op\":\"query\",\"query\":\"%s\",\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"cpu_ms\":%.4f,\"answer\":%g}\n",
              which.c_str(), Quantile(ms, 0.5), Quantile(ms, 0.99),
              (CpuSeconds() - cpu) * 1e3 / static_cast<double>(ms.size()), answer);
}

int Run(const std::vector<std::string>& args) {
  const std::string op = args.empty() ? "" : args[0];
  if (op == "live" && args.size() >= 3) {
    Live(args[1], args[2], args.size() > 3 ? std::stoul(args[3]) : SIZE_MAX);
  } else if (op == "flush" && args.size() == 2) {
    Flush(args[1]);
  } else if (op == "check" && args.size() == 3) {
    Check(args[1], args[2]);
  } else if (op == "start" && args.size() == 2) {
    Start(args[1]);
  } else if (op == "decode" && args.size() == 2) {
    Decode(args[1]);
  } else if (op == "query" && args.size() == 3) {
    Query(args[1], args[2]);
  } else {
    std::fprintf(stderr,
                 "usage: store_bench live DATASET DIR [TICKS] | flush DIR | check DATASET DIR | start DIR | "
                 "decode DIR | query DIR a|b|c|d|e\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace proxy_telemetry::bench

int main(int argc, char** argv) { return proxy_telemetry::bench::Run(std::vector<std::string>(argv + 1, argv + argc)); }
