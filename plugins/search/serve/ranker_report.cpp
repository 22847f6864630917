// GET /v1/search/ranker: what a learned ranker would bring, and why it is in use or not.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <numeric>
#include <string>

#include "plugins/search/search.hpp"

namespace souk::search {
namespace {

using souk::v1::HealthNote;
using souk::v1::SearchRankerEstimate;
using souk::v1::SearchRankerReport;

std::string time_text(std::int64_t us) {
  const auto seconds = static_cast<std::time_t>(us / 1'000'000);
  std::tm parts{};
  if (us <= 0 || ::gmtime_r(&seconds, &parts) == nullptr) return {};
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string number(double value, const char* format) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

struct Verdict {
  std::string state;
  std::string note;
};

Verdict verdict(const RankerSettings& settings, const RankerView* view, std::uint64_t taken) {
  if (!settings.enabled) return {"off", "ranker.mode is off: nothing is kept or learned"};
  if (view == nullptr || !view->trained) {
    if (view != nullptr && !view->why_not.empty()) return {"learning", view->why_not};
    if (taken >= kLeastTaken)
      return {"learning", "enough data: training begins with the next events"};
    return {"learning", "not enough data yet: have " + std::to_string(taken) + ", need " +
                            std::to_string(kLeastTaken) +
                            " searches with their products and a click on one"};
  }
  const TrainedRanker& trained = *view->trained;
  const Estimate& gain = trained.comparison.gain_difference;
  const std::string figures = "NDCG of later searches changes by " + number(gain.value, "%+.4f") +
                              ", between " + number(gain.low, "%+.4f") + " and " +
                              number(gain.high, "%+.4f");
  if (!trained.passed()) {
    return {"held_back", figures + ": it may be worse than the present order, so it is not used"};
  }
  if (!settings.on) return {"ready", figures + ": set ranker.mode to on to use it"};
  return {"live", figures};
}

void write(const Estimate& estimate, SearchRankerEstimate& out) {
  out.set_value(estimate.value);
  out.set_low(estimate.low);
  out.set_high(estimate.high);
}

void write_figures(const RankComparison& c, SearchRankerReport& reply) {
  const auto add = [&](const char* name, const char* meaning, const Estimate& present,
                       const Estimate& learned, const Estimate& difference) {
    auto& out = *reply.add_figures();
    out.set_name(name);
    out.set_meaning(meaning);
    write(present, *out.mutable_present());
    write(learned, *out.mutable_learned());
    write(difference, *out.mutable_difference());
  };
  add("ndcg",
      "how far up stands what is taken: mean of 1 / log2(1 + place), clicks weighted by the "
      "inverse of their place's look, self-normalised",
      c.present_gain, c.learned_gain, c.gain_difference);
  add("clicks", "expected clicks a hundred searches", c.present_clicks, c.learned_clicks,
      c.clicks_difference);
}

void write_features(const TrainedRanker& trained, SearchRankerReport& reply) {
  std::array<std::size_t, kRankFeatures> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return trained.importance[a] > trained.importance[b];
  });
  for (const std::size_t f : order) {
    const double share = std::expm1(static_cast<double>(trained.importance[f]));
    auto& out = *reply.add_features();
    out.set_name(std::string(kRankFeatureInfo[f].name));
    out.set_importance(share < 1e-6 ? 0 : share);
    out.set_weight(static_cast<double>(trained.model.weights()[f]));
    std::string meaning(kRankFeatureInfo[f].meaning);
    meaning += share < 0.005 ? ": counts as before"
                             : ": moves scores by " + number(100 * share, "%.0f") + " %";
    out.set_meaning(std::move(meaning));
  }
}

}  // namespace

Status Search::ranker(const souk::v1::SearchRankerRequest&, const CallInfo&,
                      SearchRankerReport& reply) {
  const auto reading = settings();
  const RankerSettings given = ranker_settings(*reading);
  const auto view = ranker_view_.read();
  const std::uint64_t taken = examples_taken_read_.load(std::memory_order_relaxed);
  const Verdict said = verdict(given, view.get(), taken);
  reply.set_state(said.state);
  reply.set_note(said.note);
  reply.set_searches(examples_read_.load(std::memory_order_relaxed));
  reply.set_taken(taken);
  reply.set_needed(kLeastTaken);
  reply.set_seen(examples_seen_read_.load(std::memory_order_relaxed));
  reply.set_dropped(examples_dropped_read_.load(std::memory_order_relaxed));
  if (!given.enabled || !view || !view->trained) return {};
  const TrainedRanker& trained = *view->trained;
  reply.set_trained_at(time_text(trained.trained_us));
  reply.set_seconds(trained.seconds);
  reply.set_judged_from(time_text(trained.judged_us));
  reply.set_judged(trained.comparison.taken);
  reply.set_experiments(trained.bias.experiments());
  reply.set_trees(static_cast<std::uint32_t>(trained.model.trees().size()));
  for (std::uint32_t place = 1; place <= 20; ++place)
    reply.add_looks(trained.bias.at(place));
  write_figures(trained.comparison, reply);
  write_features(trained, reply);
  return {};
}

void Search::ranker_health(souk::v1::PluginHealth& health) const {
  const auto reading = settings();
  const RankerSettings given = ranker_settings(*reading);
  if (!given.enabled) return;
  const auto view = ranker_view_.read();
  const Verdict said =
      verdict(given, view.get(), examples_taken_read_.load(std::memory_order_relaxed));
  auto* note = health.add_notes();
  note->set_part("learned ranker");
  // Held back although it was asked for is worth a look; to be learning is not.
  note->set_level(said.state == "learning"                ? HealthNote::LEARNING
                  : said.state == "held_back" && given.on ? HealthNote::DEGRADED
                                                          : HealthNote::OK);
  note->set_text(said.note);
}

}  // namespace souk::search
