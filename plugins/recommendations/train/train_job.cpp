// When the plugin trains, and what becomes of the result.
//
// A trained model is no part of the state that the log makes: how far a training comes depends on
// the machine and on the moment, so it would break "same events, same snapshot bytes". Snapshots
// hold the interactions; the model is trained from them again after a restart.
#include <algorithm>
#include <string>

#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {
namespace {

constexpr std::string_view kJob = "train";

}  // namespace

bool Recommendations::training_due(std::int64_t now_us) const {
  if (state_ == nullptr || !train_settings_.enabled) return false;
  const std::uint64_t observed = state_->interactions.observed();
  const std::uint64_t fresh = observed - std::min(observed, trained_observed_);
  if (fresh < train_settings_.min_new_interactions) return false;
  return trained_us_ == 0 || now_us >= trained_us_ + train_settings_.interval_us ||
         now_us < trained_us_;
}

void Recommendations::train_when_due(std::int64_t now_us) {
  if (training_.load(std::memory_order_acquire) || !training_due(now_us)) return;
  trained_us_ = now_us;
  trained_observed_ = state_->interactions.observed();
  training_.store(true, std::memory_order_release);
  const Status status =
      run_job(kJob, [this, now_us, limits = train_settings_.limits](const souk::Job& job) {
        return run_training(job, limits, now_us);
      });
  if (status.ok()) return;
  training_.store(false, std::memory_order_release);
  if (status.code() != Code::unsupported) host().warning("training: " + status.message());
}

Status Recommendations::run_training(const souk::Job& job, const TrainingLimits& limits,
                                     std::int64_t now_us) {
  struct Ended {
    std::atomic<bool>& flag;
    ~Ended() { flag.store(false, std::memory_order_release); }
  } const ended{training_};
  // Keeps the state even when settings replace it meanwhile.
  const auto reading = view_.read();
  if (!reading) return Status(Code::failed_precondition, "not configured");
  StoreState& state = **reading;
  std::shared_ptr<const TrainedModel> previous;
  if (const auto trained = state.trained.read()) previous = *trained;
  auto made = train(
      state.interactions, limits, previous.get(), [&job] { return job.cancelled(); },
      [&job](double share) { job.progress(share); });
  if (!made) {
    if (made.status().code() != Code::cancelled) {
      host().warning("training: " + made.status().message());
    }
    return made.status();
  }
  (*made)->report.trained_us = std::max<std::int64_t>(host().now_us(), now_us);
  const TrainingReport report = (*made)->report;
  state.trained.publish(std::shared_ptr<const TrainedModel>(std::move(*made)));
  metrics_.trained(report);
  return {};
}

}  // namespace souk::recommendations
