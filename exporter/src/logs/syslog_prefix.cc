#include "logs/syslog_prefix.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace proxy_telemetry {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// 0: a digit, a: a letter, _: a digit or a blank, anything else: itself.
bool Fits(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  return std::equal(pattern.begin(), pattern.end(), text.begin(), [](char p, char c) {
    if (p == '0') return IsDigit(c);
    if (p == '_') return IsDigit(c) || c == ' ';
    if (p == 'a') return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return p == c;
  });
}

bool IsMonth(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t at = kMonths.find(text.substr(0, 3));
  return text.size() >= 3 && at != kNone && at % 3 == 0;
}

// Bytes of "Nov 22 09:30:41" at the front, with ".123" or a year if they are there; 0 when it is none.
std::size_t BsdTimeSize(std::string_view text) {
  constexpr std::string_view kTime = "aaa _0 00:00:00";
  constexpr std::string_view kTimeOfYear = "aaa _0 0000 00:00:00";
  if (!IsMonth(text)) return 0;
  if (Fits(text, kTimeOfYear)) return kTimeOfYear.size();
  if (!Fits(text, kTime)) return 0;
  std::size_t size = kTime.size();
  if (Fits(text.substr(size), " 0000 ")) size += 5;
  if (Fits(text.substr(size), ".0")) {
    for (++size; size < text.size() && IsDigit(text[size]);) ++size;
  }
  return size;
}

// Bytes of "2026-11-22T09:29:49.774815+00:00" at the front; 0 when it is none.
std::size_t IsoTimeSize(std::string_view text) {
  constexpr std::string_view kTime = "0000-00-00T00:00:00";
  if (!Fits(text, kTime)) return 0;
  std::size_t size = kTime.size();
  if (Fits(text.substr(size), ".0") || Fits(text.substr(size), ",0")) {
    for (++size; size < text.size() && IsDigit(text[size]);) ++size;
  }
  const std::string_view zone = text.substr(size);
  if (Fits(zone, "Z")) return size + 1;
  if (Fits(zone, "+00:00") || Fits(zone, "-00:00")) return size + 6;
  if (Fits(zone, "+0000") || Fits(zone, "-0000")) return size + 5;
  return size;
}

// A blank, or the end, behind a time of `size` bytes.
bool EndsAt(std::string_view text, std::size_t size) { return size != 0 && (size == text.size() || text[size] == ' '); }

bool IsTagByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '_' || c == '-' || c == '.' || c == '/';
}

// Takes "nginx: " or "haproxy[123]: " from the front.
bool TakeTag(std::string_view& text) {
  std::size_t at = 0;
  while (at < text.size() && IsTagByte(text[at])) ++at;
  if (at == 0) return false;
  if (at < text.size() && text[at] == '[') {
    const std::size_t close = text.find(']', at);
    if (close == kNone || text.substr(at, close - at).find(' ') != kNone) return false;
    at = close + 1;
  }
  if (at >= text.size() || text[at] != ':') return false;
  if (at + 1 < text.size() && text[at + 1] != ' ') return false;
  text.remove_prefix(std::min(at + 2, text.size()));
  return true;
}

// Takes "vm nginx: " or "nginx: "; a host name only where a tag follows, since it could be the message.
bool TakeHostAndTag(std::string_view& text) {
  if (TakeTag(text)) return true;
  const std::size_t blank = text.find(' ');
  if (blank == kNone || blank == 0) return false;
  const auto is_host_byte = [](char c) { return IsTagByte(c) || c == ':'; };
  if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(blank), is_host_byte)) return false;
  std::string_view rest = text.substr(blank + 1);
  if (!TakeTag(rest)) return false;
  text = rest;
  return true;
}

// Takes "<190>".
bool TakePriority(std::string_view& text) {
  constexpr int kPriorityMax = 191;
  if (!text.starts_with('<')) return false;
  std::size_t at = 1;
  int priority = 0;
  while (at < text.size() && at <= 3 && IsDigit(text[at])) priority = priority * 10 + (text[at++] - '0');
  if (at == 1 || at >= text.size() || text[at] != '>' || priority > kPriorityMax) return false;
  text.remove_prefix(at + 1);
  return true;
}

// Takes "-" or "[id name="value" ...]...", in values \" \\ \] being escapes.
bool TakeStructuredData(std::string_view& text) {
  if (text == "-" || text.starts_with("- ")) {
    text.remove_prefix(1);
    return true;
  }
  std::size_t at = 0;
  while (at < text.size() && text[at] == '[') {
    bool is_quoted = false;
    for (++at; at < text.size() && (is_quoted || text[at] != ']'); ++at) {
      if (text[at] == '"') is_quoted = !is_quoted;
      if (text[at] == '\\' && is_quoted) ++at;
    }
    if (at >= text.size()) return false;
    ++at;
  }
  if (at == 0 || (at < text.size() && text[at] != ' ')) return false;
  text.remove_prefix(at);
  return true;
}

// Takes "1 TIME HOST APP PROCID MSGID DATA " of RFC 5424, or nothing.
bool TakeRfc5424(std::string_view& text) {
  std::string_view rest = text;
  if (!rest.starts_with("1 ")) return false;
  rest.remove_prefix(2);
  if (!rest.starts_with("- ") && !EndsAt(rest, IsoTimeSize(rest))) return false;
  constexpr int kTokens = 5;
  for (int i = 0; i < kTokens; ++i) {
    const std::size_t blank = rest.find(' ');
    if (blank == kNone || blank == 0) return false;
    rest.remove_prefix(blank + 1);
  }
  if (!TakeStructuredData(rest)) return false;
  if (!rest.empty()) rest.remove_prefix(1);
  text = rest;
  return true;
}

void TakeBlank(std::string_view& text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
}

std::string_view StripHeader(std::string_view text) {
  const std::string_view whole = text;
  const bool has_priority = TakePriority(text);
  if (has_priority && TakeRfc5424(text)) return text;
  if (const std::size_t size = BsdTimeSize(text); EndsAt(text, size)) {
    text.remove_prefix(size);
    TakeBlank(text);
    const bool has_tag = TakeHostAndTag(text);
    return has_priority || has_tag ? text : whole;
  }
  if (const std::size_t size = IsoTimeSize(text); EndsAt(text, size)) {
    text.remove_prefix(size);
    TakeBlank(text);
    TakeHostAndTag(text);
    return has_priority || text.starts_with('{') ? text : whole;
  }
  if (has_priority) TakeTag(text);
  return text;
}

}  // namespace

std::string_view StripSyslogPrefix(std::string_view datagram) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  constexpr std::string_view kCookie = "@cee:";
  const auto is_end = [](char c) { return c == '\n' || c == '\r' || c == '\0'; };
  while (!datagram.empty() && is_end(datagram.back())) datagram.remove_suffix(1);
  std::string_view text = StripHeader(datagram);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.starts_with(kCookie)) {
    text.remove_prefix(kCookie.size());
    TakeBlank(text);
  }
  return text;
}

}  // namespace proxy_telemetry
