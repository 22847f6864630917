#include "kernel/daemon/compaction.hpp"

#include <algorithm>
#include <chrono>

#include "kernel/base/logging.hpp"

namespace souk::daemon {

CompactionKeeper::CompactionKeeper(log::EventLog& log, std::int64_t interval_ms)
    : log_(log), interval_ms_(interval_ms), thread_([this] { run(); }) {}

CompactionKeeper::~CompactionKeeper() { stop(); }

void CompactionKeeper::set(std::vector<std::string> store_ids) {
  {
    const std::lock_guard lock(mutex_);
    store_ids_ = std::move(store_ids);
    at_once_ = true;
  }
  wake_.notify_all();
}

void CompactionKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CompactionKeeper::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_for(lock, std::chrono::milliseconds(interval_ms_),
                   [this] { return stopping_ || at_once_; });
    if (stopping_) return;
    at_once_ = false;
    const std::vector<std::string> store_ids = store_ids_;
    lock.unlock();
    round(store_ids);
    lock.lock();
  }
}

void CompactionKeeper::round(const std::vector<std::string>& store_ids) {
  std::size_t left = kMergesARound;
  for (std::size_t i = 0; i < store_ids.size() && left > 0; ++i) {
    const std::string& store_id = store_ids[(first_store_ + i) % store_ids.size()];
    const auto report = log_.compact(store_id, left);
    if (report) {
      failing_ = false;
      left -= std::min<std::size_t>(left, report->merges);
      continue;
    }
    // While the database is away this fails every round; once is enough to know.
    if (!failing_) {
      base::log_warning("daemon", "small rows of the log could not be merged",
                        {{"store", store_id}, {"reason", report.status().message()}});
    }
    failing_ = true;
    break;
  }
  ++first_store_;
}

}  // namespace souk::daemon
