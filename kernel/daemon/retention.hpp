// RetentionKeeper: deletes what the log may forget, now and then, on a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kernel/host/host.hpp"
#include "kernel/log/event_log.hpp"

namespace souk::daemon {

/// Thread-safe. `log` and `host` must outlive it.
class RetentionKeeper {
 public:
  RetentionKeeper(log::EventLog& log, host::Host& host, std::int64_t interval_ms);
  /// Stops.
  ~RetentionKeeper();
  RetentionKeeper(const RetentionKeeper&) = delete;
  RetentionKeeper& operator=(const RetentionKeeper&) = delete;

  /// What holds from the next round on.
  void set(const log::Retention& retention, std::vector<std::string> store_ids);
  /// Ends the thread; a round that runs is finished. Idempotent.
  void stop();

 private:
  void run();
  void apply(const log::Retention& retention, const std::vector<std::string>& store_ids);

  log::EventLog& log_;
  host::Host& host_;
  const std::int64_t interval_ms_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  log::Retention retention_;
  std::vector<std::string> store_ids_;
  std::thread thread_;
};

}  // namespace souk::daemon
