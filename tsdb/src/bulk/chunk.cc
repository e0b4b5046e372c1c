#include "bulk/chunk.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kVarintBytesMax = 10;
// Differences of two of these do not overflow.
constexpr double kWholeMax = 4e18;
enum ValueKind : char { kBits = 0, kWhole = 1 };

char* WriteVarint(std::uint64_t value, char* to) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  *to++ = static_cast<char>(value);
  return to;
}

bool IsWhole(double value) {
  if (!(value >= -kWholeMax && value <= kWholeMax)) return false;
  const auto back = static_cast<double>(static_cast<std::int64_t>(value));
  return std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value);
}

// The first timestamp, then steps, each with how often it is made.
char* WriteTimestamps(std::span<const Point> points, char* to) {
  const auto ts = [&points](std::size_t i) { return static_cast<std::uint64_t>(points[i].ts_ms); };
  to = WriteVarint(ZigZag(points[0].ts_ms), to);
  for (std::size_t i = 1; i < points.size();) {
    const std::uint64_t step = ts(i) - ts(i - 1);
    std::size_t end = i + 1;
    while (end < points.size() && ts(end) - ts(end - 1) == step) ++end;
    to = WriteVarint(ZigZag(static_cast<std::int64_t>(step)), to);
    to = WriteVarint(end - i, to);
    i = end;
  }
  return to;
}

char* WriteValues(std::span<const Point> points, char* to) {
  bool whole = true;
  for (const Point& point : points) whole = whole && IsWhole(point.value);
  *to++ = whole ? kWhole : kBits;
  std::int64_t before = 0;
  for (const Point& point : points) {
    if (whole) {
      const auto value = static_cast<std::int64_t>(point.value);
      to = WriteVarint(ZigZag(value - before), to);
      before = value;
    } else {
      std::memcpy(to, &point.value, sizeof(point.value));
      to += sizeof(point.value);
    }
  }
  return to;
}

bool ReadTimestamps(std::string_view& in, std::span<Point> points) {
  std::uint64_t first = 0;
  if (!GetVarint(in, first)) return false;
  auto ts = static_cast<std::uint64_t>(UnZigZag(first));
  points[0].ts_ms = static_cast<std::int64_t>(ts);
  for (std::size_t i = 1; i < points.size();) {
    std::uint64_t step = 0;
    std::uint64_t times = 0;
    if (!GetVarint(in, step) || !GetVarint(in, times) || times == 0 || times > points.size() - i) return false;
    for (const std::size_t end = i + times; i < end; ++i) {
      ts += static_cast<std::uint64_t>(UnZigZag(step));
      points[i].ts_ms = static_cast<std::int64_t>(ts);
    }
  }
  return true;
}

bool ReadWholeValues(std::string_view& in, std::span<Point> points) {
  std::uint64_t value = 0;
  for (Point& point : points) {
    std::uint64_t change = 0;
    // Most take a byte.
    if (!in.empty() && static_cast<std::uint8_t>(in.front()) < 0x80) {
      change = static_cast<std::uint8_t>(in.front());
      in.remove_prefix(1);
    } else if (!GetVarint(in, change)) {
      return false;
    }
    value += static_cast<std::uint64_t>(UnZigZag(change));
    point.value = static_cast<double>(static_cast<std::int64_t>(value));
  }
  return true;
}

}  // namespace

void AppendChunk(std::span<const Point> points, std::string& out) {
  const std::size_t begin = out.size();
  // Two for each timestamp, one for each value, and what is in front.
  out.resize(begin + kVarintBytesMax * (3 * points.size() + 2) + 1);
  char* to = WriteVarint(points.size(), out.data() + begin);
  if (!points.empty()) to = WriteValues(points, WriteTimestamps(points, to));
  out.resize(static_cast<std::size_t>(to - out.data()));
}

bool TakeChunk(std::string_view& in, std::vector<Point>& points) {
  std::uint64_t count = 0;
  // A value takes a byte at least.
  if (!GetVarint(in, count) || count > in.size()) return false;
  if (count == 0) return true;
  const std::size_t begin = points.size();
  points.resize(begin + count);
  const std::span<Point> read = std::span(points).subspan(begin);
  if (!ReadTimestamps(in, read) || in.empty()) return false;
  const char kind = in.front();
  in.remove_prefix(1);
  if (kind == kWhole) return ReadWholeValues(in, read);
  if (kind != kBits || in.size() < count * sizeof(double)) return false;
  for (Point& point : read) {
    std::memcpy(&point.value, in.data(), sizeof(point.value));
    in.remove_prefix(sizeof(point.value));
  }
  return true;
}

}  // namespace proxy_telemetry::tsdb
