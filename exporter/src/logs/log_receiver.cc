#include "logs/log_receiver.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace proxy_telemetry {

LogReceiver::LogReceiver() : wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "log-receiver");
    Run();
  });
}

LogReceiver::~LogReceiver() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  close(wake_fd_);
}

void LogReceiver::SetListeners(std::vector<std::shared_ptr<LogListener>> listeners) {
  {
    MutexLock lock(mutex_);
    listeners_ = std::move(listeners);
  }
  Wake();
}

void LogReceiver::Wake() const {
  const std::uint64_t one = 1;
  // Only a counter at its maximum refuses, and then it wakes anyway.
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
}

void LogReceiver::Run() {
  std::vector<pollfd> fds;
  while (true) {
    fds.assign(1, {wake_fd_, POLLIN, 0});
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      for (const auto& listener : listeners_) {
        listener->socket->Receive(listener->backlog);
        fds.push_back({listener->socket->fd(), POLLIN, 0});
      }
    }
    // A socket closed meanwhile is only waited for: it is read under the lock, when it is still a listener.
    poll(fds.data(), fds.size(), -1);
    if ((fds.front().revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t got = read(wake_fd_, &count, sizeof(count));
    }
  }
}

}  // namespace proxy_telemetry
