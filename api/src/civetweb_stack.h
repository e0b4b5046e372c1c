// The stack size of civetweb's threads.
#pragma once

#include <cstddef>

namespace proxy_telemetry {

// The size below which no thread's stack is asked for in this program. civetweb 1.15 as Debian builds it asks for
// 100 KiB, with no option to change that; a deep query or a big frame would overflow it. The .cc file defines
// pthread_attr_setstacksize for the whole program, which raises smaller wishes. Calling this function makes the linker
// take that file out of the library. Stacks are reserved, not used: an idle thread costs a few KiB.
std::size_t ThreadStackBytesMin();

}  // namespace proxy_telemetry
