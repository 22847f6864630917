// Position bias, the linear ranker, trees and the comparison of orders, against what is known
// beforehand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "plugins/search/model/position_bias.hpp"
#include "plugins/search/model/rank_learning.hpp"

namespace souk::search {
namespace {

constexpr auto kNever = [] { return false; };

/// Uniform, the same with every compiler.
double draw(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1.0p-53; }

std::size_t index_of(RankFeature feature) { return static_cast<std::size_t>(feature); }

RankedItem item(std::uint32_t position, float gain = 0) {
  RankedItem made;
  made.position = position;
  made.gain = gain;
  made.weight = 1;
  return made;
}

TEST(PositionBias, WithoutExperimentsTheDiscountOfDcgStays) {
  PositionBiasEstimator nothing;
  const PositionBias empty = nothing.estimate();
  EXPECT_EQ(empty.experiments(), 0u);
  EXPECT_DOUBLE_EQ(empty.at(1), 1);
  EXPECT_DOUBLE_EQ(empty.at(0), 1);
  EXPECT_NEAR(empty.at(3), 0.5, 1e-12);
  EXPECT_GT(empty.at(4'000'000'000U), 0);
  // Each always at its place: who is clicked more says nothing of places.
  PositionBiasEstimator fixed;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    fixed.shown(1, 1, i % 10 == 0);
    fixed.shown(2, 2, i % 2 == 0);
  }
  const PositionBias bias = fixed.estimate();
  EXPECT_EQ(bias.experiments(), 0u);
  EXPECT_NEAR(bias.at(2), 1 / std::log2(3.0), 1e-12);
}

TEST(PositionBias, IsFoundAgainWithinTolerance) {
  // Looks fall by 1 / place, far from the prior. Products differ in appeal, and good ones stand
  // further up more often, as a ranking would have it.
  std::mt19937_64 random(7);
  PositionBiasEstimator estimator;
  for (std::uint64_t list = 0; list < 20'000; ++list) {
    const std::uint64_t query = list % 400;
    std::vector<std::pair<double, std::uint64_t>> order;
    for (std::uint64_t product = 0; product < 10; ++product) {
      const double appeal = 0.1 + 0.06 * static_cast<double>(product);
      order.emplace_back(appeal + 0.35 * draw(random), product);
    }
    std::sort(order.rbegin(), order.rend());
    for (std::uint32_t place = 1; place <= 10; ++place) {
      const std::uint64_t product = order[place - 1].second;
      const double appeal = 0.1 + 0.06 * static_cast<double>(product);
      estimator.shown(query * 10 + product, place, draw(random) < appeal / place);
    }
  }
  const PositionBias bias = estimator.estimate();
  EXPECT_GT(bias.experiments(), 3000u);
  for (std::uint32_t place = 2; place <= 10; ++place)
    EXPECT_NEAR(bias.at(place) * place, 1, 0.15) << place;
}

TEST(RankFeatures, BytesKeepNumbersAndTakeAnything) {
  const RankFeatureInfo& price = kRankFeatureInfo[index_of(RankFeature::kPrice)];
  EXPECT_NEAR(from_byte(to_byte(1.2F, price), price), 1.2F, 0.02F);
  EXPECT_EQ(to_byte(-100, price), 0);
  EXPECT_EQ(to_byte(100, price), 255);
  EXPECT_NEAR(from_byte(to_byte(std::nanf(""), price), price), 0, 0.02F);
}

TEST(LinearRanker, WithoutAnythingTakenTheOrderStays) {
  RankedLists lists;
  EXPECT_EQ(train_linear(lists, 0, 0, {}, kNever), RankWeights{});
  lists.items = {item(1), item(2)};
  lists.close();
  EXPECT_EQ(train_linear(lists, 0, 1, {}, kNever), RankWeights{});
}

TEST(LinearRanker, IsTheRootOfAnEquationThatCanBeSolvedByHand) {
  // Two products, one with the feature at 1 and always taken, one at 0. The derivative of
  //   n ln σ(w) - prior spread² w² / 2,  spread = 1 / 4,  is  n σ(-w) - prior w / 16.
  RankedLists lists;
  constexpr int kTimes = 100;
  for (int i = 0; i < kTimes; ++i) {
    lists.items.push_back(item(1, 1));
    lists.items.back().features[index_of(RankFeature::kRating)] = 255;
    lists.items.push_back(item(2));
    lists.close();
  }
  LinearOptions options;
  options.prior = 32;
  const double w = static_cast<double>(
      train_linear(lists, 0, lists.size(), options, kNever)[index_of(RankFeature::kRating)]);
  EXPECT_NEAR(kTimes / (1 + std::exp(w)), 2 * w, 1e-3);
  EXPECT_GT(w, 2);
}

TEST(Trees, OneTreeOfTwoProductsIsKnownByHand) {
  // Both score 0. The one that was taken stands second: exchanging them changes DCG by
  // d = 1 - 1 / log2(3); the pair is wrong with ½. Its derivatives are d / 2 and d / 4, so a leaf
  // of one product holds ± (d / 2) / (d / 4) = ± 2.
  RankedLists lists;
  lists.items = {item(1), item(2, 1)};
  lists.items[1].features[index_of(RankFeature::kPrice)] = 200;
  lists.items[0].features[index_of(RankFeature::kPrice)] = 40;
  lists.close();
  TreeOptions options;
  options.trees = 1;
  options.rate = 1;
  options.smooth = 0;
  options.least = 1;
  std::vector<float> scores(2, 0);
  const auto trees = train_trees(lists, 0, 1, scores, options, [](const auto&) { return false; });
  ASSERT_EQ(trees.size(), 1u);
  EXPECT_EQ(trees[0].feature[0], index_of(RankFeature::kPrice));
  EXPECT_GE(trees[0].threshold[0], 40);
  EXPECT_LT(trees[0].threshold[0], 200);
  EXPECT_NEAR(trees[0].value[0], 0, 1e-6);
  EXPECT_NEAR(scores[0], -2, 1e-5);
  EXPECT_NEAR(scores[1], 2, 1e-5);
  // And with d / 4 added to the second derivatives half of it.
  const double d = 1 - 1 / std::log2(3.0);
  options.smooth = d / 4;
  scores.assign(2, 0);
  static_cast<void>(train_trees(lists, 0, 1, scores, options, [](const auto&) { return false; }));
  EXPECT_NEAR(scores[1], 1, 1e-5);
}

TEST(Trees, LeavesAreNotSmallerThanAllowed) {
  RankedLists lists;
  lists.items = {item(1), item(2, 1)};
  lists.items[1].features[0] = 200;
  lists.close();
  std::vector<float> scores(2, 0);
  const auto trees = train_trees(lists, 0, 1, scores, {}, [](const auto&) { return false; });
  EXPECT_EQ(trees.front().feature[0], RankTree::kLeaf);
  EXPECT_FLOAT_EQ(scores[0], scores[1]);
}

TEST(RankModel, ContributionsAddUpToTheScore) {
  RankWeights weights{};
  weights[2] = 0.7F;
  RankTree tree;
  tree.feature[0] = 3;
  tree.threshold[0] = 100;
  tree.value[1] = -0.25F;
  tree.value[2] = 0.5F;
  tree.feature[2] = 5;
  tree.threshold[2] = 10;
  tree.value[5] = 0.25F;
  tree.value[6] = 0.75F;
  const RankModel model(weights, {tree});
  RankBytes row{};
  row[2] = 255;
  row[3] = 101;
  row[5] = 11;
  const RankRow parts = model.contributions(row);
  EXPECT_FLOAT_EQ(parts[3], 0.5F);
  EXPECT_FLOAT_EQ(parts[5], 0.25F);
  float sum = 0;
  for (const float part : parts)
    sum += part;
  EXPECT_NEAR(sum, model.score(row), 1e-6F);
}

TEST(Comparison, TwoListsByHand) {
  // The learned order exchanges two products; what was taken moves from the second place to the
  // first in one list, the other way round in a second that counts half as much.
  RankedLists lists;
  for (const bool up : {true, false}) {
    RankedItem first = item(1, up ? 0 : 1);
    RankedItem second = item(2, up ? 1 : 0);
    first.present = 1;
    second.features[0] = 255;
    (up ? second : first).weight = up ? 2 : 1;
    lists.items.push_back(first);
    lists.items.push_back(second);
    lists.close();
  }
  RankWeights weights{};
  weights[0] = 2;
  const RankComparison c = compare(lists, 0, 2, RankModel(weights, {}), PositionBias());
  const double second = 1 / std::log2(3.0);
  EXPECT_NEAR(c.present_gain.value, (2 * second + 1) / 3, 1e-9);
  EXPECT_NEAR(c.learned_gain.value, (2 + second) / 3, 1e-9);
  EXPECT_NEAR(c.clicks_difference.value, 50 * (1 - second), 1e-9);
  EXPECT_LE(c.gain_difference.low, c.gain_difference.value);
  EXPECT_GE(c.gain_difference.high, c.gain_difference.value);
  EXPECT_EQ(compare(lists, 0, 0, RankModel(), PositionBias()).taken, 0u);
}

/// A shop whose truth is known: appeal is a function of the features that the present order does
/// not know; clicks come by appeal and by place.
struct Truth {
  bool bent = false;   ///< cheap and dear ones are wanted, the middle is not
  bool known = false;  ///< the present order is that of the appeal
  double look = 1;     ///< looks fall by place to this power; 0: by the discount of DCG
  [[nodiscard]] double appeal(const RankRow& row) const {
    const double price = static_cast<double>(row[index_of(RankFeature::kPrice)]);
    const double x = 1.2 * static_cast<double>(row[index_of(RankFeature::kText)]) +
                     1.5 * static_cast<double>(row[index_of(RankFeature::kRating)]) +
                     (bent ? 1.5 * std::abs(price) - 1.5 : -0.8 * price);
    return 1 / (1 + std::exp(1 - x));
  }
};

RankedLists shown(const Truth& truth, std::mt19937_64& random, int count, bool by_truth) {
  RankedLists lists;
  const PositionBias looks;
  for (int l = 0; l < count; ++l) {
    std::vector<RankedItem> items;
    for (int i = 0; i < 12; ++i) {
      RankRow row{};
      row[index_of(RankFeature::kText)] = static_cast<float>(-2 * draw(random));
      row[index_of(RankFeature::kRating)] = static_cast<float>(draw(random));
      row[index_of(RankFeature::kPrice)] = static_cast<float>(4 * draw(random) - 2);
      RankedItem& made = items.emplace_back(item(1));
      made.features = to_bytes(row);
      made.present = row[index_of(RankFeature::kText)];
      // As the present order would know it: from bytes.
      if (truth.known) {
        made.present = static_cast<float>(std::log(truth.appeal(to_row(made.features))));
      }
    }
    std::stable_sort(items.begin(), items.end(),
                     [](const auto& a, const auto& b) { return a.present > b.present; });
    for (std::size_t i = 0; i < items.size(); ++i) {
      RankedItem& each = items[i];
      each.position = static_cast<std::uint32_t>(i) + 1;
      const double look = truth.look > 0 ? std::pow(static_cast<double>(i) + 1, -truth.look)
                                         : looks.at(each.position);
      const double appeal = truth.appeal(to_row(each.features));
      if (by_truth) {
        each.gain = static_cast<float>(appeal);
      } else if (draw(random) < appeal * look) {
        each.gain = 1;
        each.weight = static_cast<float>(std::min(10.0, 1 / look));
      }
    }
    lists.items.insert(lists.items.end(), items.begin(), items.end());
    lists.close();
  }
  return lists;
}

/// By the truth: what share of the best possible gain the order has.
double true_gain(const RankedLists& lists, const RankModel& model) {
  return compare(lists, 0, lists.size(), model, PositionBias(), 0).learned_gain.value;
}

TEST(Learning, BeatsTheOrderItLearnedFromAndKnowsIt) {
  for (const bool bent : {false, true}) {
    std::mt19937_64 random(bent ? 902 : 901);
    const Truth truth{.bent = bent};
    const RankedLists lists = shown(truth, random, 3000, false);
    const RankedLists fresh = shown(truth, random, 800, true);
    RankLearningOptions linear;
    linear.with_trees = false;
    const auto none = [](double) {};
    const LearnedRanking plain = learn_ranking(lists, PositionBias(), linear, kNever, none);
    const LearnedRanking full = learn_ranking(lists, PositionBias(), {}, kNever, none);
    const double before = true_gain(fresh, RankModel());
    std::printf(
        "%s truth: present %.4f, linear %.4f, with %zu trees %.4f; said %+.4f (%+.4f … %+.4f)\n",
        bent ? "bent" : "straight", before, true_gain(fresh, plain.model),
        full.model.trees().size(), true_gain(fresh, full.model),
        full.comparison.gain_difference.value, full.comparison.gain_difference.low,
        full.comparison.gain_difference.high);
    EXPECT_GT(true_gain(fresh, plain.model), before + 0.01);
    EXPECT_GT(true_gain(fresh, full.model), true_gain(fresh, plain.model) - 0.003);
    EXPECT_GT(full.comparison.gain_difference.low, 0);
    if (bent) {
      EXPECT_GT(true_gain(fresh, full.model), true_gain(fresh, plain.model) + 0.005);
    }
  }
}

/// Clicks a hundred searches by the truth: a click for each share of appeal that is looked at.
double true_clicks(const RankedLists& by_truth, const RankModel& model) {
  RankedLists lists = by_truth;
  for (RankedItem& each : lists.items) {
    each.weight = each.gain;
    each.gain = 1;
  }
  return compare(lists, 0, lists.size(), model, PositionBias(), 0).learned_clicks.value;
}

struct Shops {
  int live = 0;      ///< its gate lets the ranker live
  int within = 0;    ///< the true change of clicks lies in the interval that was said
  double said = 0;   ///< clicks a hundred searches, by inverse propensities
  double truly = 0;  ///< the same by the truth, on lists that nobody saw
  double before = 0;
};

/// Learned in `count` shops from clicks that fall by the discount of DCG.
Shops learned_in(const Truth& truth, int count) {
  Shops shops;
  RankLearningOptions linear;
  linear.with_trees = false;
  for (int seed = 0; seed < count; ++seed) {
    std::mt19937_64 random(7000 + static_cast<unsigned>(seed));
    const RankedLists log = shown(truth, random, 2000, false);
    const RankedLists fresh = shown(truth, random, 500, true);
    const LearnedRanking made = learn_ranking(log, PositionBias(), linear, kNever, [](double) {});
    const RankComparison& said = made.comparison;
    const double before = true_clicks(fresh, RankModel());
    const double change = true_clicks(fresh, made.model) - before;
    shops.live += said.gain_difference.low >= 0 ? 1 : 0;
    shops.within +=
        change >= said.clicks_difference.low && change <= said.clicks_difference.high ? 1 : 0;
    shops.said += said.clicks_difference.value / count;
    shops.truly += change / count;
    shops.before += before / count;
  }
  return shops;
}

TEST(Learning, WhatTheLogSaysOfANewOrderIsWhatItBrings) {
  // Shoppers want what is cheap, which the present order does not know; they look at places by the
  // discount of DCG. What is said before anybody saw the new order must come true.
  const Shops cheap = learned_in({.look = 0}, 20);
  std::printf(
      "cheap is wanted: %.1f clicks a hundred searches, said %+.1f, truly %+.1f; "
      "%d of 20 within the interval, %d live\n",
      cheap.before, cheap.said, cheap.truly, cheap.within, cheap.live);
  EXPECT_GT(cheap.truly, 0.05 * cheap.before);
  EXPECT_NEAR(cheap.said / cheap.truly, 1, 0.15);
  EXPECT_GE(cheap.within, 17);
  EXPECT_EQ(cheap.live, 20);
  // Where the present order is right already there is nothing to gain, and nothing is claimed.
  const Shops right = learned_in({.known = true, .look = 0}, 20);
  std::printf(
      "already right:   %.1f clicks a hundred searches, said %+.1f, truly %+.1f; "
      "%d of 20 within the interval, %d live\n",
      right.before, right.said, right.truly, right.within, right.live);
  EXPECT_LT(std::abs(right.truly), 0.01 * right.before);
  EXPECT_GE(right.within, 17);
  EXPECT_LE(right.live, 4);
}

TEST(Learning, WhatIsMereChanceIsNotTakenForBetter) {
  // Clicks have nothing to do with features.
  std::mt19937_64 random(903);
  RankedLists lists = shown({}, random, 1500, false);
  for (RankedItem& each : lists.items) {
    each.gain = draw(random) < 0.1 / each.position ? 1.0F : 0.0F;
    each.weight = static_cast<float>(std::min<std::uint32_t>(10, each.position));
    each.present = 0;
  }
  const auto learned = learn_ranking(lists, PositionBias(), {}, kNever, [](double) {});
  EXPECT_LT(learned.comparison.gain_difference.low, 0);
}

}  // namespace
}  // namespace souk::search
