#include "plugins/search/model/rank_learning.hpp"

#include <utility>
#include <vector>

namespace souk::search {
namespace {

/// Scores before any tree, a row each.
std::vector<float> scores_of(const RankedLists& lists, std::size_t first, std::size_t last,
                             const RankModel& model) {
  std::vector<float> scores;
  for (std::size_t i = lists.begins[first]; i < lists.begins[last]; ++i)
    scores.push_back(lists.items[i].present + model.score(lists.items[i].features));
  return scores;
}

/// How many trees are best on lists that they were not made from; 0: they do not help.
int choose_trees(const RankedLists& lists, std::size_t train, std::size_t end,
                 const RankLearningOptions& options, const std::function<bool()>& cancelled) {
  constexpr int kEach = 10;
  const RankWeights weights = train_linear(lists, 0, train, options.linear, cancelled);
  const RankModel linear(weights, {});
  std::vector<float> scores = scores_of(lists, 0, train, linear);
  double best = learned_gain(lists, train, end, linear) + options.least_tree_gain;
  int chosen = 0;
  int waited = 0;
  static_cast<void>(
      train_trees(lists, 0, train, scores, options.trees, [&](const std::vector<RankTree>& trees) {
        if (cancelled()) return true;
        if (trees.size() % kEach != 0) return false;
        const double gain = learned_gain(lists, train, end, RankModel(weights, trees));
        if (gain > best) {
          best = gain;
          chosen = static_cast<int>(trees.size());
          waited = 0;
        } else {
          ++waited;
        }
        return waited >= 2;
      }));
  return chosen;
}

}  // namespace

std::size_t first_judged(std::size_t lists) { return lists - lists / 4; }

LearnedRanking learn_ranking(const RankedLists& lists, const PositionBias& bias,
                             const RankLearningOptions& options,
                             const std::function<bool()>& cancelled,
                             const std::function<void(double)>& progress) {
  LearnedRanking made;
  const std::size_t judged = first_judged(lists.size());
  const std::size_t train = judged - judged / 5;
  const int trees = options.with_trees ? choose_trees(lists, train, judged, options, cancelled) : 0;
  progress(0.5);
  const RankWeights weights = train_linear(lists, 0, judged, options.linear, cancelled);
  made.model = RankModel(weights, {});
  if (trees > 0 && !cancelled()) {
    std::vector<float> scores = scores_of(lists, 0, judged, made.model);
    TreeOptions wanted = options.trees;
    wanted.trees = trees;
    made.model = RankModel(weights, train_trees(lists, 0, judged, scores, wanted,
                                                [&](const auto&) { return cancelled(); }));
  }
  progress(0.9);
  made.comparison = compare(lists, judged, lists.size(), made.model, bias);
  made.importance = importance(lists, judged, lists.size(), made.model);
  return made;
}

}  // namespace souk::search
