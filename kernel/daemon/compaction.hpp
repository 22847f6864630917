// CompactionKeeper: merges small rows of the log, a little at a time, on a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kernel/log/event_log.hpp"

namespace souk::daemon {

/// Thread-safe. `log` must outlive it.
class CompactionKeeper {
 public:
  /// Of all stores together, in one round: what a round costs the disk is bounded, and a store with
  /// much to do does not keep the others waiting.
  static constexpr std::size_t kMergesARound = 8;

  CompactionKeeper(log::EventLog& log, std::int64_t interval_ms);
  /// Stops.
  ~CompactionKeeper();
  CompactionKeeper(const CompactionKeeper&) = delete;
  CompactionKeeper& operator=(const CompactionKeeper&) = delete;

  /// Which stores are looked after; a round begins at once.
  void set(std::vector<std::string> store_ids);
  /// Ends the thread; a merge that runs is finished. Idempotent.
  void stop();

 private:
  void run();
  void round(const std::vector<std::string>& store_ids);

  log::EventLog& log_;
  const std::int64_t interval_ms_;
  std::size_t first_store_ = 0;  ///< begins the next round
  bool failing_ = false;         ///< said already
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool at_once_ = false;
  std::vector<std::string> store_ids_;
  std::thread thread_;
};

}  // namespace souk::daemon
