// A few threads for the length of one job: training has loops whose turns are independent.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace souk::recommendations {

/// Threads that share loops. Made inside a job and gone with it, so that nothing runs while a
/// library is loaded or idle; they inherit the job's priority.
///
/// Threads: each() and the destructor by the thread that made it. When the system has no more
/// threads to give, there are fewer, at worst none besides the caller.
class Crew {
 public:
  /// `threads` in all, the caller's included; 0: one a core. `cancelled` is asked by the caller's
  /// thread between turns and must be cheap; null: never.
  explicit Crew(unsigned threads, std::function<bool()> cancelled = nullptr);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// turn(index, member) for every index below `count`, in any order, each member (below size()) on
  /// a thread of its own. Returns when all are over. False when the job was cancelled: turns that
  /// had not begun were left out, and so is everything from then on. Turns must not throw.
  bool each(std::size_t count, const std::function<void(std::size_t, unsigned)>& turn);

  /// Asks whether the job was cancelled, for long work between loops. By the thread that made it.
  bool ask();

  [[nodiscard]] unsigned size() const { return static_cast<unsigned>(helpers_.size()) + 1; }
  [[nodiscard]] bool cancelled() const { return stop_.load(std::memory_order_relaxed); }

 private:
  void help(unsigned member);
  void work(unsigned member);

  std::function<bool()> asked_;
  std::vector<std::thread> helpers_;
  std::mutex mutex_;
  std::condition_variable begun_, ended_;
  // Guarded by mutex_; turn_ and count_ stand still while a loop runs.
  const std::function<void(std::size_t, unsigned)>* turn_ = nullptr;
  std::size_t count_ = 0;
  std::size_t loop_ = 0;
  std::size_t busy_ = 0;
  bool over_ = false;

  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace souk::recommendations
