#include "plugins/search/model/rank_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace souk::search {
namespace {

/// What one list says of both orders.
struct ListSums {
  double weight = 0;
  double present_gain = 0;
  double learned_gain = 0;
  double present_clicks = 0;
  double learned_clicks = 0;
  void add(const ListSums& other, double times) {
    weight += times * other.weight;
    present_gain += times * other.present_gain;
    learned_gain += times * other.learned_gain;
    present_clicks += times * other.present_clicks;
    learned_clicks += times * other.learned_clicks;
  }
};

/// The place that each item has when those of the list are put into the order of `scores`.
void places(std::span<const RankedItem> items, const std::vector<double>& scores,
            std::vector<std::uint32_t>& made) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<std::uint32_t> free;
  for (const RankedItem& item : items)
    free.push_back(item.position);
  std::sort(free.begin(), free.end());
  made.resize(items.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    made[order[i]] = free[i];
}

double discount(std::uint32_t place) { return 1 / std::log2(1.0 + static_cast<double>(place)); }

bool has_taken(std::span<const RankedItem> items) {
  return std::any_of(items.begin(), items.end(), [](const auto& item) { return item.gain > 0; });
}

ListSums sums_of(std::span<const RankedItem> items, const RankModel& model,
                 const PositionBias& bias) {
  ListSums sums;
  std::vector<double> present;
  std::vector<double> learned;
  for (const RankedItem& item : items) {
    present.push_back(static_cast<double>(item.present));
    learned.push_back(present.back() + static_cast<double>(model.score(item.features)));
  }
  std::vector<std::uint32_t> now;
  std::vector<std::uint32_t> then;
  places(items, present, now);
  places(items, learned, then);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!(items[i].gain > 0)) continue;
    const double weight = static_cast<double>(items[i].weight);
    const double worth = weight * static_cast<double>(items[i].gain);
    sums.weight += worth;
    sums.present_gain += worth * discount(now[i]);
    sums.learned_gain += worth * discount(then[i]);
    sums.present_clicks += weight * bias.at(now[i]);
    sums.learned_clicks += weight * bias.at(then[i]);
  }
  return sums;
}

/// Deterministic, so that a report can be made twice (splitmix64, Steele et al. 2014).
class Draws {
 public:
  double next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
  }
  /// Of a Poisson distribution of mean 1: how often a list is in a resample.
  double times() {
    double chance = next();
    double term = std::exp(-1.0);
    for (int k = 0; k < 8; ++k) {
      if (chance < term) return k;
      chance -= term;
      term /= k + 1;
    }
    return 8;
  }

 private:
  std::uint64_t state_ = 20'260'101;
};

struct Figures {
  double present_gain = 0, learned_gain = 0, present_clicks = 0, learned_clicks = 0;
};

Figures figures_of(const ListSums& sums, double lists) {
  Figures made;
  if (sums.weight > 0) {
    made.present_gain = sums.present_gain / sums.weight;
    made.learned_gain = sums.learned_gain / sums.weight;
  }
  if (lists > 0) {
    made.present_clicks = 100 * sums.present_clicks / lists;
    made.learned_clicks = 100 * sums.learned_clicks / lists;
  }
  return made;
}

template <class Value>
Estimate estimate(const Figures& all, const std::vector<Figures>& resamples, Value&& value) {
  std::vector<double> drawn;
  for (const Figures& each : resamples)
    drawn.push_back(value(each));
  std::sort(drawn.begin(), drawn.end());
  Estimate made;
  made.value = made.low = made.high = value(all);
  if (!drawn.empty()) {
    made.low = drawn[drawn.size() / 40];
    made.high = drawn[drawn.size() - 1 - drawn.size() / 40];
  }
  return made;
}

}  // namespace

RankComparison compare(const RankedLists& lists, std::size_t first, std::size_t last,
                       const RankModel& model, const PositionBias& bias, int resamples) {
  RankComparison made;
  made.lists = last - first;
  std::vector<ListSums> taken;
  ListSums all;
  for (std::size_t l = first; l < last; ++l) {
    if (!has_taken(lists.list(l))) continue;
    taken.push_back(sums_of(lists.list(l), model, bias));
    all.add(taken.back(), 1);
  }
  made.taken = taken.size();
  // How many lists nothing was taken of is drawn too, by its standard deviation.
  const double idle = static_cast<double>(made.lists - made.taken);
  Draws draws;
  std::vector<Figures> drawn;
  for (int r = 0; r < resamples; ++r) {
    ListSums sums;
    double count = 0;
    for (const ListSums& each : taken) {
      const double times = draws.times();
      count += times;
      if (times > 0) sums.add(each, times);
    }
    const double noise = draws.next() + draws.next() + draws.next() + draws.next() - 2;
    drawn.push_back(figures_of(sums, count + std::max(0.0, idle + std::sqrt(3 * idle) * noise)));
  }
  const Figures figures = figures_of(all, static_cast<double>(made.lists));
  const auto of = [&](auto&& value) { return estimate(figures, drawn, value); };
  made.present_gain = of([](const Figures& f) { return f.present_gain; });
  made.learned_gain = of([](const Figures& f) { return f.learned_gain; });
  made.gain_difference = of([](const Figures& f) { return f.learned_gain - f.present_gain; });
  made.present_clicks = of([](const Figures& f) { return f.present_clicks; });
  made.learned_clicks = of([](const Figures& f) { return f.learned_clicks; });
  made.clicks_difference = of([](const Figures& f) { return f.learned_clicks - f.present_clicks; });
  return made;
}

double learned_gain(const RankedLists& lists, std::size_t first, std::size_t last,
                    const RankModel& model) {
  ListSums all;
  const PositionBias bias;
  for (std::size_t l = first; l < last; ++l) {
    if (has_taken(lists.list(l))) all.add(sums_of(lists.list(l), model, bias), 1);
  }
  return all.weight > 0 ? all.learned_gain / all.weight : 0;
}

RankRow importance(const RankedLists& lists, std::size_t first, std::size_t last,
                   const RankModel& model) {
  std::array<double, kRankFeatures> sums{};
  std::uint64_t rows = 0;
  std::vector<RankRow> all;
  for (std::size_t l = first; l < last; ++l) {
    all.clear();
    RankRow mean{};
    for (const RankedItem& item : lists.list(l)) {
      all.push_back(model.contributions(item.features));
      for (std::size_t f = 0; f < kRankFeatures; ++f)
        mean[f] += all.back()[f];
    }
    rows += all.size();
    for (const RankRow& row : all) {
      for (std::size_t f = 0; f < kRankFeatures; ++f)
        sums[f] += std::abs(static_cast<double>(row[f] - mean[f] / static_cast<float>(all.size())));
    }
  }
  RankRow made{};
  for (std::size_t f = 0; f < kRankFeatures && rows > 0; ++f)
    made[f] = static_cast<float>(sums[f] / static_cast<double>(rows));
  return made;
}

}  // namespace souk::search
