// LogReceiver: the thread that empties all log sockets into their backlogs, and does nothing else, so that a proxy's
// burst finds room while its lines are being read.
//
// SetListeners() and the destructor are for one thread at a time.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "logs/log_backlog.h"
#include "logs/log_socket.h"

namespace proxy_telemetry {

struct LogListener {
  std::unique_ptr<LogSocket> socket;  // the receiver's while it listens
  LogBacklog backlog;
};

class LogReceiver {
 public:
  LogReceiver();
  ~LogReceiver();
  LogReceiver(const LogReceiver&) = delete;
  LogReceiver& operator=(const LogReceiver&) = delete;

  // From now on these, and no others: a listener that is not among them is untouched when this returns.
  void SetListeners(std::vector<std::shared_ptr<LogListener>> listeners) EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);
  void Wake() const;

  const int wake_fd_;
  Mutex mutex_;  // held while sockets are read
  std::vector<std::shared_ptr<LogListener>> listeners_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace proxy_telemetry
