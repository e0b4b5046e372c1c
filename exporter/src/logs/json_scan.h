// JsonScan: walks over one line of JSON as proxies write it, in one pass, keeping nothing.
//
// Every value is looked at, so a line that is cut off or goes on behind its object is found out. Taken beyond JSON,
// because log formats written by hand give it: any bytes and any escapes in a string (nginx's and Apache's \xHH), and
// as a value without quotes any word of letters, digits, '+', '-' and '.' (`-`, `009`, `+17`), or nothing at all. Views
// point into the line. Single thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace proxy_telemetry {

// Objects and arrays inside each other, the outermost counted.
inline constexpr int kLogDepthMax = 32;

struct JsonText {
  std::string_view raw;  // without quotes, escapes as they are
  bool is_escaped = false;
  bool is_quoted = false;
};

class JsonScan {
 public:
  enum class Step { kMember, kEnd, kError };

  explicit JsonScan(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  bool OpenObject() {
    SkipBlanks();
    return Take('{');
  }
  // On to the next member of the object that is open: its name, and the scan stands before its value. `is_first` until
  // the first call.
  Step NextMember(bool is_first, JsonText& name) {
    SkipBlanks();
    if (Take('}')) return Step::kEnd;
    if (!is_first) {
      if (!Take(',')) return Fail(kNoComma);
      SkipBlanks();
    }
    if (!ReadString(name)) return Fail(at_ == end_ ? kCutOff : kNoName);
    SkipBlanks();
    if (!Take(':')) return Fail(at_ == end_ ? kCutOff : kNoColon);
    SkipBlanks();
    return Step::kMember;
  }
  bool IsAtObject() const { return at_ < end_ && *at_ == '{'; }
  bool IsAtArray() const { return at_ < end_ && *at_ == '['; }

  // The string or word here.
  bool ReadScalar(JsonText& value) {
    if (at_ < end_ && *at_ == '"') return ReadString(value) || Refuse(kCutOff);
    const char* const start = at_;
    while (at_ < end_ && IsWord(*at_)) ++at_;
    value = {{start, static_cast<std::size_t>(at_ - start)}, false, false};
    return true;
  }
  // Whatever value is here; `depth` objects and arrays are open around it.
  bool SkipValue(int depth);

  // True when nothing but white space is left.
  bool IsAtEnd() {
    SkipBlanks();
    return at_ == end_ || Refuse(kGarbage);
  }

  // What is wrong, after any call that failed.
  std::string_view problem() const { return problem_; }

 private:
  static constexpr std::string_view kCutOff = "it is cut off (HAProxy: `log ... len 8192`)";
  static constexpr std::string_view kNoComma =
      "no comma or brace behind a value (a value with blanks or commas needs quotes in the format)";
  static constexpr std::string_view kNoName = "no name in quotes where one must be";
  static constexpr std::string_view kNoColon = "no colon behind a name";
  static constexpr std::string_view kTooDeep = "objects inside objects, deeper than 32";
  static constexpr std::string_view kGarbage = "something follows the JSON object";

  static bool IsWord(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '+';
  }
  void SkipBlanks() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }
  bool Take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  Step Fail(std::string_view problem) {
    problem_ = at_ == end_ ? kCutOff : problem;
    return Step::kError;
  }
  bool Refuse(std::string_view problem) {
    problem_ = at_ == end_ ? kCutOff : problem;
    return false;
  }

  // False, and at the line's end where the closing quote is missing.
  bool ReadString(JsonText& text) {
    if (!Take('"')) return false;
    const char* const start = at_;
    bool is_escaped = false;
    while (true) {
      at_ = FindQuoteOrBackslash(at_, end_);
      if (at_ == end_) return false;
      if (*at_ == '"') break;
      is_escaped = true;
      if (end_ - at_ < 2) {
        at_ = end_;
        return false;
      }
      at_ += 2;
    }
    text = {{start, static_cast<std::size_t>(at_ - start)}, is_escaped, true};
    ++at_;
    return true;
  }

  static const char* FindQuoteOrBackslash(const char* at, const char* end) {
    if constexpr (std::endian::native == std::endian::little) {
      constexpr std::uint64_t kOnes = 0x0101010101010101U;
      constexpr std::uint64_t kTops = kOnes * 0x80U;
      while (end - at >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof(word));
        const std::uint64_t quotes = word ^ (kOnes * static_cast<unsigned char>('"'));
        const std::uint64_t backslashes = word ^ (kOnes * static_cast<unsigned char>('\\'));
        // The lowest top bit that is set is that of the first byte which is zero.
        const std::uint64_t hits = (((quotes - kOnes) & ~quotes) | ((backslashes - kOnes) & ~backslashes)) & kTops;
        if (hits != 0) return at + std::countr_zero(hits) / 8;
        at += 8;
      }
    }
    while (at < end && *at != '"' && *at != '\\') ++at;
    return at;
  }

  bool SkipObject(int depth);
  bool SkipArray(int depth);

  const char* at_;
  const char* const end_;
  std::string_view problem_;
};

}  // namespace proxy_telemetry
