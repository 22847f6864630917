// When the ranker is trained, and what becomes of it. In no snapshot: see TrainedRanker.
#include <chrono>
#include <string>
#include <utility>

#include "plugins/search/search.hpp"

namespace souk::search {
namespace {

constexpr std::string_view kRankerJob = "train-ranker";
constexpr std::chrono::seconds kBudget{120};
/// New searches with a click before it is trained again: a tenth more than last time.
constexpr std::uint64_t kFreshShare = 10;

}  // namespace

bool Search::ranker_due(std::int64_t now_us) const {
  if (!ranker_settings_.enabled || examples_.taken() < kLeastTaken) return false;
  const std::uint64_t taken = examples_taken_ever_;
  if (ranker_trained_us_ != 0 && taken - ranker_taken_ < ranker_taken_ / kFreshShare) return false;
  // A first one that had too little is tried again as soon as there is more.
  const auto view = ranker_view_.read();
  if (!view || !view->trained) return true;
  return now_us >= ranker_trained_us_ + ranker_settings_.interval_us || now_us < ranker_trained_us_;
}

void Search::train_ranker_when_due(std::int64_t now_us) {
  if (ranker_training_.load(std::memory_order_acquire) || !ranker_due(now_us)) return;
  ranker_trained_us_ = now_us;
  ranker_taken_ = examples_taken_ever_;
  ranker_training_.store(true, std::memory_order_release);
  const Status status =
      run_job(kRankerJob, [this, now_us, examples = examples_.share()](const souk::Job& job) {
        return run_ranker_training(job, examples, now_us);
      });
  if (status.ok()) return;
  ranker_training_.store(false, std::memory_order_release);
  if (status.code() != Code::unsupported) host().warning("training: " + status.message());
}

Status Search::run_ranker_training(const souk::Job& job, const Examples::List& examples,
                                   std::int64_t now_us) {
  struct Ended {
    std::atomic<bool>& flag;
    ~Ended() { flag.store(false, std::memory_order_release); }
  } const ended{ranker_training_};
  const auto began = std::chrono::steady_clock::now();
  const Held sources(*this, {});
  if (!sources) return Status(Code::failed_precondition, "not configured");
  auto made = train_ranker(
      examples, *sources,
      [&] { return job.cancelled() || std::chrono::steady_clock::now() - began > kBudget; },
      [&job](double share) { job.progress(share); });
  auto view = std::make_unique<RankerView>();
  if (made.ok()) {
    view->trained = std::move(made).value();
    view->trained->trained_us = now_us;
    view->trained->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  } else {
    if (made.status().code() == Code::cancelled) return made.status();
    view->why_not = made.status().message();
  }
  ranker_view_.publish(std::move(view));
  return {};
}

}  // namespace souk::search
