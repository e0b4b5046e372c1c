// SampleParser: samples with timestamps out of text, in the formats of sample_format.h.
//
// Push parser: Feed() pieces of any size, then Finish(). Memory is bounded by the longest line (kSampleLineBytesMax),
// the known series (kKnownSeriesBytesMax) and one batch of points. A line whose series text is that of the line before
// costs a comparison and two numbers; one whose series is known, a look-up.
// Blank lines and comments are skipped, exemplars checked and dropped. A line without a timestamp, a label given twice,
// invalid UTF-8, a number out of range and a last line without its newline are errors; nothing is left out silently.
// "nan" in any case is the quiet NaN 0x7ff8000000000000; other NaNs (stale markers) come with a line of their own in
// front, see sample_writer.h.
// Lifetime: one file; the sink must outlive it. Single thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/labels.h"
#include "base/status.h"
#include "tools/sample_format.h"
#include "tools/text_source.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tools {

inline constexpr std::size_t kSampleLineBytesMax = 1 << 20;
inline constexpr std::size_t kKnownSeriesBytesMax = 128 << 20;
inline constexpr std::size_t kSampleBatchMax = 1024;  // points in one OnSamples()

// What the samples are for. A failure ends the parsing and is returned from Feed() or Finish().
class SampleSink {
 public:
  using SeriesId = std::uint64_t;  // the sink's own

  virtual ~SampleSink() = default;
  // A series of the file, before its first points. Comes again with equal labels when they are spelled in another way
  // (other order), or when more than kKnownSeriesBytesMax of series text went by.
  virtual Result<SeriesId> OnSeries(const Labels& labels) = 0;
  // Points of one series in the file's order, which need not be that of time.
  virtual Status OnSamples(SeriesId series, std::span<const tsdb::Point> points) = 0;
};

class SampleParser {
 public:
  // `name` is the file's, for messages.
  SampleParser(SampleFormat format, std::string name, SampleSink& sink);
  ~SampleParser();
  SampleParser(const SampleParser&) = delete;
  SampleParser& operator=(const SampleParser&) = delete;

  // Fails with "NAME:LINE:COLUMN: reason"; every later call then returns the same failure. What the sink got before
  // must not be kept then.
  Status Feed(std::string_view piece);
  // The file is over. OpenMetrics must have had its # EOF, and a file of unknown format a sample or # EOF.
  Status Finish();

  // Found or given; kAuto before the first sample.
  SampleFormat format() const;
  std::uint64_t samples() const;  // read so far

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Called between blocks, several hundred times a second; a failure (the user wants to stop) ends the import.
class ImportProgress {
 public:
  virtual ~ImportProgress() = default;
  virtual Status OnProgress(const TextSource& source, std::uint64_t samples) = 0;
};

// All of `source` through a parser into `sink`. `progress` may be null.
Status ParseSamples(TextSource& source, SampleFormat format, SampleSink& sink, ImportProgress* progress);

}  // namespace proxy_telemetry::tools
