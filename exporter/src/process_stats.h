// ProcessStats: this process as the kernel sees it, for the process_* metrics.
#pragma once

namespace proxy_telemetry {

struct ProcessStats {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double start_time_seconds = 0;  // Unix time
  double open_fds = 0;
  double max_fds = 0;
  double threads = 0;
};

// What /proc says now; a value that cannot be read is 0.
ProcessStats ReadProcessStats();

}  // namespace proxy_telemetry
