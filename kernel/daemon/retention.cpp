#include "kernel/daemon/retention.hpp"

#include <chrono>

#include "kernel/base/logging.hpp"

namespace souk::daemon {

RetentionKeeper::RetentionKeeper(log::EventLog& log, host::Host& host, std::int64_t interval_ms)
    : log_(log), host_(host), interval_ms_(interval_ms), thread_([this] { run(); }) {}

RetentionKeeper::~RetentionKeeper() { stop(); }

void RetentionKeeper::set(const log::Retention& retention, std::vector<std::string> store_ids) {
  const std::lock_guard lock(mutex_);
  retention_ = retention;
  store_ids_ = std::move(store_ids);
}

void RetentionKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RetentionKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::milliseconds(interval_ms_),
                         [this] { return stopping_; })) {
    const log::Retention retention = retention_;
    const std::vector<std::string> store_ids = store_ids_;
    lock.unlock();
    if (retention.max_age_us > 0 || retention.max_bytes > 0) apply(retention, store_ids);
    lock.lock();
  }
}

void RetentionKeeper::apply(const log::Retention& retention,
                            const std::vector<std::string>& store_ids) {
  for (const std::string& store_id : store_ids) {
    const std::uint64_t before = log_.first_sequence(store_id);
    const auto first = log_.apply_retention(store_id, retention, host_.needed_from(store_id));
    if (!first) {
      base::log_warning("daemon", "the log could not be shortened",
                        {{"store", store_id}, {"reason", first.status().message()}});
    } else if (*first > before) {
      base::log_info("daemon", "old events were deleted",
                     {{"store", store_id}, {"first_sequence", *first}});
    }
  }
}

}  // namespace souk::daemon
