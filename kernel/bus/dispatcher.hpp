// Dispatcher: the threads of the bus and what sets them to work.
//
// A commit of the log wakes the cursors of its store; a shared pool of event threads runs their
// turns, first come first served, so a thousand instances need no thousand threads. One scheduler
// thread looks, every few milliseconds, at what time brings: back-offs that end, timers that are
// due, calls past their deadline, threads that hang.
//
// Ticks: when a cursor stands at the end of the log and its first timer is due, the scheduler
// appends a souk.v1.Tick to the store's log. The timer then fires before that entry, now and in
// every replay.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "kernel/bus/cursor.hpp"
#include "kernel/bus/services.hpp"

namespace souk::bus {

struct DispatcherSettings {
  unsigned event_threads = 0;  ///< 0: as many as cores
  unsigned reader_threads = 2;
  unsigned background_threads = 3;
  std::int64_t schedule_every_us = 10'000;
};

/// Thread-safe.
class Dispatcher {
 public:
  Dispatcher(const DispatcherSettings& settings, log::EventLog& log, storage::Database& database,
             const base::Clock& clock, base::Metrics& metrics);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  [[nodiscard]] BusServices& services() noexcept { return services_; }

  /// Wakes the cursor at commits of its store and polls it, until it is removed.
  void add(const std::shared_ptr<Cursor>& cursor);
  void remove(const Cursor* cursor);
  /// Calls `task` on the scheduler thread about every `every_us` (short work only).
  void every(std::int64_t every_us, std::function<void()> task);
  /// To be given to cursors as their `progress`.
  void notify_progress();
  /// Waits until `condition` holds, asking again whenever a cursor has moved.
  bool wait(std::int64_t timeout_ms, const std::function<bool()>& condition);
  /// Stops scheduler and threads. False when some thread hangs in a plugin. Idempotent.
  bool close(std::int64_t timeout_us);

 private:
  struct Store {
    std::vector<std::shared_ptr<Cursor>> cursors;
    std::shared_ptr<std::atomic<bool>> tick_in_flight = std::make_shared<std::atomic<bool>>(false);
  };
  struct Periodic {
    std::int64_t every_us;
    std::int64_t next_us;
    std::function<void()> task;
  };

  void on_commit(const log::BatchPtr& batch);
  void schedule();
  void poll_cursors(std::int64_t now_us, std::int64_t monotonic_us);
  void append_tick(const std::string& store_id, std::int64_t due_us, std::int64_t now_us,
                   const std::shared_ptr<std::atomic<bool>>& in_flight);

  const std::int64_t schedule_every_us_;
  WorkerPool events_;
  WorkerPool readers_;
  WorkerPool background_;
  BusServices services_;

  std::mutex cursors_mutex_;
  std::map<std::string, Store, std::less<>> stores_;

  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::vector<Periodic> periodic_;

  std::mutex progress_mutex_;
  std::condition_variable progress_;
  std::atomic<int> waiters_{0};

  std::uint64_t listener_ = 0;
  bool closed_ = false;
  std::thread scheduler_;
};

}  // namespace souk::bus
