#include <chrono>
#include <unordered_set>

#include "tools/souk/evaluate/evaluate_sessions.hpp"

namespace souk::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxSessionItems = 1'000;  // of a request

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// Recommends to one user and writes the lines.
Status recommend_to(PluginRunner& plugin, std::uint32_t method, const Trail& user, unsigned top,
                    std::string& out) {
  souk::v1::RecommendRequest request;
  request.set_kind("for_you");
  request.set_limit(top);
  const std::size_t first =
      user.items.size() > kMaxSessionItems ? user.items.size() - kMaxSessionItems : 0;
  for (std::size_t at = first; at < user.items.size(); ++at) {
    request.add_session_items(user.items[at]);
    request.add_exclude(user.items[at]);
  }
  const auto reply = recommend(plugin, method, request);
  if (!reply) return reply.status();
  const std::unordered_set<std::string> had(user.items.begin(), user.items.end());
  unsigned rank = 0;
  for (const souk::v1::RecommendedItem& item : reply->items()) {
    if (had.contains(item.product_id())) continue;
    ++rank;
    out += user.id + "," + std::to_string(rank) + "," + item.product_id() + "," +
           number_text(item.score()) + "\n";
  }
  return {};
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
  auto plugin = PluginRunner::open(*info, task.settings.settings);
  if (!plugin) return plugin.status();
  const auto method = (*plugin)->method("souk.v1.Recommendations/Recommend");
  if (!method) return method.status();
  const auto learning = SteadyClock::now();
  const auto fed = feed_views(**plugin, *train, task.settings.quiet);
  if (!fed) return fed.status();
  const double train_seconds = seconds_since(learning);
  std::vector<std::string> pieces(users->size());
  const auto predicting = SteadyClock::now();
  Status status = for_all(
      users->size(), task.settings.threads, "predicting", task.settings.quiet, [&](std::size_t at) {
        return recommend_to(**plugin, *method, (*users)[at], task.top, pieces[at]);
      });
  if (!status.ok()) return status;
  const double predict_seconds = seconds_since(predicting);
  status = write_predictions(task.settings.out, "user_id,rank,item_id,score", pieces);
  if (!status.ok()) return status;
  return "{\"task\":\"topn\",\"train_events\":" + std::to_string(*fed) +
         ",\"users\":" + std::to_string(users->size()) +
         ",\"train_seconds\":" + number_text(train_seconds) +
         ",\"predict_seconds\":" + number_text(predict_seconds) +
         ",\"wall_seconds\":" + number_text(seconds_since(start)) +
         ",\"peak_memory_mib\":" + number_text(peak_memory_mib()) + "}";
}

}  // namespace souk::cli
