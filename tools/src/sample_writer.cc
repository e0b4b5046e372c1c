#include "tools/sample_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "base/number.h"
#include "value_bits.h"

namespace proxy_telemetry::tools {
namespace {

constexpr std::string_view kCounterSuffix = "_total";
constexpr std::string_view kNameless = "_";  // stands behind # TYPE and # HELP where there is no name

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  AppendEscapedLabelValue(text, out);
  out += '"';
}

std::string DeclaredName(std::string_view name) {
  if (name.empty()) return std::string(kNameless);
  if (IsValidMetricName(name)) return std::string(name);
  std::string quoted;
  AppendQuoted(name, quoted);
  return quoted;
}

std::string SeriesText(const Labels& labels) {
  const std::string_view name = labels.metric_name();
  const bool plain = name.empty() || IsValidMetricName(name);
  std::string out(plain ? name : "");
  char separator = '{';
  const auto separate = [&] {
    out += separator;
    separator = ',';
  };
  if (!plain) {
    separate();
    AppendQuoted(name, out);
  }
  for (const Label& label : labels) {
    if (label.name == kNameLabel) continue;
    separate();
    if (IsValidLabelName(label.name)) {
      out += label.name;
    } else {
      AppendQuoted(label.name, out);
    }
    out += '=';
    AppendQuoted(label.value, out);
  }
  if (separator == ',') out += '}';
  return out;
}

// SECONDS.MMM
void AppendTimestamp(std::int64_t ts_ms, std::string& out) {
  constexpr std::uint64_t kMsPerSecond = 1000;
  if (ts_ms < 0) out += '-';
  const auto magnitude = ts_ms < 0 ? 0 - static_cast<std::uint64_t>(ts_ms) : static_cast<std::uint64_t>(ts_ms);
  std::array<char, 24> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), magnitude / kMsPerSecond);
  out.append(text.data(), end);
  const std::uint64_t ms = magnitude % kMsPerSecond;
  out += '.';
  for (const std::uint64_t unit : {100U, 10U, 1U}) out += static_cast<char>('0' + ms / unit % 10);
}

}  // namespace

bool SampleWriter::Precedes(const Labels& a, const Labels& b) {
  const int order = a.metric_name().compare(b.metric_name());
  return order != 0 ? order < 0 : a < b;
}

Status SampleWriter::StartSeries(const Labels& labels) {
  const std::string_view name = labels.metric_name();
  if (!started_ || name != name_) {
    if (started_ && name < name_) {
      return Status::InvalidArgument("series of \"" + std::string(name) + "\" behind those of \"" + name_ +
                                     "\": names must ascend, so that families stay together");
    }
    StartFamily(name);
  }
  series_ = SeriesText(labels) + ' ';
  return Status::Ok();
}

void SampleWriter::StartFamily(std::string_view name) {
  started_ = true;
  name_ = name;
  names_.emplace(name);
  help_name_ = DeclaredName(name);
  // The counter x_total is declared as x, which another metric may have taken.
  const std::string_view base = name.substr(0, name.size() - std::min(name.size(), kCounterSuffix.size()));
  const bool counter = IsValidMetricName(base) && name.ends_with(kCounterSuffix) && !names_.contains(base);
  buffer_ += "# TYPE ";
  buffer_ += counter ? base : std::string_view(help_name_);
  buffer_ += counter ? " counter\n" : " unknown\n";
  if (counter) help_name_ = base;
}

Status SampleWriter::WritePoints(std::span<const tsdb::Point> points) {
  for (const tsdb::Point& point : points) {
    if (std::isnan(point.value)) {
      const auto bits = std::bit_cast<std::uint64_t>(point.value);
      if (bits != kPlainNanBits) AppendValueBits(help_name_, bits, buffer_);
    }
    buffer_ += series_;
    AppendNumber(point.value, buffer_);
    buffer_ += ' ';
    AppendTimestamp(point.ts_ms, buffer_);
    buffer_ += '\n';
    ++samples_;
    if (buffer_.size() >= kWriteBytes) PT_RETURN_IF_ERROR(Flush());
  }
  return Status::Ok();
}

Status SampleWriter::Finish() {
  buffer_ += "# EOF\n";
  return Flush();
}

Status SampleWriter::Flush() {
  PT_RETURN_IF_ERROR(write_(buffer_));
  buffer_.clear();
  return Status::Ok();
}

}  // namespace proxy_telemetry::tools
