#include "base/status.h"

#include <system_error>

namespace proxy_telemetry {

Status Status::FromErrno(int error, std::string_view what) {
  return IoError(std::string(what) + ": " + std::generic_category().message(error));
}

Status Status::Prefixed(std::string_view prefix) const {
  if (ok()) return *this;
  return {code_, std::string(prefix) + ": " + message_};
}

}  // namespace proxy_telemetry
