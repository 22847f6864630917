// Groups and uplift against data of which the truth is known, closed forms and differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "plugins/segmentation/model/discovered.hpp"
#include "plugins/segmentation/model/feature_table.hpp"
#include "plugins/segmentation/model/logistic.hpp"
#include "plugins/segmentation/model/mixture.hpp"
#include "plugins/segmentation/model/uplift.hpp"

namespace souk::segmentation {
namespace {

using Random = std::mt19937_64;

double normal(Random& random) { return std::normal_distribution<double>()(random); }
double chance(Random& random) { return std::uniform_real_distribution<double>()(random); }

CoefficientPrior flat(Eigen::Index columns, double precision) {
  return {Eigen::VectorXd::Zero(columns), Eigen::VectorXd::Constant(columns, precision)};
}

TEST(Logistic, SeparableDataWithoutAPriorHaveNoMaximum) {
  Eigen::MatrixXd rows(4, 2);
  rows << 1, -2, 1, -1, 1, 1, 1, 2;
  const Eigen::Vector4d outcome(0, 0, 1, 1);
  EXPECT_FALSE(fit_logistic(rows, outcome, flat(2, 0)).regular);
  EXPECT_TRUE(fit_logistic(rows, outcome, flat(2, 1)).regular);
}

TEST(Logistic, TwoGroupsHaveTheClosedForm) {
  // 3 of 10 and 8 of 12: the log-odds of each, and 1/n p (1 − p) for their variance.
  Eigen::MatrixXd rows = Eigen::MatrixXd::Ones(22, 2);
  Eigen::VectorXd outcome = Eigen::VectorXd::Zero(22);
  rows.col(1).head(10).setZero();
  outcome.head(3).setOnes();
  outcome.tail(8).setOnes();
  const LogisticFit fit = fit_logistic(rows, outcome, flat(2, 0));
  EXPECT_TRUE(fit.regular);
  EXPECT_NEAR(fit.coefficients[0], log_odds_of(0.3), 1e-6);
  EXPECT_NEAR(fit.coefficients[1], log_odds_of(8 / 12.0) - log_odds_of(0.3), 1e-6);
  EXPECT_NEAR(fit.spread(Eigen::RowVector2d(1, 0)), std::sqrt(1 / (10 * 0.3 * 0.7)), 1e-6);
}

TEST(Logistic, TheGradientIsThatOfTheValue) {
  Random random(3);
  Eigen::MatrixXd rows(40, 3);
  Eigen::VectorXd outcome(40);
  for (Eigen::Index i = 0; i < 40; ++i) {
    rows.row(i) << 1, normal(random), normal(random);
    outcome[i] = chance(random) < 0.4 ? 1 : 0;
  }
  const Eigen::Vector3d at(0.3, -0.7, 0.2);
  const CoefficientPrior prior = flat(3, 0.5);
  Eigen::VectorXd gradient;
  static_cast<void>(logistic_posterior(rows, outcome, prior, {}, at, &gradient));
  for (int i = 0; i < 3; ++i) {
    Eigen::Vector3d step = Eigen::Vector3d::Zero();
    step[i] = 1e-5;
    const double above = logistic_posterior(rows, outcome, prior, {}, at + step, nullptr);
    const double below = logistic_posterior(rows, outcome, prior, {}, at - step, nullptr);
    EXPECT_NEAR(gradient[i], (above - below) / 2e-5, 1e-6);
  }
}

TEST(FeatureTable, MissingConstantAndRareValuesAreTakenCareOf) {
  std::vector<FeatureColumn> table(3);
  table[0].name = "age";
  table[1].name = "always";
  table[2].name = "plan";
  for (int i = 0; i < 300; ++i) {
    table[0].numbers.push_back(i % 3 == 0 ? std::nan("") : i);
    table[1].numbers.push_back(7);
    table[2].texts.push_back(i == 0 ? "rare" : i % 2 == 0 ? "gold" : "silver");
  }
  const FeatureEncoder encoder(table);
  EXPECT_EQ(encoder.names(),
            (std::vector<std::string>{"always", "age is high", "age is unknown", "plan is gold"}));
  const Eigen::MatrixXd rows = encoder.encode(table);
  EXPECT_EQ(rows(0, 2), 1);
  EXPECT_EQ(rows(0, 1), 0) << "a missing one lies at the median";
  EXPECT_EQ(rows(1, 3), 0);
  EXPECT_EQ(rows(2, 3), 1);
  table.erase(table.begin());
  EXPECT_EQ(encoder.encode(table).col(1).norm(), 0) << "a column that is not there is missing";
}

/// People of `groups` kinds, well apart in three behaviours.
std::vector<BehaviourValues> kinds(std::size_t people, std::size_t groups, std::uint64_t seed,
                                   std::vector<Eigen::Index>* truth = nullptr) {
  Random random(seed);
  std::vector<BehaviourValues> out;
  for (std::size_t i = 0; i < people; ++i) {
    const std::size_t kind = i % groups;
    BehaviourValues one;
    one.fill(Predictions::kNone);
    for (std::size_t b = 0; b < 6; ++b)
      one[b] =
          5 * std::sin(static_cast<double>(3 * kind + 7 * b + kind * b)) + 0.3 * normal(random);
    one[7] = 1;  // all alike
    out.push_back(one);
    if (truth != nullptr) truth->push_back(static_cast<Eigen::Index>(kind));
  }
  return out;
}

TEST(Discovered, NobodyAllAlikeAndThreePeopleGiveNoGroups) {
  const DiscoveredGroups::Options options;
  EXPECT_TRUE(DiscoveredGroups::learn({}, options, nullptr).groups().empty());
  const std::vector<BehaviourValues> alike(100, kinds(1, 1, 1).front());
  const DiscoveredGroups none = DiscoveredGroups::learn(alike, options, nullptr);
  EXPECT_TRUE(none.groups().empty());
  EXPECT_EQ(none.group_of(alike.front()), 0U);
  EXPECT_TRUE(DiscoveredGroups::learn(kinds(3, 3, 1), options, nullptr).groups().empty());
  std::vector<BehaviourValues> one_cloud = kinds(300, 1, 4);
  EXPECT_TRUE(DiscoveredGroups::learn(one_cloud, options, nullptr).groups().empty());
}

TEST(Discovered, FindsHowManyThereAreAndWhoIsWhere) {
  for (const std::size_t groups : {2U, 3U, 5U, 8U}) {
    std::vector<Eigen::Index> truth;
    const auto people = kinds(800, groups, 10 + groups, &truth);
    const DiscoveredGroups found = DiscoveredGroups::learn(people, {}, nullptr);
    EXPECT_EQ(found.groups().size(), groups);
    std::vector<Eigen::Index> said;
    for (const BehaviourValues& one : people)
      said.push_back(static_cast<Eigen::Index>(found.group_of(one)));
    EXPECT_GE(adjusted_rand_index(truth, said), 0.98) << groups << " groups";
  }
}

TEST(Discovered, IdsStayWithThePeople) {
  auto people = kinds(600, 4, 21);
  const DiscoveredGroups before = DiscoveredGroups::learn(people, {}, nullptr);
  std::reverse(people.begin(), people.end());
  const DiscoveredGroups same = DiscoveredGroups::learn(people, {}, nullptr);
  EXPECT_EQ(before.bytes(), same.bytes()) << "the order in which people came says nothing";
  const auto more = kinds(900, 4, 22);
  DiscoveredGroups after = DiscoveredGroups::learn(more, {.seed = 5}, &before);
  for (const BehaviourValues& one : more)
    ASSERT_EQ(after.group_of(one), before.group_of(one));
  // A fifth kind comes: it gets an id that none had.
  const auto fifth = kinds(1'000, 5, 23);
  const DiscoveredGroups grown = DiscoveredGroups::learn(fifth, {.fewest = 5, .most = 5}, &after);
  std::vector<std::uint32_t> ids;
  for (const auto& group : grown.groups())
    ids.push_back(group.id);
  EXPECT_EQ(ids, (std::vector<std::uint32_t>{1, 2, 3, 4, 5}));
}

TEST(Discovered, SaysWhatSetsAGroupApart) {
  std::vector<BehaviourValues> people = kinds(200, 1, 31);
  for (std::size_t i = 0; i < people.size(); ++i) {
    people[i].fill(Predictions::kNone);
    people[i][0] = std::log1p(i % 4 == 0 ? 10.0 + static_cast<double>(i % 3) : 2.0);
    people[i][5] = i % 4 == 0 ? 0.05 : 0.6 + 0.001 * static_cast<double>(i % 7);
  }
  const DiscoveredGroups found = DiscoveredGroups::learn(people, {}, nullptr);
  ASSERT_EQ(found.groups().size(), 2U);
  const auto& few = found.groups()[1];  // the smaller has the later id
  EXPECT_EQ(few.size, 50U);
  const std::string words = found.describe(few);
  EXPECT_NE(words.find("rders often (days with an order: 1"), std::string::npos) << words;
  EXPECT_NE(words.find("uys at full price (orders with a discount: 5 %"), std::string::npos)
      << words;
  DiscoveredGroups read;
  EXPECT_FALSE(read.read("nonsense"));
  ASSERT_TRUE(read.read(found.bytes()));
  EXPECT_EQ(read.describe(read.groups()[1]), words);
  EXPECT_EQ(discovered_id("discovered-12"), 12U);
  EXPECT_FALSE(discovered_id("discovered-").has_value());
  EXPECT_FALSE(discovered_id("vip").has_value());
}

TEST(Assignment, IsTheBestOfAll) {
  Eigen::MatrixXd gain(3, 2);
  gain << 9, 8, 8, 1, 7, 7;
  EXPECT_EQ(best_assignment(gain), (std::vector<int>{1, 0, -1}));
}

/// Treatment adds half to everybody's log-odds, and `slope` where the second column is 1.
struct Campaign {
  Eigen::MatrixXd rows;
  Eigen::VectorXd outcome;
  Eigen::VectorXd treated;
  Eigen::VectorXd truth;

  Campaign(Eigen::Index people, std::uint64_t seed, double slope)
      : rows(people, 6), outcome(people), treated(people), truth(people) {
    Random random(seed);
    for (Eigen::Index i = 0; i < people; ++i) {
      rows.row(i) << 1, chance(random) < 0.5, normal(random), normal(random), normal(random),
          normal(random);
      treated[i] = chance(random) < 0.5;
      const double base = -1.5 + 0.5 * rows(i, 2);
      const double gain = 0.5 + slope * rows(i, 1);
      truth[i] = probability_of(base + gain) - probability_of(base);
      outcome[i] = chance(random) < probability_of(base + treated[i] * gain);
    }
  }
};

TEST(Uplift, IsFoundWhereItIs) {
  const Campaign learned(6'000, 1, 0.9);
  const UpliftModel model = UpliftModel::fit(learned.rows, learned.outcome, learned.treated);
  EXPECT_TRUE(model.regular);
  const Campaign asked(6'000, 2, 0.9);
  Eigen::VectorXd said(asked.rows.rows());
  for (Eigen::Index i = 0; i < said.size(); ++i) {
    const Change change = model.change(asked.rows.row(i));
    said[i] = change.value;
    ASSERT_LE(change.low, change.value);
    ASSERT_GE(change.high, change.value);
  }
  EXPECT_LT((said - asked.truth).norm() / std::sqrt(6'000.0), 0.05);
  EXPECT_GT(qini_area(said, asked.outcome, asked.treated), 0.005);
  ASSERT_FALSE(model.strongest(1).empty());
  EXPECT_EQ(model.strongest(1).front().first, 1);
}

TEST(Uplift, NoiseIsShrunkAway) {
  double ours = 0;
  double plain = 0;
  for (const std::uint64_t seed : {3U, 4U, 5U}) {
    const Campaign learned(2'000, seed, 0);
    const UpliftModel model = UpliftModel::fit(learned.rows, learned.outcome, learned.treated);
    const Eigen::VectorXd two =
        two_model_uplift(learned.rows, learned.outcome, learned.treated, learned.rows);
    plain += (two - learned.truth).squaredNorm();
    for (Eigen::Index i = 0; i < two.size(); ++i)
      ours += std::pow(model.value(learned.rows.row(i)) - learned.truth[i], 2);
  }
  EXPECT_LT(ours, plain) << "two regressions take noise for differences";
}

TEST(Uplift, QiniOfNothingIsNothingAndOfTheTruthIsTheClosedForm) {
  Eigen::VectorXd outcome(4), treated(4), score(4);
  outcome << 1, 0, 0, 0;
  treated << 1, 0, 1, 0;
  score.setConstant(1);
  EXPECT_NEAR(qini_area(score, outcome, treated), 0, 1e-12) << "one step is the line of chance";
  score << 2, 2, 1, 1;
  // Gained 1 after two and after four: areas 1 and 2, less chance's 2, over 16.
  EXPECT_NEAR(qini_area(score, outcome, treated), 1 / 16.0, 1e-12);
  const Change all = policy_value({true, true, true, true}, outcome, treated);
  EXPECT_NEAR(all.value, 0.5, 1e-12);
  EXPECT_NEAR(policy_value({false, false, false, false}, outcome, treated).value, 0, 1e-12);
}

}  // namespace
}  // namespace souk::segmentation
