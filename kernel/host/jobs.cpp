#include "kernel/host/jobs.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kernel/base/logging.hpp"
#include "kernel/host/crash_record.hpp"

namespace souk::host {

struct Jobs::Job {
  souk_job face{};  // what the plugin sees
  std::string name;
  souk_job_run run = nullptr;
  souk_job_release release = nullptr;
  void* user = nullptr;
  std::atomic<bool> cancelled{false};
  std::atomic<double> progress{0};
  std::atomic<std::int64_t> started_us{0};
};

Jobs::Jobs(bus::WorkerPool& pool, const base::Clock& clock, std::string label)
    : pool_(pool), clock_(clock), label_(std::move(label)) {}

Status Jobs::run(std::string_view name, souk_job_run function, souk_job_release release,
                 void* user) {
  if (name.empty() || name.size() > 128) {
    return {Code::invalid_argument, "a job's name has 1 to 128 bytes"};
  }
  if (function == nullptr) return {Code::invalid_argument, "a job needs a function"};
  auto job = std::make_shared<Job>();
  job->name = name;
  job->run = function;
  job->release = release;
  job->user = user;
  job->face.struct_size = sizeof(souk_job);
  job->face.job_data = job.get();
  job->face.cancelled = [](const souk_job* face) -> std::int32_t {
    return static_cast<Job*>(face->job_data)->cancelled ? 1 : 0;
  };
  job->face.progress = [](const souk_job* face, double fraction) {
    if (fraction >= 0 && fraction <= 1) static_cast<Job*>(face->job_data)->progress = fraction;
  };
  const std::lock_guard lock(mutex_);
  if (closed_) return {Code::unavailable, "the instance is being stopped"};
  if (jobs_.contains(name)) {
    return {Code::already_exists, "a job of this name runs or waits already"};
  }
  if (waiting_.size() >= kMaxWaiting) {
    return {Code::resource_exhausted, "16 jobs of this instance wait, which is the limit"};
  }
  if (!in_pool_ && !pool_.post([self = shared_from_this()] { self->perform_next(); })) {
    return {Code::unavailable, "the daemon is stopping"};
  }
  in_pool_ = true;
  waiting_.push_back(job);
  jobs_.emplace(job->name, job);
  return {};
}

void Jobs::perform_next() {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Job> job = std::move(waiting_.front());
  waiting_.pop_front();
  lock.unlock();
  perform(*job);
  lock.lock();
  jobs_.erase(job->name);
  // At the end of the queue: others' jobs come first now.
  in_pool_ = !waiting_.empty() && pool_.post([self = shared_from_this()] { self->perform_next(); });
  ended_.notify_all();
}

void Jobs::perform(Job& job) {
  if (!job.cancelled) {
    job.started_us = clock_.now_us();
    const std::int64_t began = clock_.monotonic_us();
    base::log_info("host", "a job begins", {{"instance", label_}, {"job", job.name}});
    souk_status status = SOUK_OK;
    {
      const RunningIn mark(label_);
      status = job.run(job.user, &job.face);
    }
    base::log_info("host", "a job is over",
                   {{"instance", label_},
                    {"job", job.name},
                    {"status", code_name(static_cast<Code>(status))},
                    {"took_ms", (clock_.monotonic_us() - began) / 1000}});
  }
  if (job.release != nullptr) job.release(job.user);
}

Status Jobs::cancel(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(name);
  if (found == jobs_.end()) return {Code::not_found, "there is no job of this name"};
  found->second->cancelled = true;
  return {};
}

bool Jobs::close(std::int64_t timeout_us) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  for (const auto& [name, job] : jobs_)
    job->cancelled = true;
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(timeout_us);
  return ended_.wait_until(lock, until, [this] { return jobs_.empty(); });
}

std::vector<JobStatus> Jobs::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<JobStatus> list;
  for (const auto& [name, job] : jobs_)
    list.push_back({name, job->progress, job->started_us});
  return list;
}

}  // namespace souk::host
