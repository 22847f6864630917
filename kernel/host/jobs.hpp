// Jobs: long work of plugins (training, re-indexing) on a few threads of low priority.
//
// An instance runs one job at a time, so that a plugin with many of them takes its turn like all
// others; at most 16 wait. A job is asked to end through its cancelled(); an instance stops only
// after every job of it is over. One that hangs costs a thread, which the pool replaces.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <souk/ext/jobs.h>

#include "kernel/base/status.hpp"
#include "kernel/bus/worker_pool.hpp"
#include "kernel/host/host.hpp"

namespace souk::host {

/// The jobs of one instance. Thread-safe. Held by shared_ptr: a job that runs keeps it alive.
class Jobs : public std::enable_shared_from_this<Jobs> {
 public:
  static constexpr std::size_t kMaxWaiting = 16;

  /// `label` names the instance in the daemon's log.
  Jobs(bus::WorkerPool& pool, const base::Clock& clock, std::string label);

  /// As souk_jobs_v1.run. UNAVAILABLE once the instance stops.
  Status run(std::string_view name, souk_job_run function, souk_job_release release, void* user);
  /// Asks it to end; one that waits never begins. NOT_FOUND when there is none.
  Status cancel(std::string_view name);
  /// Takes no more, cancels all, waits. False when some job has not ended in time.
  bool close(std::int64_t timeout_us);
  [[nodiscard]] std::vector<JobStatus> list() const;

 private:
  struct Job;
  /// Takes the job that has waited longest. On a thread of the pool.
  void perform_next();
  void perform(Job& job);

  bus::WorkerPool& pool_;
  const base::Clock& clock_;
  const std::string label_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::map<std::string, std::shared_ptr<Job>, std::less<>> jobs_;
  std::deque<std::shared_ptr<Job>> waiting_;
  bool in_pool_ = false;  // a job runs, or its turn will come
  bool closed_ = false;
};

}  // namespace souk::host
