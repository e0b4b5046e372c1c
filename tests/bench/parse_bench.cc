// How fast the exposition parser is, by CPU time. parse_bench [FILE [PIECE_BYTES]]; without a file a page of 200,000
// series is made.
//
//   known, free   every series is known and finding it costs nothing: the parser alone
//   known, map    series are found in an unordered_map by their bytes
//   exemplars     OpenMetrics with an exemplar on each line: read in full each time
//   new           every series is new, and thrown away
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exporter/openmetrics_parser.h"

namespace {

using proxy_telemetry::ExpositionFormat;
using proxy_telemetry::LabelView;
using proxy_telemetry::MetricFamily;
using proxy_telemetry::OpenMetricsParser;
using proxy_telemetry::PageSink;
using proxy_telemetry::Status;

constexpr int kRounds = 7;

class BenchSink : public PageSink {
 public:
  enum class Mode { kFree, kMap, kNew };
  explicit BenchSink(Mode mode) : mode_(mode) {}

  FamilyId AddFamily(const MetricFamily&) override { return 0; }
  bool AddKnown(std::string_view raw, double value) override {
    if (mode_ == Mode::kNew) return false;
    if (mode_ == Mode::kMap) {
      const auto at = values_.find(raw);
      if (at == values_.end()) return false;
      at->second = value;
    }
    sum_ += value;
    ++samples;
    return true;
  }
  Status AddSeries(std::string_view raw, FamilyId, std::string_view, std::span<const LabelView>,
                   double value) override {
    if (mode_ == Mode::kMap) values_.emplace(raw, value);
    sum_ += value;
    ++samples;
    return Status::Ok();
  }

  std::size_t samples = 0;

 private:
  const Mode mode_;
  double sum_ = 0;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, double, Hash, std::equal_to<>> values_;
};

std::string MakePage(bool exemplars) {
  constexpr int kHosts = 40'000;
  std::string page = "# HELP proxy_http_requests_total Requests by host and code class.\n# TYPE proxy_http_requests";
  page += exemplars ? " counter\n" : "_total counter\n";
  for (int host = 0; host < kHosts; ++host) {
    for (const char* code : {"1xx", "2xx", "3xx", "4xx", "5xx"}) {
      page += "proxy_http_requests_total{code=\"" + std::string(code) + "\",host=\"site-" + std::to_string(host) +
              ".customers.example.org\"} " + std::to_string((host * 7919LL) % 1'000'003);
      page += exemplars ? " # {trace_id=\"0af7651916cd43dd8448eb211c80319c\"} 0.25\n" : "\n";
    }
  }
  return exemplars ? page + "# EOF\n" : page;
}

void Run(const char* name, ExpositionFormat format, const std::string& page, BenchSink::Mode mode,
         std::size_t piece_bytes) {
  BenchSink sink(mode);
  double best_s = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    sink.samples = 0;
    const std::clock_t start = std::clock();
    OpenMetricsParser parser(format, sink);
    Status status = Status::Ok();
    for (std::size_t at = 0; at < page.size() && status.ok(); at += piece_bytes) {
      status = parser.Feed(std::string_view(page).substr(at, piece_bytes));
    }
    if (status.ok()) status = parser.Finish();
    const double took_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (!status.ok()) {
      std::fprintf(stderr, "parse_bench: %s\n", status.message().c_str());
      std::exit(1);
    }
    best_s = std::min(best_s, took_s);
  }
  std::printf("%-12s %8.0f MB/s %8.2f M lines/s   (%zu samples, %.1f MB, best of %d: %.1f ms)\n", name,
              static_cast<double>(page.size()) / best_s / 1e6, static_cast<double>(sink.samples) / best_s / 1e6,
              sink.samples, static_cast<double>(page.size()) / 1e6, kRounds, best_s * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  // What curl hands over at most in one call.
  std::size_t piece_bytes = 16384;
  if (argc > 2) piece_bytes = std::max<std::size_t>(1, std::strtoull(argv[2], nullptr, 10));
  std::string page = argc > 1 ? "" : MakePage(false);
  if (argc > 1) {
    std::ifstream file(argv[1], std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    page = bytes.str();
  }
  const bool open_metrics = page.ends_with("# EOF\n");
  const ExpositionFormat format = open_metrics ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kText;
  Run("known, free", format, page, BenchSink::Mode::kFree, piece_bytes);
  Run("known, map", format, page, BenchSink::Mode::kMap, piece_bytes);
  Run("new", format, page, BenchSink::Mode::kNew, piece_bytes);
  if (argc > 1) return 0;
  Run("exemplars", ExpositionFormat::kOpenMetrics, MakePage(true), BenchSink::Mode::kFree, piece_bytes);
  return 0;
}
