// Sender: posts batches of events to the daemon's public API, several at a time.
//
// Events go by lanes, each with a connection and one request under way, so that what is put on one
// lane reaches the log in its order. Full lanes make their feeder wait: memory stays bounded.
// 429 and 503 are tried again after the time that the daemon names, broken connections with
// back-off.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kernel/base/status.hpp"
#include "tools/souk/http_client.hpp"
#include "tools/souk/import/event_batch.hpp"

namespace souk::cli {

struct SenderTotals {
  std::uint64_t sent = 0;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;
  std::uint64_t retries = 0;
};

/// Hears of an event that the daemon refused. Any thread.
using RefusedEvent = std::function<void(std::uint64_t line, std::string_view reason)>;

class Sender {
 public:
  Sender(const std::string& address, const std::string& key, unsigned lanes, RefusedEvent refused);
  /// Drops what waits.
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  [[nodiscard]] std::size_t lanes() const noexcept { return lanes_.size(); }
  /// Waits while the lane is full. False when sending has failed for good.
  bool put(std::size_t lane, EventBatch batch);
  /// Waits until everything is answered. The error that ended it: the key is refused, the daemon is
  /// gone for too long.
  Status drain();
  [[nodiscard]] SenderTotals totals() const;

 private:
  struct Lane {
    std::deque<EventBatch> waiting;
    bool busy = false;
    std::thread thread;
  };

  void run(Lane& lane);
  void deliver(HttpClient& client, const EventBatch& batch);
  /// What is to be done about an answer: nothing more, or try again.
  bool settle(HttpClient& client, const EventBatch& batch, const HttpAnswer& answer);
  void count_reply(const EventBatch& batch, const std::string& body);
  bool wait_before_retry(std::int64_t ms);
  void fail(Status status);
  [[nodiscard]] bool failed() const;

  const std::string address_;
  const std::string key_;
  const RefusedEvent refused_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  bool stopping_ = false;
  Status failure_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> duplicates_{0};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> retries_{0};
};

}  // namespace souk::cli
