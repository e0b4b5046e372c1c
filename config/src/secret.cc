#include "config/file.h"
#include "config/loader.h"

namespace proxy_telemetry {

Result<std::string> ReadSecret(const Secret& secret) {
  if (secret.file.empty()) return secret.value;
  Result<std::string> text = ReadSmallFile(secret.file, FileKind::kRegular, kSecretBytesMax);
  if (!text.ok()) return text.status().Prefixed("secret file " + secret.file);
  std::string value = std::move(text).value();
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.empty()) return Status::InvalidArgument("secret file " + secret.file + ": is empty");
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
    return Status::InvalidArgument("secret file " + secret.file + ": must hold one line");
  }
  return value;
}

}  // namespace proxy_telemetry
