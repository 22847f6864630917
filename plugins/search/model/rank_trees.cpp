#include "plugins/search/model/rank_trees.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace souk::search {
namespace {

constexpr std::size_t kBins = 64;
constexpr unsigned kShift = 2;  ///< bytes to bins
constexpr double kLeastGain = 1e-9;

struct Row {
  RankBytes features{};
  double gradient = 0;
  double curvature = 0;
};

struct Sums {
  double gradient = 0;
  double curvature = 0;
  std::uint32_t rows = 0;
  void add(const Sums& other) {
    gradient += other.gradient;
    curvature += other.curvature;
    rows += other.rows;
  }
  [[nodiscard]] Sums minus(const Sums& other) const {
    return {gradient - other.gradient, curvature - other.curvature, rows - other.rows};
  }
  [[nodiscard]] double worth(double smooth) const {
    return curvature + smooth > 0 ? gradient * gradient / (curvature + smooth) : 0;
  }
};

struct Split {
  double gain = kLeastGain;
  std::uint8_t feature = RankTree::kLeaf;
  std::uint8_t threshold = 0;
};

double discount(std::size_t place) { return 1 / std::log2(1.0 + static_cast<double>(place)); }

/// The derivatives of one list; `rank` is written on.
void derive(std::span<const RankedItem> items, std::span<const float> scores, std::span<Row> rows,
            std::vector<std::size_t>& rank) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  rank.resize(items.size());
  for (std::size_t place = 0; place < order.size(); ++place)
    rank[order[place]] = place + 1;
  for (Row& row : rows)
    row.gradient = row.curvature = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!(items[i].gain > 0)) continue;
    for (std::size_t j = 0; j < items.size(); ++j) {
      const double more = static_cast<double>(items[i].gain - items[j].gain);
      if (more <= 0) continue;
      const double change = more * std::abs(discount(rank[i]) - discount(rank[j]));
      const double wrong = 1 / (1 + std::exp(static_cast<double>(scores[i] - scores[j])));
      const double weight = static_cast<double>(items[i].weight) * change;
      rows[i].gradient += weight * wrong;
      rows[j].gradient -= weight * wrong;
      rows[i].curvature += weight * wrong * (1 - wrong);
      rows[j].curvature += weight * wrong * (1 - wrong);
    }
  }
}

class Builder {
 public:
  Builder(std::span<const Row> rows, const TreeOptions& options) : rows_(rows), options_(options) {
    index_.resize(rows.size());
    std::iota(index_.begin(), index_.end(), 0U);
  }

  RankTree build() {
    grow(0, 0, index_.size());
    return tree_;
  }

 private:
  void grow(std::size_t node, std::size_t begin, std::size_t end) {
    std::array<std::array<Sums, kBins>, kRankFeatures> counts{};
    Sums all;
    for (std::size_t i = begin; i < end; ++i) {
      const Row& row = rows_[index_[i]];
      const Sums one{row.gradient, row.curvature, 1};
      all.add(one);
      for (std::size_t f = 0; f < kRankFeatures; ++f)
        counts[f][row.features[f] >> kShift].add(one);
    }
    const double below = all.curvature + options_.smooth;
    tree_.value[node] = below > 0 ? static_cast<float>(options_.rate * all.gradient / below) : 0;
    if (node >= RankTree::kInner) return;
    const Split split = best(counts, all);
    if (split.feature == RankTree::kLeaf) return;
    tree_.feature[node] = split.feature;
    tree_.threshold[node] = split.threshold;
    const auto middle = std::stable_partition(
        index_.begin() + static_cast<std::ptrdiff_t>(begin),
        index_.begin() + static_cast<std::ptrdiff_t>(end),
        [&](std::uint32_t i) { return rows_[i].features[split.feature] <= split.threshold; });
    const auto between = static_cast<std::size_t>(middle - index_.begin());
    grow(2 * node + 1, begin, between);
    grow(2 * node + 2, between, end);
  }

  [[nodiscard]] Split best(const std::array<std::array<Sums, kBins>, kRankFeatures>& counts,
                           const Sums& all) const {
    Split found;
    for (std::size_t f = 0; f < kRankFeatures; ++f) {
      Sums left;
      for (std::size_t bin = 0; bin + 1 < kBins; ++bin) {
        if (counts[f][bin].rows == 0) continue;
        left.add(counts[f][bin]);
        const Sums right = all.minus(left);
        if (left.rows < options_.least) continue;
        if (right.rows < options_.least) break;
        const double gain =
            left.worth(options_.smooth) + right.worth(options_.smooth) - all.worth(options_.smooth);
        if (gain > found.gain) {
          found = {gain, static_cast<std::uint8_t>(f),
                   static_cast<std::uint8_t>(((bin + 1) << kShift) - 1)};
        }
      }
    }
    return found;
  }

  std::span<const Row> rows_;
  const TreeOptions& options_;
  std::vector<std::uint32_t> index_;
  RankTree tree_;
};

}  // namespace

std::vector<RankTree> train_trees(const RankedLists& lists, std::size_t first, std::size_t last,
                                  std::vector<float>& scores, const TreeOptions& options,
                                  const std::function<bool(const std::vector<RankTree>&)>& enough) {
  std::vector<RankTree> trees;
  const std::size_t begin = lists.begins[first];
  std::vector<Row> rows(lists.begins[last] - begin);
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i].features = lists.items[begin + i].features;
  std::vector<std::size_t> rank;
  for (int t = 0; t < options.trees; ++t) {
    for (std::size_t l = first; l < last; ++l) {
      const std::size_t at = lists.begins[l] - begin;
      const auto items = lists.list(l);
      derive(items, std::span(scores).subspan(at, items.size()),
             std::span(rows).subspan(at, items.size()), rank);
    }
    trees.push_back(Builder(rows, options).build());
    for (std::size_t i = 0; i < rows.size(); ++i)
      scores[i] += trees.back().score(rows[i].features);
    if (enough(trees)) break;
  }
  return trees;
}

}  // namespace souk::search
