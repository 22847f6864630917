// Long work (training, re-indexing) on the host's background threads. A finished job publishes a
// View.
#pragma once

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "souk/bytes.hpp"
#include "souk/ext/jobs.h"
#include "souk/host.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

/// The running job, for its function. Valid until that returns.
class Job {
 public:
  explicit Job(const souk_job* job) noexcept : job_(job) {}

  /// True when the job should return soon, with Code::cancelled. Ask at least every 100 ms.
  [[nodiscard]] bool cancelled() const noexcept { return job_->cancelled(job_) != 0; }
  /// How far it is, 0 to 1, for operators.
  void progress(double fraction) const noexcept { job_->progress(job_, fraction); }

 private:
  const souk_job* job_;
};

namespace detail {

template <class Work>
struct JobHolder {
  const souk_host* host;
  Work work;

  static souk_status run(void* user, const souk_job* job) noexcept {
    auto* self = static_cast<JobHolder*>(user);
    return guarded(self->host, [&] { return report(self->host, self->work(Job(job))); });
  }
  static void release(void* user) noexcept { delete static_cast<JobHolder*>(user); }
};

}  // namespace detail

/// Queues `work`, a `Status(souk::Job)`, under a name that operators see; any thread.
/// already_exists while a job of that name waits or runs, resource_exhausted beyond 16 waiting.
/// `work` is destroyed when the job is over or was never begun; it may refer to the plugin, which
/// outlives its jobs.
template <class Work>
Status run_job(const Host& host, std::string_view name, Work&& work) {
  using Holder = detail::JobHolder<std::decay_t<Work>>;
  const auto* jobs = host.extension<souk_jobs_v1>(SOUK_EXT_JOBS);
  if (jobs == nullptr) return {Code::unsupported, "this host runs no jobs"};
  auto holder = std::make_unique<Holder>(Holder{host.raw(), std::forward<Work>(work)});
  const souk_status status =
      jobs->run(host.raw(), to_bytes(name), &Holder::run, &Holder::release, holder.get());
  if (status == SOUK_OK) holder.release();  // the host calls Holder::release
  return detail::to_status(status, "the job was refused");
}

/// Asks the job of this name to end; not_found when there is none.
inline Status cancel_job(const Host& host, std::string_view name) {
  const auto* jobs = host.extension<souk_jobs_v1>(SOUK_EXT_JOBS);
  if (jobs == nullptr) return {Code::unsupported, "this host runs no jobs"};
  return detail::to_status(jobs->cancel(host.raw(), to_bytes(name)), "no job of this name");
}

}  // namespace abi1
}  // namespace souk
