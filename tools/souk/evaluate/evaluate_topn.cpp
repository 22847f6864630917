#include "tools/souk/evaluate/evaluate_topn.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "souk/v1/event.pb.h"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostHistoryItems = 5'000;  // of a request

double topn_seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// What was right of one user's list.
struct Score {
  double ndcg = 0;
  double recall_20 = 0;
  double recall_50 = 0;
  bool counted = false;
};

Score score_of(const std::vector<std::string>& listed, const Trail& truth, unsigned top) {
  const std::unordered_set<std::string> wanted(truth.items.begin(), truth.items.end());
  Score score;
  score.counted = true;
  double ideal = 0;
  for (std::size_t rank = 0; rank < std::min<std::size_t>(wanted.size(), top); ++rank)
    ideal += 1 / std::log2(static_cast<double>(rank) + 2);
  const auto share = [&](std::size_t cut) {
    return 1.0 / static_cast<double>(std::min(cut, wanted.size()));
  };
  for (std::size_t rank = 0; rank < listed.size(); ++rank) {
    if (!wanted.contains(listed[rank])) continue;
    score.ndcg += 1 / std::log2(static_cast<double>(rank) + 2) / ideal;
    if (rank < 20) score.recall_20 += share(20);
    if (rank < 50) score.recall_50 += share(50);
  }
  return score;
}

class TopN {
 public:
  TopN(const TopNTask& task, PluginRunner& plugin, std::uint32_t method,
       const std::vector<Trail>& users, const std::vector<Trail>& truth)
      : task_(task),
        plugin_(plugin),
        method_(method),
        users_(users),
        pieces_(users.size()),
        scores_(users.size()) {
    for (const Trail& trail : truth)
      truth_.emplace(trail.id, &trail);
  }

  Status run() {
    return for_all(users_.size(), task_.settings.threads, "predicting", task_.settings.quiet,
                   [this](std::size_t at) { return recommend_to(at); });
  }

  [[nodiscard]] const std::vector<std::string>& pieces() const { return pieces_; }

  /// The metrics as members of a JSON object; empty without a truth.
  [[nodiscard]] std::string metrics() const {
    if (truth_.empty()) return {};
    Score sum;
    std::size_t counted = 0;
    for (const Score& score : scores_) {
      sum.ndcg += score.ndcg;
      sum.recall_20 += score.recall_20;
      sum.recall_50 += score.recall_50;
      counted += score.counted ? 1 : 0;
    }
    const double users = std::max<double>(1, static_cast<double>(counted));
    return ",\"users_scored\":" + std::to_string(counted) + ",\"ndcg@" + std::to_string(task_.top) +
           "\":" + number_text(sum.ndcg / users) +
           ",\"recall@20\":" + number_text(sum.recall_20 / users) +
           ",\"recall@50\":" + number_text(sum.recall_50 / users);
  }

 private:
  Status recommend_to(std::size_t at) {
    const Trail& user = users_[at];
    souk::v1::RecommendRequest request;
    request.set_kind("for_you");
    request.set_limit(task_.top);
    const std::size_t known = std::min(user.items.size(), kMostHistoryItems);
    for (std::size_t item = user.items.size() - known; item < user.items.size(); ++item)
      request.add_history_items(user.items[item]);
    const auto reply = recommend(plugin_, method_, request);
    if (!reply) return reply.status();
    const std::unordered_set<std::string> had(user.items.begin(), user.items.end());
    std::vector<std::string> listed;
    for (const souk::v1::RecommendedItem& item : reply->items()) {
      if (had.contains(item.product_id())) continue;
      listed.push_back(item.product_id());
      pieces_[at] += user.id + "," + std::to_string(listed.size()) + "," + item.product_id() + "," +
                     number_text(item.score()) + "\n";
    }
    const auto truth = truth_.find(user.id);
    if (truth != truth_.end()) scores_[at] = score_of(listed, *truth->second, task_.top);
    return {};
  }

  const TopNTask& task_;
  PluginRunner& plugin_;
  const std::uint32_t method_;
  const std::vector<Trail>& users_;
  std::unordered_map<std::string, const Trail*> truth_;
  std::vector<std::string> pieces_;
  std::vector<Score> scores_;
};

/// Something that happens after all history and says nothing of anybody: the plugin trains.
Status let_it_train(PluginRunner& plugin, std::int64_t after_us, bool quiet) {
  FedEvent event;
  event.payload_field = souk::v1::Event::kCartViewedFieldNumber;
  event.time_us = after_us;
  ProgressBar bar("training", "", quiet);
  Status status = plugin.feed_live({event}, [&bar](double share) { bar.show(share, 0); });
  if (status.ok()) bar.finish(0);
  return status;
}

}  // namespace

Result<std::string> evaluate_topn(const TopNTask& task) {
  const auto start = SteadyClock::now();
  const auto info = find_plugin(task.settings.plugin, "recommendations");
  if (!info) return info.status();
  auto train = read_trails(task.train, "user_id");
  if (!train) return train.status();
  const auto users = read_trails(task.fold_in, "user_id");
  if (!users) return users.status();
  Result<std::vector<Trail>> truth = std::vector<Trail>();
  if (!task.truth.empty()) truth = read_trails(task.truth, "user_id");
  if (!truth) return truth.status();
  auto plugin = PluginRunner::open(*info, task.settings.settings, task.settings.threads);
  if (!plugin) return plugin.status();
  const auto method = (*plugin)->method("souk.v1.Recommendations/Recommend");
  if (!method) return method.status();
  const auto folding = SteadyClock::now();
  const auto fed = feed_views(**plugin, *train, task.settings.quiet);
  if (!fed) return fed.status();
  const double fold_seconds = topn_seconds_since(folding);
  std::vector<Trail>().swap(*train);
  const auto training = SteadyClock::now();
  if (Status status = let_it_train(**plugin, (*plugin)->newest_us() + 1, task.settings.quiet);
      !status.ok()) {
    return status;
  }
  const double train_seconds = topn_seconds_since(training);
  TopN topn(task, **plugin, *method, *users, *truth);
  const auto predicting = SteadyClock::now();
  if (Status status = topn.run(); !status.ok()) return status;
  const double predict_seconds = topn_seconds_since(predicting);
  if (Status status =
          write_predictions(task.settings.out, "user_id,rank,item_id,score", topn.pieces());
      !status.ok()) {
    return status;
  }
  return "{\"task\":\"topn\",\"train_events\":" + std::to_string(*fed) +
         ",\"users\":" + std::to_string(users->size()) + topn.metrics() +
         ",\"fold_seconds\":" + number_text(fold_seconds) +
         ",\"train_seconds\":" + number_text(train_seconds) +
         ",\"predict_seconds\":" + number_text(predict_seconds) +
         ",\"wall_seconds\":" + number_text(topn_seconds_since(start)) +
         ",\"peak_memory_mib\":" + number_text(peak_memory_mib()) + "}";
}

}  // namespace souk::cli
