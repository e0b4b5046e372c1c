#include "unicode_case.h"

#include <locale.h>
#include <wctype.h>

#include <cstdint>

#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

// The C library's tables are Unicode's in this locale, whatever that of the process is. It is part of Debian's libc;
// where it is missing only ASCII letters change.
locale_t Unicode() {
  static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kLocale;
}

wint_t Decode(std::string_view character) {
  const auto byte = [character](std::size_t i) {
    return static_cast<wint_t>(static_cast<unsigned char>(character[i]));
  };
  if (character.size() == 1) return byte(0);
  wint_t code = byte(0) & (0x7FU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) code = (code << 6U) | (byte(i) & 0x3FU);
  return code;
}

void Encode(wint_t code, std::string& out) {
  const auto put = [&out](wint_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
    return;
  }
  if (code < 0x800) {
    put(0xC0U | (code >> 6U));
  } else {
    if (code < 0x10000) {
      put(0xE0U | (code >> 12U));
    } else {
      put(0xF0U | (code >> 18U));
      put(0x80U | ((code >> 12U) & 0x3FU));
    }
    put(0x80U | ((code >> 6U) & 0x3FU));
  }
  put(0x80U | (code & 0x3FU));
}

wint_t ChangeAscii(wint_t code, bool upper) {
  if (upper) return code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code;
  return code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code;
}

std::string Change(std::string_view text, bool upper) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = Utf8CharSize(text, at);
    if (size == 0) {
      out += text[at++];
      continue;
    }
    const wint_t code = Decode(text.substr(at, size));
    if (code < 0x80 || Unicode() == nullptr) {
      Encode(ChangeAscii(code, upper), out);
    } else {
      Encode(upper ? towupper_l(code, Unicode()) : towlower_l(code, Unicode()), out);
    }
    at += size;
  }
  return out;
}

}  // namespace

std::string ToLowerCase(std::string_view text) { return Change(text, false); }
std::string ToUpperCase(std::string_view text) { return Change(text, true); }

}  // namespace proxy_telemetry
