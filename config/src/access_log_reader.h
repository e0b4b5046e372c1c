// access_log: where a proxy's log lines come from, and what they look like.
#pragma once

#include <map>
#include <string>

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

// Reads access_log of all jobs of a file, because two jobs cannot listen at one address.
class AccessLogReader {
 public:
  explicit AccessLogReader(Reader& reader) : reader_(reader) {}
  // Fills out.access_log when `job` has the key.
  void Read(const Fields& job, ScrapeConfig& out);

 private:
  void ReadListen(const Value* value, AccessLogConfig& out);
  void ReadFormat(const Value* value, AccessLogConfig& out);
  void ReadFrom(const Fields& fields, AccessLogConfig& out);
  void ReadMode(const Fields& fields, AccessLogConfig& out);
  void ReadBuckets(const Value* value, AccessLogConfig& out);

  Reader& reader_;
  std::map<std::string, std::string> path_by_listen_;
};

}  // namespace proxy_telemetry
