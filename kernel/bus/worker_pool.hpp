// WorkerPool: a few threads that run short tasks in the order in which they came.
//
// Tasks may be a plugin's code, which may hang. So the pool is elastic: check_stalls() starts one
// thread more for each that has been in one task for longer than `stall_us`, and a thread too many
// leaves when its task ends at last. close() gives up on threads that do not come back; they keep
// what they need alive and end with the process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "kernel/base/clock.hpp"

namespace souk::bus {

struct WorkerPoolSettings {
  std::string name;  ///< of the threads, at most 15 bytes
  unsigned threads = 1;
  unsigned max_extra = 64;  ///< replacements for threads that hang, at most
  /// Threads run when nothing else wants their core (SCHED_IDLE), and so do those they start.
  bool background = false;
  /// Of the threads: from 1 on others get more of a busy processor, and sooner.
  int niceness = 0;
  std::int64_t stall_us = 2'000'000;
};

/// Thread-safe. The clock must outlive the process's use of the pool's threads.
class WorkerPool {
 public:
  using Task = std::function<void()>;

  WorkerPool(WorkerPoolSettings settings, const base::Clock& clock);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues a task. False after close(): the task will not run.
  bool post(Task task);
  /// To be called now and then: replaces threads that hang. Returns how many hang now.
  unsigned check_stalls();
  /// Runs what is queued and ends the threads. False when some did not end in time. Idempotent.
  bool close(std::int64_t timeout_us);

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state, std::size_t slot);
  void start_thread();
  std::shared_ptr<State> state_;
};

}  // namespace souk::bus
