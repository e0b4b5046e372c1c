#include "access_log_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "address.h"
#include "base/number.h"
#include "config/latency_bounds.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kUnixgram = "unixgram:";
constexpr std::string_view kUdp = "udp://";
constexpr std::size_t kBucketsMax = 64;

// What only a job that fetches pages has a use for.
constexpr std::array<std::string_view, 15> kPageKeys{
    "static_configs", "file_sd_configs", "relabel_configs", "mapping",          "scheme",
    "metrics_path",   "params",          "basic_auth",      "authorization",    "tls_config",
    "headers",        "scrape_timeout",  "honor_labels",    "follow_redirects", "body_size_limit"};

bool IsHostAndPort(const std::string& address) {
  return !address.starts_with("unix:") && TargetFault(address).empty() && address.find(':') != std::string::npos &&
         !address.ends_with(']');
}

// As people write it: 0.0001, not 1e-04.
std::string NumberText(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

// Empty when `seconds` may be a bucket behind `before`.
std::string BucketFault(double seconds, double before) {
  const auto bounds = FineBounds();
  if (!std::isfinite(seconds) || seconds <= 0) return "must be a number of seconds above 0; +Inf is there by itself";
  if (seconds < bounds.front() || seconds > bounds.back()) {
    return "must be from " + NumberText(bounds.front()) + " to " + NumberText(bounds.back()) + " seconds";
  }
  if (seconds <= before) return "must be above the bucket before it, " + NumberText(before);
  if (IsFineBound(seconds)) return "";
  const auto above = std::upper_bound(bounds.begin(), bounds.end(), seconds);
  return "is none of the bounds that requests are counted in; the nearest are " + NumberText(*(above - 1)) + " and " +
         NumberText(*above);
}

}  // namespace

void AccessLogReader::Read(const Fields& job, ScrapeConfig& out) {
  const Value* value = job.Find("access_log");
  if (value == nullptr) return;
  for (const Value& other : job) {
    if (std::find(kPageKeys.begin(), kPageKeys.end(), other.name()) == kPageKeys.end()) continue;
    reader_.FailKey(other,
                    "has no use beside access_log, which fetches nothing; remove it, or make it a job of its own");
  }
  const Fields fields = reader_.Map(*value, {"listen", "file", "format", "from", "mode", "buckets"});
  const Value* listen = fields.Find("listen");
  const Value* file = fields.Find("file");
  if (listen == nullptr && file == nullptr && value->node->kind == YamlNode::Kind::kMap) {
    reader_.FailKey(*value, "needs listen, where the proxy sends its log, or file, where it writes it");
  }
  reader_.Exclusive(fields, {"listen", "file"});
  AccessLogConfig& log = out.access_log.emplace();
  ReadListen(listen, log);
  reader_.FilePath(file, log.file);
  ReadFormat(fields.Find("format"), log);
  ReadFrom(fields, log);
  ReadMode(fields, log);
  ReadBuckets(fields.Find("buckets"), log);
}

void AccessLogReader::ReadListen(const Value* value, AccessLogConfig& out) {
  std::string text;
  if (!reader_.String(value, text)) return;
  const std::string_view all = text;
  if (all.starts_with(kUnixgram)) {
    std::string fault =
        UnixPathFault(kUnixgram, all.substr(kUnixgram.size()), "unixgram:/run/proxy-telemetry/nginx.sock");
    if (!fault.empty()) return reader_.Fail(*value, std::move(fault));
  } else if (!all.starts_with(kUdp) || !IsHostAndPort(text.substr(kUdp.size()))) {
    return reader_.Fail(*value, "must be unixgram:/path or udp://host:port, not " + Quoted(text));
  }
  const auto [it, is_new] = path_by_listen_.try_emplace(text, value->path);
  if (!is_new) return reader_.Fail(*value, "is that of " + it->second + " too; each job needs its own");
  out.listen = std::move(text);
}

void AccessLogReader::ReadFormat(const Value* value, AccessLogConfig& out) {
  std::string text;
  if (!reader_.NonEmptyString(value, text)) return;
  const bool known = text == "json" || text == "combined" || text == "vhost_combined";
  if (!known && text.find('$') == std::string::npos) {
    return reader_.Fail(*value,
                        "must be json, combined, vhost_combined or an nginx log_format such as '$host $status', "
                        "not " +
                            Quoted(text));
  }
  out.format = std::move(text);
}

void AccessLogReader::ReadFrom(const Fields& fields, AccessLogConfig& out) {
  const Value* from = fields.Find("from");
  std::size_t index = 0;
  if (!reader_.OneOf(from, {"end", "beginning"}, index)) return;
  if (fields.Find("file") == nullptr) reader_.FailKey(*from, "goes with file only; remove it");
  out.from_beginning = index == 1;
}

void AccessLogReader::ReadMode(const Fields& fields, AccessLogConfig& out) {
  constexpr std::size_t kDigitsMax = 4;
  const Value* mode = fields.Find("mode");
  std::string text;
  if (!reader_.String(mode, text)) return;
  const bool octal = text.size() >= 3 && text.size() <= kDigitsMax &&
                     std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; }) &&
                     (text.size() < kDigitsMax || text[0] == '0');
  if (!octal) return reader_.Fail(*mode, "must be permissions in octal such as \"0660\", not " + Quoted(text));
  if (fields.Find("listen") == nullptr || out.listen.starts_with(kUdp)) {
    reader_.FailKey(*mode, "goes with listen: unixgram:/path only; remove it");
  }
  std::uint32_t bits = 0;
  for (const char c : text) bits = bits * 8 + static_cast<std::uint32_t>(c - '0');
  out.socket_mode = bits;
}

void AccessLogReader::ReadBuckets(const Value* value, AccessLogConfig& out) {
  if (value == nullptr) return;
  const std::vector<Value> items = reader_.List(*value);
  if (items.empty() && value->node->kind == YamlNode::Kind::kList) {
    reader_.Fail(*value, "must hold at least one number; leave it out for the usual ones");
  }
  if (items.size() > kBucketsMax) {
    return reader_.Fail(*value, "must hold at most " + std::to_string(kBucketsMax) + " numbers");
  }
  for (const Value& item : items) {
    std::string text;
    if (!reader_.String(&item, text)) continue;
    double seconds = 0;
    if (ParseNumber(text, seconds) != NumberError::kNone) {
      reader_.Fail(item, Quoted(text) + " is not a number of seconds such as 0.25");
      continue;
    }
    const double before = out.buckets.empty() ? 0 : out.buckets.back();
    if (std::string fault = BucketFault(seconds, before); !fault.empty()) {
      reader_.Fail(item, Quoted(text) + " " + fault);
    } else {
      out.buckets.push_back(seconds);
    }
  }
}

}  // namespace proxy_telemetry
