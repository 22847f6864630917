// When the plugin learns what words mean, and what becomes of it.
//
// The space is no part of the state that the log makes: it depends on when a training ran and how
// far it came, so it would break "same events, same snapshot bytes". It is learned again after a
// restart; until then answers rest on the words.
#include <algorithm>
#include <string>

#include "plugins/search/search.hpp"
#include "plugins/search/state/memory.hpp"
#include "plugins/search/train/latent_trainer.hpp"

namespace souk::search {
namespace {

constexpr std::string_view kJob = "train";
constexpr std::uint64_t kFewestProducts = 64;
constexpr std::uint64_t kFewestClicks = 200;
constexpr double kShareChanged = 0.2;  ///< of products or clicks, since the last time
constexpr std::int64_t kPauseUs = 10LL * 60 * 1'000'000;

}  // namespace

/// When there is much that is new: soon while a catalog is being filled, else after a pause.
bool Search::training_due(std::int64_t now_us) const {
  if (latent_off_) return false;
  const std::uint64_t products = index_.read()->products;
  if (products < kFewestProducts) return false;
  const std::uint64_t known = trained_.products;
  if (known == 0 || products >= 2 * known) return true;
  const std::int64_t since = now_us - trained_.at_us;
  if (since >= 0 && since < kPauseUs) return false;
  const auto share = [](std::uint64_t of) { return kShareChanged * static_cast<double>(of); };
  const auto changed = static_cast<double>(index_.puts() - trained_.puts);
  const std::uint64_t learned = trained_.clicks;
  const auto clicks =
      static_cast<double>(behaviour_.clicks() - std::min(behaviour_.clicks(), learned));
  return changed >= std::max(share(products), 1.0) ||
         clicks >= std::max(share(learned), 1.0 * kFewestClicks);
}

void Search::train_when_due(std::int64_t now_us) {
  if (training_.load(std::memory_order_acquire) || !training_due(now_us)) return;
  training_.store(true, std::memory_order_release);
  const Status status =
      run_job(kJob, [this, now_us](const souk::Job& job) { return train(job, now_us); });
  if (status.ok()) return;
  training_.store(false, std::memory_order_release);
  if (status.code() != Code::unsupported) host().warning("training: " + status.message());
}

Status Search::train(const souk::Job& job, std::int64_t now_us) {
  struct Ended {
    std::atomic<bool>& flag;
    ~Ended() {
      give_back_memory();
      flag.store(false, std::memory_order_release);
    }
  } const ended{training_};
  const auto cancelled = [&job] { return job.cancelled(); };
  trained_.puts = index_.puts();
  const auto corpus = index_.read();
  const auto known = known_.read();
  trained_.products = corpus->products;
  trained_.at_us = now_us;
  if (!known) return Status(Code::failed_precondition, "not configured");
  trained_.clicks = known->clicks;
  auto space = train_latent(*corpus, known->behaviour, {}, cancelled,
                            [&job](double share) { job.progress(0.9 * share); });
  if (!space) {
    if (space.status().code() != Code::cancelled) {
      host().info("training: " + space.status().message());
    }
    return space.status();
  }
  if (!meaning_.adopt(
          std::move(*space), [this] { return index_.read(); }, cancelled)) {
    return Status(Code::cancelled, "the training was cancelled");
  }
  return {};
}

}  // namespace souk::search
