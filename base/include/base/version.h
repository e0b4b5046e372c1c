#pragma once

namespace proxy_telemetry {

// As --version prints it; from the project's version in CMakeLists.txt.
inline constexpr const char* kVersion = PT_VERSION;

}  // namespace proxy_telemetry
