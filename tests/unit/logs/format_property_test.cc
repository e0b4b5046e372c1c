// Formats and values at random: a line written as nginx would write it is read back to the values.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "log_lines.h"

namespace proxy_telemetry {
namespace {

enum class Escape { kDefault, kJson, kNone };

// ngx_http_log_escape, and its JSON twin.
std::string Escaped(const std::string& value, Escape escape) {
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    char hex[8];
    if (escape == Escape::kNone) {
      out += c;
    } else if (escape == Escape::kDefault) {
      const bool is_special = byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\';
      std::snprintf(hex, sizeof(hex), "\\x%02X", byte);
      out += is_special ? std::string(hex) : std::string(1, c);
    } else if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (byte < 0x20) {
      constexpr std::string_view kNamed = "\n\r\t\b\f";
      const std::size_t named = kNamed.find(c);
      std::snprintf(hex, sizeof(hex), "\\u%04X", byte);
      out += named != std::string_view::npos ? std::string("\\") + "nrtbf"[named] : std::string(hex);
    } else {
      out += c;
    }
  }
  return out;
}

struct Truth {
  std::string host;
  int status = 0;
  std::optional<double> seconds;
  std::optional<double> upstream_seconds;
  std::optional<double> response_bytes;
  std::optional<double> request_bytes;
};

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::size_t Below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  // Text that a client chose: all bytes but those that escape=none would let break the line.
  std::string Text(Escape escape) {
    std::string text;
    for (std::size_t size = 1 + Below(12); size > 0; --size) {
      char c = static_cast<char>(Below(4) == 0 ? Below(256) : 'a' + Below(26));
      if (Below(5) == 0) c = "\"\\ []|"[Below(6)];
      if (escape == Escape::kNone && (c == '"' || c == '|')) c = 'q';
      text += c;
    }
    return text + "z";
  }

  std::string Seconds(std::optional<double>& value) {
    const std::size_t ms = Below(3) == 0 ? Below(100'000) : Below(100);
    value = static_cast<double>(ms) / 1000;
    char text[32];
    std::snprintf(text, sizeof(text), "%zu.%03zu", ms / 1000, ms % 1000);
    return text;
  }

  std::string Upstream(std::optional<double>& sum) {
    std::string text;
    for (std::size_t tries = 1 + Below(3), i = 0; i < tries; ++i) {
      if (i > 0) text += Below(2) == 0 ? ", " : " : ";
      std::optional<double> one;
      text += Below(4) == 0 ? "-" : Seconds(one);
      if (one.has_value()) sum = sum.value_or(0) + *one;
    }
    return text;
  }

  std::string Size(std::optional<double>& value) {
    const std::size_t bytes = Below(1'000'000);
    value = static_cast<double>(bytes);
    return std::to_string(bytes);
  }

 private:
  std::mt19937 random_;
};

std::string ValueOf(const std::string& name, Maker& maker, Escape escape, Truth& truth) {
  if (name == "host") return Escaped(truth.host = maker.Text(escape), escape);
  if (name == "status") return std::to_string(truth.status = static_cast<int>(100 + maker.Below(500)));
  if (name == "request_time") return maker.Seconds(truth.seconds);
  if (name == "upstream_response_time") return maker.Upstream(truth.upstream_seconds);
  if (name == "bytes_sent") return maker.Size(truth.response_bytes);
  if (name == "request_length") return maker.Size(truth.request_bytes);
  return Escaped(maker.Text(escape), escape);
}

void Check(const ReadLine& read, const Truth& truth) {
  ASSERT_EQ(read.outcome, LineOutcome::kRecord) << read.problem;
  EXPECT_EQ(read.host, truth.host);
  EXPECT_EQ(read.status, truth.status);
  EXPECT_EQ(read.seconds, truth.seconds);
  ASSERT_EQ(read.upstream_seconds.has_value(), truth.upstream_seconds.has_value());
  EXPECT_NEAR(read.upstream_seconds.value_or(0), truth.upstream_seconds.value_or(0), 1e-9);
  EXPECT_EQ(read.response_bytes, truth.response_bytes);
  EXPECT_EQ(read.request_bytes, truth.request_bytes);
}

TEST(LogFormatProperty, ALineIsReadBackToWhatWasWritten) {
  const char* const given = std::getenv("PT_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
  SCOPED_TRACE("PT_SEED=" + std::to_string(seed));
  Maker maker(seed);
  const std::vector<std::string> names = {"host",       "status",         "request_time",    "upstream_response_time",
                                          "bytes_sent", "request_length", "http_user_agent", "request",
                                          "uri",        "http_referer"};
  for (int round = 0; round < 20'000 && !testing::Test::HasFailure(); ++round) {
    const auto escape = static_cast<Escape>(maker.Below(3));
    std::string format(escape == Escape::kJson ? "escape=json '" : escape == Escape::kNone ? "escape=none '" : "'");
    std::string line;
    Truth truth;
    std::vector<std::string> left = names;
    const bool has_quotes = maker.Below(2) == 0;
    bool has_status = false;
    while (!left.empty() && (!has_status || maker.Below(6) != 0)) {
      const std::size_t pick = maker.Below(left.size());
      const std::string name = left[pick];
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(pick));
      has_status |= name == "status";
      const std::string before = has_quotes ? "\"" : "";
      const std::string after = has_quotes ? "\" " : "|";
      std::string value = ValueOf(name, maker, escape, truth);
      // Without quotes the text between values must not be in a value; no escape takes a bar away.
      if (!has_quotes) {
        for (char& c : value) c = c == '|' ? '.' : c;
        for (char& c : truth.host) c = c == '|' ? '.' : c;
      }
      format += before + "$" + name + after;
      line += before + value + after;
    }
    format += "'";
    SCOPED_TRACE(format + "\n" + line);
    Check(Read(format, ProxyKind::kNginx, line), truth);
  }
}

}  // namespace
}  // namespace proxy_telemetry
