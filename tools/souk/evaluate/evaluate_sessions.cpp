#include "tools/souk/evaluate/evaluate_sessions.hpp"

#include <chrono>

namespace souk::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

double sessions_seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// What one session gave. Summed up in order, so that the figures do not depend on threads.
struct SessionScore {
  std::uint64_t examples = 0;
  std::uint64_t hits = 0;
  double reciprocal_ranks = 0;
  double seconds = 0;  ///< spent in the plugin
};

class Sessions {
 public:
  Sessions(const SessionsTask& task, PluginRunner& plugin, std::uint32_t method,
           const std::vector<Trail>& test)
      : task_(task), plugin_(plugin), method_(method), test_(test) {
    scores_.resize(test.size());
    pieces_.resize(test.size());
  }

  Status run() {
    return for_all(test_.size(), task_.settings.threads, "predicting", task_.settings.quiet,
                   [this](std::size_t at) { return predict(at); });
  }

  [[nodiscard]] const std::vector<std::string>& pieces() const { return pieces_; }

  [[nodiscard]] SessionScore total() const {
    SessionScore sum;
    for (const SessionScore& score : scores_) {
      sum.examples += score.examples;
      sum.hits += score.hits;
      sum.reciprocal_ranks += score.reciprocal_ranks;
      sum.seconds += score.seconds;
    }
    return sum;
  }

 private:
  Status predict(std::size_t at) {
    const Trail& session = test_[at];
    souk::v1::RecommendRequest request;
    request.set_kind("for_you");
    request.set_limit(task_.top);
    request.set_include_seen(true);
    SessionScore& score = scores_[at];
    for (std::size_t position = 1; position < session.items.size(); ++position) {
      request.add_session_items(session.items[position - 1]);
      const auto start = SteadyClock::now();
      const auto reply = recommend(plugin_, method_, request);
      score.seconds += sessions_seconds_since(start);
      if (!reply) return reply.status();
      ++score.examples;
      write(session, position, *reply, pieces_[at], score);
    }
    return {};
  }

  void write(const Trail& session, std::size_t position, const souk::v1::RecommendReply& reply,
             std::string& out, SessionScore& score) const {
    const std::string place = session.id + "," + std::to_string(position + 1) + ",";
    for (int rank = 0; rank < reply.items_size() && rank < static_cast<int>(task_.top); ++rank) {
      const souk::v1::RecommendedItem& item = reply.items(rank);
      if (item.product_id() == session.items[position]) {
        ++score.hits;
        score.reciprocal_ranks += 1.0 / (rank + 1);
      }
      out += place + std::to_string(rank + 1) + "," + item.product_id() + "," +
             number_text(item.score()) + "\n";
    }
  }

  const SessionsTask& task_;
  PluginRunner& plugin_;
  const std::uint32_t method_;
  const std::vector<Trail>& test_;
  std::vector<SessionScore> scores_;
  std::vector<std::string> pieces_;
};

}  // namespace

Result<std::string> evaluate_sessions(const SessionsTask& task) {
  const auto start = SteadyClock::now();
  const auto info = find_plugin(task.settings.plugin, "recommendations");
  if (!info) return info.status();
  auto train = read_trails(task.train, "session_id");
  if (!train) return train.status();
  auto test = read_trails(task.test, "session_id");
  if (!test) return test.status();
  auto plugin = PluginRunner::open(*info, task.settings.settings);
  if (!plugin) return plugin.status();
  const auto method = (*plugin)->method("souk.v1.Recommendations/Recommend");
  if (!method) return method.status();
  const auto learning = SteadyClock::now();
  const auto fed = feed_views(**plugin, *train, task.settings.quiet);
  if (!fed) return fed.status();
  const double train_seconds = sessions_seconds_since(learning);
  train->clear();
  Sessions sessions(task, **plugin, *method, *test);
  const auto predicting = SteadyClock::now();
  if (Status status = sessions.run(); !status.ok()) return status;
  const double predict_seconds = sessions_seconds_since(predicting);
  if (Status status = write_predictions(task.settings.out, "session_id,position,rank,item_id,score",
                                        sessions.pieces());
      !status.ok()) {
    return status;
  }
  const SessionScore total = sessions.total();
  const double examples = std::max<double>(1, static_cast<double>(total.examples));
  const std::string top = std::to_string(task.top);
  return "{\"task\":\"sessions\",\"train_events\":" + std::to_string(*fed) +
         ",\"examples\":" + std::to_string(total.examples) + ",\"hr@" + top +
         "\":" + number_text(static_cast<double>(total.hits) / examples) + ",\"mrr@" + top +
         "\":" + number_text(total.reciprocal_ranks / examples) +
         ",\"train_seconds\":" + number_text(train_seconds) +
         ",\"predict_seconds\":" + number_text(predict_seconds) +
         ",\"prediction_us\":" + number_text(total.seconds / examples * 1e6) +
         ",\"wall_seconds\":" + number_text(sessions_seconds_since(start)) +
         ",\"peak_memory_mib\":" + number_text(peak_memory_mib()) + "}";
}

}  // namespace souk::cli
