#include "plugins/recommendations/tests/model_fixtures.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace souk::recommendations::testing {

void NaiveSessionNeighbours::observe(const std::string& session, ItemId item) {
  items_ = std::max(items_, item + 1);
  const auto at = std::find(keys_.begin(), keys_.end(), session);
  if (at == keys_.end()) {
    keys_.push_back(session);
    sessions_.push_back({item});
  } else {
    sessions_[static_cast<std::size_t>(at - keys_.begin())].push_back(item);
  }
}

std::vector<ItemId> NaiveSessionNeighbours::distinct(std::span<const ItemId> session) const {
  std::vector<ItemId> out;
  for (std::size_t i = session.size(); i-- > 0;) {
    if (std::find(out.begin(), out.end(), session[i]) == out.end()) out.push_back(session[i]);
  }
  return out;
}

double NaiveSessionNeighbours::sessions_with(ItemId item) const {
  return static_cast<double>(std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& s) {
    return std::find(s.begin(), s.end(), item) != s.end();
  }));
}

NaiveSessionNeighbours::Scores NaiveSessionNeighbours::vote(const std::vector<Weighted>& query,
                                                            double ahead, double behind,
                                                            double behind_weight) const {
  Scores scores(items_, 0.0);
  const auto all = static_cast<double>(sessions_.size());
  for (std::size_t n = 0; n < sessions_.size(); ++n) {
    const auto& clicks = sessions_[n];
    double shared = 0;
    double newest = 0;
    for (const Weighted& q : query) {
      if (std::find(clicks.begin(), clicks.end(), q.item) == clicks.end()) continue;
      shared += q.weight;
      if (newest == 0) newest = q.weight;
    }
    if (shared == 0) continue;
    const double age = all - 1 - static_cast<double>(n);
    const double similarity = shared * std::exp(-s_.recency * age / all) *
                              std::pow(static_cast<double>(clicks.size()), -s_.length_power);
    for (std::size_t x = 0; x < clicks.size(); ++x) {
      double best = 0;
      for (std::size_t m = 0; m < clicks.size(); ++m) {
        const auto q = std::find_if(query.begin(), query.end(),
                                    [&](const Weighted& w) { return w.item == clicks[m]; });
        if (q == query.end() || m == x) continue;
        const double far = std::abs(static_cast<double>(x) - static_cast<double>(m)) - 1;
        best = std::max(best, x > m ? q->weight * std::exp(-far / ahead)
                                    : q->weight * behind_weight * std::exp(-far / behind));
      }
      scores[clicks[x]] += similarity / newest * best;
    }
  }
  return scores;
}

double NaiveSessionNeighbours::repeat_chance(std::size_t distinct_items, std::size_t gap) const {
  double seen = 100;
  double hits = 1;
  for (const auto& clicks : sessions_) {
    for (std::size_t i = 1; i < clicks.size(); ++i) {
      const auto before = distinct(std::span(clicks).first(i));
      if (before.size() != distinct_items) continue;
      seen += 1;
      if (before[gap] == clicks[i]) hits += 1;
    }
  }
  return hits / seen;
}

std::vector<Candidate> NaiveSessionNeighbours::predict(std::span<const ItemId> session) const {
  const std::vector<ItemId> newest = distinct(session);
  std::vector<Weighted> query;
  const auto all = static_cast<double>(sessions_.size());
  for (std::size_t i = 0; i < newest.size(); ++i) {
    const double held = sessions_with(newest[i]);
    const double idf = std::log(1 + (all - held + 0.5) / (held + 0.5));
    query.push_back({newest[i], std::exp(-static_cast<double>(i) / s_.position_decay) *
                                    std::pow(idf, s_.idf_power)});
  }
  const auto in_session = [&](ItemId x) {
    return std::find(newest.begin(), newest.end(), x) != newest.end();
  };
  const auto damped = [&](double score, ItemId x) {
    return score * std::pow(sessions_with(x) + 1, -s_.popularity_power);
  };
  Scores scores = vote(query, s_.ahead_decay, s_.behind_decay, s_.behind_weight);
  double mass = 0;
  std::vector<Weighted> hop;
  for (ItemId x = 0; x < items_; ++x) {
    mass += scores[x];
    if (!in_session(x) && scores[x] > 0) hop.push_back({x, damped(scores[x], x)});
  }
  std::stable_sort(hop.begin(), hop.end(),
                   [](const auto& a, const auto& b) { return a.weight > b.weight; });
  if (hop.size() > s_.hop_items) hop.resize(s_.hop_items);
  if (!hop.empty() && s_.hop_weight > 0) {
    const Scores second = vote(hop, 3, 3, 1);
    double second_mass = 0;
    for (const double score : second)
      second_mass += score;
    for (ItemId x = 0; x < items_; ++x)
      scores[x] += second[x] * s_.hop_weight * mass / second_mass;
  }
  double outside = 0;
  double total = 0;
  double repeats = 0;
  for (ItemId x = 0; x < items_; ++x) {
    total += damped(scores[x], x);
    if (!in_session(x)) outside += damped(scores[x], x);
  }
  std::vector<Candidate> out;
  for (std::size_t i = 0; i < newest.size(); ++i) {
    const double chance = repeat_chance(newest.size(), i);
    repeats += chance;
    const double share = total > 0 ? damped(scores[newest[i]], newest[i]) / total : 0;
    out.push_back({newest[i], chance + s_.repeat_evidence * share, 0, kNoItem, true});
  }
  for (ItemId x = 0; x < items_; ++x) {
    if (in_session(x) || !(scores[x] > 0)) continue;
    out.push_back(
        {x, std::max(0.0, 1 - repeats) * damped(scores[x], x) / outside, 0, kNoItem, false});
  }
  std::stable_sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  return out;
}

}  // namespace souk::recommendations::testing
