#include "kernel/bus/worker_pool.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "kernel/base/logging.hpp"

namespace souk::bus {
namespace {

struct Worker {
  std::atomic<std::int64_t> busy_since_us{0};  ///< 0: waits for a task
  std::atomic<bool> gone{false};
  std::thread thread;
};

// On Linux niceness is a thread's own. Refusal costs fairness only.
void set_niceness(int niceness) {
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness);
}

// Niceness alone is not enough: a thread that wakes up looks for a core where nobody runs, and one
// that a nice thread runs on is taken. Those of SCHED_IDLE count as free, and give way at once.
void yield_to_all() {
  constexpr int kNicest = 19;
  const sched_param none{};
  if (sched_setscheduler(0, SCHED_IDLE, &none) == 0) return;
  set_niceness(kNicest);
}

}  // namespace

struct WorkerPool::State {
  State(WorkerPoolSettings pool_settings, const base::Clock& pool_clock)
      : settings(std::move(pool_settings)), clock(pool_clock) {}

  const WorkerPoolSettings settings;
  const base::Clock& clock;
  std::mutex mutex;
  std::condition_variable work;
  std::condition_variable ended;
  std::deque<Task> tasks;
  std::deque<Worker> workers;  // never shrinks: threads refer to their slot
  unsigned alive = 0;
  unsigned wanted = 0;  // threads that should take tasks, those that hang not counted
  unsigned hanging = 0;
  bool closing = false;
};

WorkerPool::WorkerPool(WorkerPoolSettings settings, const base::Clock& clock)
    : state_(std::make_shared<State>(std::move(settings), clock)) {
  const std::lock_guard lock(state_->mutex);
  state_->wanted = state_->settings.threads == 0 ? 1 : state_->settings.threads;
  for (unsigned i = 0; i < state_->wanted; ++i)
    start_thread();
}

WorkerPool::~WorkerPool() { close(10'000'000); }

void WorkerPool::start_thread() {
  std::size_t slot = 0;
  while (slot < state_->workers.size() && !state_->workers[slot].gone)
    ++slot;
  if (slot == state_->workers.size()) {
    state_->workers.emplace_back();
  } else if (state_->workers[slot].thread.joinable()) {
    state_->workers[slot].thread.join();
  }
  Worker& worker = state_->workers[slot];
  worker.gone = false;
  worker.busy_since_us = 0;
  ++state_->alive;
  worker.thread = std::thread([state = state_, slot] { work(state, slot); });
}

void WorkerPool::work(const std::shared_ptr<State>& state, std::size_t slot) {
  pthread_setname_np(pthread_self(), state->settings.name.substr(0, 15).c_str());
  if (state->settings.background)
    yield_to_all();
  else if (state->settings.niceness != 0)
    set_niceness(state->settings.niceness);
  std::unique_lock lock(state->mutex);
  Worker& worker = state->workers[slot];
  while (true) {
    const bool too_many = state->alive > state->wanted + state->hanging;
    if (too_many) break;
    if (state->tasks.empty()) {
      if (state->closing) break;
      state->work.wait(lock);
      continue;
    }
    Task task = std::move(state->tasks.front());
    state->tasks.pop_front();
    worker.busy_since_us = state->clock.monotonic_us() | 1;
    lock.unlock();
    try {
      task();
    } catch (const std::exception& error) {
      base::log_error("bus", "a task threw",
                      {{"pool", state->settings.name}, {"error", error.what()}});
    }
    task = nullptr;
    lock.lock();
    // Below 0: check_stalls() has counted this thread as hanging and put another in its place.
    if (worker.busy_since_us.exchange(0) < 0) --state->hanging;
  }
  --state->alive;
  worker.gone = true;
  state->ended.notify_all();
}

bool WorkerPool::post(Task task) {
  // A thread of another room, such as the log's writer, may still be in here when its task has
  // already run and whoever waited for that task has ended the pool.
  const std::shared_ptr<State> state = state_;
  {
    const std::lock_guard lock(state->mutex);
    if (state->closing) return false;
    state->tasks.push_back(std::move(task));
  }
  state->work.notify_one();
  return true;
}

unsigned WorkerPool::check_stalls() {
  const std::lock_guard lock(state_->mutex);
  if (state_->closing) return state_->hanging;
  const std::int64_t now = state_->clock.monotonic_us();
  for (std::size_t i = 0; i < state_->workers.size(); ++i) {
    Worker& worker = state_->workers[i];
    const std::int64_t since = worker.busy_since_us;
    if (since <= 0 || now - since < state_->settings.stall_us) continue;
    if (state_->hanging >= state_->settings.max_extra) break;
    worker.busy_since_us = -since;
    ++state_->hanging;
    start_thread();
  }
  return state_->hanging;
}

bool WorkerPool::close(std::int64_t timeout_us) {
  std::unique_lock lock(state_->mutex);
  state_->closing = true;
  state_->work.notify_all();
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(timeout_us);
  const bool all_ended =
      state_->ended.wait_until(lock, until, [this] { return state_->alive == 0; });
  for (Worker& worker : state_->workers) {
    if (!worker.thread.joinable()) continue;
    if (worker.gone) {
      // It has released the lock for the last time or waits for it no more: joining is brief.
      lock.unlock();
      worker.thread.join();
      lock.lock();
    } else {
      worker.thread.detach();
    }
  }
  return all_ended;
}

}  // namespace souk::bus
