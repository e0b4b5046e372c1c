// Lines whose series the sink knows cost no allocation: counted in this program's operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <unordered_set>

#include "exporter/openmetrics_parser.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

// The usual forms; the others end in these.
void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace proxy_telemetry {
namespace {

// Knows what it was given once, without allocating when asked.
class KnowingSink : public PageSink {
 public:
  FamilyId AddFamily(const MetricFamily&) override { return 0; }
  bool AddKnown(std::string_view raw, double) override {
    const bool found = known_.find(raw) != known_.end();
    known += found ? 1 : 0;
    return found;
  }
  Status AddSeries(std::string_view raw, FamilyId, std::string_view, std::span<const LabelView>, double) override {
    known_.emplace(raw);
    return Status::Ok();
  }
  std::size_t known = 0;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_set<std::string, Hash, std::equal_to<>> known_;
};

std::string Page(ExpositionFormat format, int lines) {
  std::string page;
  for (int i = 0; i < lines; ++i) {
    const std::string host = "host-" + std::to_string(i) + ".a-rather-long-domain.example";
    page += "requests_total{host=\"" + host + "\",path=\"a\\\\b\"} " + std::to_string(i * 7919) + "\n";
    if (format == ExpositionFormat::kText) {
      page += " \tseconds { host = \"" + host + "\" , } 0.25 1520879607789 \n\n# comment\n";
    } else {
      page += "seconds{host=\"" + host + "\"} 1e-7 # {trace_id=\"0af7651916cd43dd8448eb211c80319c\"} 0.5 1.5\n";
    }
  }
  return page;
}

std::size_t AllocationsOfSecondPage(ExpositionFormat format, int lines) {
  const std::string page = Page(format, lines);
  KnowingSink sink;
  {
    OpenMetricsParser first(format, sink);
    EXPECT_TRUE(first.Feed(page).ok());
  }
  OpenMetricsParser second(format, sink);
  const std::size_t before = allocations;
  for (std::size_t at = 0; at < page.size(); at += 1000) {
    EXPECT_TRUE(second.Feed(std::string_view(page).substr(at, 1000)).ok());
  }
  const std::size_t after = allocations;
  EXPECT_EQ(sink.known, static_cast<std::size_t>(2 * lines));
  return after - before;
}

TEST(Allocations, DoNotGrowWithKnownLines) {
  for (const ExpositionFormat format : {ExpositionFormat::kText, ExpositionFormat::kOpenMetrics}) {
    // Some buffers reach their size with the first lines.
    const std::size_t few = AllocationsOfSecondPage(format, 200);
    EXPECT_LE(few, 16U);
    EXPECT_EQ(AllocationsOfSecondPage(format, 20'000), few);
  }
}

TEST(Allocations, AreNoneForPlainKnownLinesInOnePiece) {
  std::string page;
  for (int i = 0; i < 1000; ++i)
    page += "requests_total{host=\"h" + std::to_string(i) + ".example.org\"} 12345\nup 1 5\n";
  KnowingSink sink;
  OpenMetricsParser parser(ExpositionFormat::kText, sink);
  ASSERT_TRUE(parser.Feed(page).ok());
  const std::size_t before = allocations;
  const bool ok = parser.Feed(page).ok();
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_TRUE(ok);
}

TEST(Allocations, AreCounted) {
  const std::size_t before = allocations;
  const std::string text(1000, 'x');
  EXPECT_EQ(allocations - before, 1U) << text.size();
}

}  // namespace
}  // namespace proxy_telemetry
