// What is learned of experiments whose truth is made up: whom it changes, how sure it is of it, and
// what of a person may be known before.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "plugins/segmentation/model/experiment.hpp"
#include "plugins/segmentation/model/logistic.hpp"

namespace souk::segmentation {
namespace {

using MadeUp = std::mt19937_64;

double normal_of(MadeUp& random) { return std::normal_distribution<double>()(random); }
double even_of(MadeUp& random) { return std::uniform_real_distribution<double>()(random); }

/// Of fifteen things known of people one decides who gains, one who loses, and two who orders
/// anyway.
struct MadeUpExperiment {
  std::vector<Experiment::Row> rows;
  std::vector<UpliftValues> values;
  std::vector<double> truth;
  double effect = 0;  ///< on everybody, on average

  MadeUpExperiment(std::size_t people, MadeUp& random, double gain = 0.6, double holdout = 0.5) {
    for (std::size_t i = 0; i < people; ++i) {
      UpliftValues of;
      for (std::size_t column = 0; column < kUpliftColumns; ++column)
        of[column] = normal_of(random);
      of[4] = Predictions::kNone;  // as of everybody with one order
      const double base = -1.6 + 0.6 * of[0] + 0.3 * of[14];
      const double more = 0.25 + gain * of[5] - 0.5 * gain * of[13];
      truth.push_back(probability_of(base + more) - probability_of(base));
      effect += truth.back() / static_cast<double>(people);
      Experiment::Row row;
      row.arm = even_of(random) < holdout ? 0 : 1;
      row.ordered = even_of(random) < probability_of(base + (row.arm == 1 ? more : 0));
      row.revenue = row.ordered ? 40.0F : 0.0F;
      Exposure kept;
      kept.keep(of);
      row.before = kept.before;
      rows.push_back(row);
      values.push_back(kept.values());
    }
  }
  [[nodiscard]] std::optional<Experiment> learned(std::uint64_t fewest = 200) const {
    return Experiment::learn("mail", {"holdout", "treated"}, rows, 14 * 86'400, fewest);
  }
};

TEST(Exposures, KeepWhatIsKnownWellEnough) {
  UpliftValues values;
  values.fill(std::numeric_limits<double>::quiet_NaN());
  values[0] = 3.14159;
  values[1] = -1e-3;
  values[2] = 0;
  values[3] = 12'345;
  Exposure exposure;
  exposure.keep(values);
  const UpliftValues read = exposure.values();
  EXPECT_NEAR(read[0], values[0], values[0] / 250);
  EXPECT_NEAR(read[1], values[1], 1e-5);
  EXPECT_EQ(read[2], 0);
  EXPECT_NEAR(read[3], values[3], values[3] / 250);
  EXPECT_TRUE(std::isnan(read[4]));
}

TEST(Exposures, KnowNothingOfWhatCameAfter) {
  constexpr std::uint32_t kDayS = 86'400;
  DeedRecord order;
  order.deed = Deed::order_completed;
  order.at_s = 110 * kDayS;
  Facts facts;
  facts.first_seen_s = 90 * kDayS;
  facts.last_seen_s = facts.first_order_s = facts.last_order_s = order.at_s;
  facts.order_days = 1;
  facts.visits = 7;
  facts.deeds[static_cast<std::size_t>(Deed::order_completed)] = 1;
  const std::vector<DeedRecord> deeds{order};
  Subject subject;
  subject.facts = &facts;
  subject.deeds = deeds;
  const auto before = uplift_values(subject, 100 * kDayS);
  ASSERT_TRUE(before.has_value());
  EXPECT_EQ((*before)[0], 0) << "no order yet";
  EXPECT_TRUE(std::isnan((*before)[13])) << "visits of then are not known";
  EXPECT_EQ((*uplift_values(subject, 120 * kDayS))[13], std::log1p(7));
  subject.forgotten_until_s = 105 * kDayS;
  EXPECT_FALSE(uplift_values(subject, 100 * kDayS).has_value());
}

TEST(Experiments, LittleDataAndOneArmAreNotLearnedFrom) {
  MadeUp random(1);
  const MadeUpExperiment few(300, random);
  EXPECT_FALSE(few.learned().has_value()) << "150 of each arm are too few";
  MadeUpExperiment quiet(1'000, random);
  for (Experiment::Row& row : quiet.rows)
    row.ordered = false;
  EXPECT_FALSE(quiet.learned().has_value()) << "nobody ordered";
  MadeUpExperiment one(1'000, random);
  for (Experiment::Row& row : one.rows)
    row.arm = 1;
  EXPECT_FALSE(one.learned().has_value()) << "without anybody to compare with";
  EXPECT_FALSE(Experiment::learn("none", {}, {}, 1, 50).has_value());
  Experiment read;
  EXPECT_FALSE(read.read("nonsense"));
}

TEST(Experiments, WhatIsReadIsWhatWasLearned) {
  MadeUp random(2);
  const MadeUpExperiment made(2'000, random);
  const auto learned = made.learned();
  ASSERT_TRUE(learned.has_value());
  Experiment read;
  ASSERT_TRUE(read.read(learned->bytes()));
  EXPECT_EQ(read.bytes(), learned->bytes());
  const Experiment::Arm* arm = read.arm("");
  ASSERT_NE(arm, nullptr);
  EXPECT_EQ(arm->variant, "treated");
  EXPECT_EQ(read.arm("holdout"), nullptr) << "the control has no effect of its own";
  EXPECT_EQ(read.value(*arm, made.values[3]),
            learned->value(*learned->arm("treated"), made.values[3]));
  const std::string bytes = learned->bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    ASSERT_FALSE(read.read(bytes.substr(0, size)));
}

TEST(Experiments, SayWhoGainsAndThatItIsWorthKnowing) {
  MadeUp random(3);
  const MadeUpExperiment made(6'000, random);
  const auto learned = made.learned();
  ASSERT_TRUE(learned.has_value());
  const Experiment::Arm& arm = *learned->arm("treated");
  EXPECT_GT(arm.qini.low, 0);
  EXPECT_GT(arm.gainers.ordered.value, arm.everybody.ordered.value);
  EXPECT_GT(arm.everybody.ordered.value, arm.nobody.ordered.value);
  EXPECT_EQ(learned->note(), "");
  ASSERT_FALSE(Experiment::reasons(arm, 1).empty());
  EXPECT_EQ(Experiment::reasons(arm, 1).front(), "gains more: who buys with discounts");
  EXPECT_LT(Experiment::percentile(arm, -1), 1);
  EXPECT_EQ(Experiment::percentile(arm, 1), 100);
}

/// Mean over people of how far above chance the truth lies among the best half.
double lift_of(const std::vector<double>& said, const std::vector<double>& truth) {
  std::vector<std::size_t> order(said.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return said[a] > said[b]; });
  double best = 0;
  double all = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    all += truth[i];
    if (i < order.size() / 2) best += truth[order[i]];
  }
  return 2 * best / static_cast<double>(order.size()) - all / static_cast<double>(order.size());
}

TEST(Experiments, RankPeopleBetterThanChanceAndThanTwoModels) {
  double ours = 0;
  double two = 0;
  constexpr int kDraws = 8;
  constexpr int kN = 700;
  for (int draw = 0; draw < kDraws; ++draw) {
    MadeUp random(100U + static_cast<unsigned>(draw));
    const MadeUpExperiment made(kN, random, 0.4);
    const auto learned = made.learned();
    ASSERT_TRUE(learned.has_value());
    const MadeUpExperiment asked(1'500, random, 0.4);
    const auto matrix = [](const MadeUpExperiment& of) {
      Eigen::MatrixXd out = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(of.values.size()),
                                                  static_cast<Eigen::Index>(kUpliftColumns) + 1);
      for (Eigen::Index i = 0; i < out.rows(); ++i) {
        out(i, 0) = 1;
        for (Eigen::Index j = 1; j < out.cols(); ++j) {
          const double value =
              of.values[static_cast<std::size_t>(i)][static_cast<std::size_t>(j) - 1];
          if (std::isfinite(value)) out(i, j) = value;
        }
      }
      return out;
    };
    Eigen::VectorXd outcome(kN);
    Eigen::VectorXd treated(kN);
    for (Eigen::Index i = 0; i < outcome.size(); ++i) {
      const Experiment::Row& row = made.rows[static_cast<std::size_t>(i)];
      outcome[i] = row.ordered ? 1 : 0;
      treated[i] = row.arm;
    }
    const Eigen::VectorXd plain = two_model_uplift(matrix(made), outcome, treated, matrix(asked));
    std::vector<double> said;
    for (const UpliftValues& of : asked.values)
      said.push_back(learned->value(*learned->arm(""), of));
    ours += lift_of(said, asked.truth) / kDraws;
    two += lift_of({plain.begin(), plain.end()}, asked.truth) / kDraws;
  }
  EXPECT_GT(ours, 0.02) << "chance is 0";
  EXPECT_GT(ours, 1.05 * two);
}

TEST(Experiments, RangesHoldTheTruthAsOftenAsTheySay) {
  int effects = 0;
  int people = 0;
  int asked = 0;
  constexpr int kDraws = 24;
  for (int draw = 0; draw < kDraws; ++draw) {
    MadeUp random(1'000U + static_cast<unsigned>(draw));
    const MadeUpExperiment made(600, random, 0.5, 0.45);
    const auto learned = made.learned();
    ASSERT_TRUE(learned.has_value());
    const Experiment::Arm& arm = *learned->arm("");
    effects += arm.effect.low <= made.effect && made.effect <= arm.effect.high ? 1 : 0;
    for (std::size_t i = 0; i < made.values.size(); i += 30, ++asked) {
      const Change change = learned->change(arm, made.values[i]);
      people += change.low <= made.truth[i] && made.truth[i] <= change.high ? 1 : 0;
    }
  }
  EXPECT_GE(effects, 15) << "four fifths of 24 are 19; fewer than 15 come once in 100 times";
  EXPECT_GT(people, 0.75 * asked);
}

TEST(ShareDifference, HoldsForFewPeopleToo) {
  const Change none = share_difference(0, 50, 0, 50);
  EXPECT_EQ(none.value, 0);
  EXPECT_LT(none.low, 0);
  EXPECT_GT(none.high, 0);
  EXPECT_TRUE(std::isfinite(share_difference(0, 0, 0, 0).high));
  int held = 0;
  MadeUp random(7);
  for (int draw = 0; draw < 4'000; ++draw) {
    const auto with = std::binomial_distribution<int>(60, 0.12)(random);
    const auto without = std::binomial_distribution<int>(40, 0.05)(random);
    const Change change = share_difference(with, 60, without, 40);
    held += change.low <= 0.07 && 0.07 <= change.high ? 1 : 0;
  }
  EXPECT_GT(held / 4'000.0, 0.78);
  EXPECT_LT(held / 4'000.0, 0.87) << "a little wide for so few, never narrow";
}

}  // namespace
}  // namespace souk::segmentation
