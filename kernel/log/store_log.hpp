// StoreLog: one store's place in the log: where it ends, which ids it has seen, its newest batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/log/batch.hpp"
#include "kernel/log/dedupe_index.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

struct EventLogSettings;

class StoreLog {
 public:
  StoreLog(std::string id, const EventLogSettings& settings);

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return last_sequence_; }
  [[nodiscard]] std::uint64_t first_sequence() const noexcept { return first_sequence_; }
  void set_first_sequence(std::uint64_t sequence) noexcept { first_sequence_ = sequence; }

  /// Reads what the database holds beyond last_sequence(): bounds, and the ids of the window.
  /// Answers the batches that were new, oldest first, when there were few of them. Writer thread,
  /// or at open.
  Result<std::vector<BatchPtr>> catch_up(storage::Database& database, std::int64_t now_us);

  /// A batch is durable: it becomes the tail. Writer thread.
  void push(const BatchPtr& batch);
  /// Drops what is cached (after a rewrite). Any thread.
  void forget_tail();

  /// From memory alone; nullopt when `from` is older than what is kept. Any thread.
  [[nodiscard]] std::optional<std::vector<BatchPtr>> tail(std::uint64_t from,
                                                          std::size_t max_bytes) const;

  // The writer's own.
  DedupeIndex dedupe;
  std::int64_t last_committed_us = 0;
  bool must_catch_up = false;  ///< a commit failed in a way that leaves open whether it happened

 private:
  void learn_ids(const Batch& batch, std::int64_t oldest_us);

  const std::string id_;
  const std::size_t tail_bytes_;
  const std::int64_t window_us_;
  const std::size_t max_ids_;
  std::atomic<std::uint64_t> last_sequence_{0};
  std::atomic<std::uint64_t> first_sequence_{1};
  mutable std::mutex tail_mutex_;
  std::deque<BatchPtr> tail_;
  std::size_t tail_used_ = 0;
};

}  // namespace souk::log
