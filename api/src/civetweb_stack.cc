#include "civetweb_stack.h"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <cerrno>

#include "api/http_server.h"

namespace proxy_telemetry {

std::size_t ThreadStackBytesMin() { return kHttpStackBytesMin; }

}  // namespace proxy_telemetry

// NOLINTNEXTLINE(readability-identifier-naming): glibc's name and signature
extern "C" int pthread_attr_setstacksize(pthread_attr_t* attr, size_t size) noexcept {
  using Function = int (*)(pthread_attr_t*, size_t);
  static const auto kReal = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_attr_setstacksize"));
  if (kReal == nullptr) return EINVAL;
  return kReal(attr, std::max<size_t>(size, proxy_telemetry::kHttpStackBytesMin));
}
