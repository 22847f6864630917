// Groups, churn and uplift against data of which the truth is known, closed forms and differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "plugins/segmentation/model/churn.hpp"
#include "plugins/segmentation/model/discovered.hpp"
#include "plugins/segmentation/model/feature_table.hpp"
#include "plugins/segmentation/model/logistic.hpp"
#include "plugins/segmentation/model/mixture.hpp"
#include "plugins/segmentation/model/pareto_nbd.hpp"
#include "plugins/segmentation/model/shop_churn.hpp"
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

TEST(Churn, LittleDataLeaveWhatIsBelievedAndMuchIsCalibrated) {
  Random random(9);
  const auto make = [&](Eigen::Index people, Eigen::MatrixXd& rows, Eigen::VectorXd& offset,
                        Eigen::VectorXd& left) {
    rows.resize(people, 4);
    offset.resize(people);
    left.resize(people);
    for (Eigen::Index i = 0; i < people; ++i) {
      rows.row(i) << 1, normal(random), normal(random), normal(random);
      offset[i] = normal(random);
      left[i] = chance(random) < probability_of(-1 + offset[i] + 0.8 * rows(i, 1));
    }
  };
  Eigen::MatrixXd rows;
  Eigen::VectorXd offset, left;
  make(12, rows, offset, left);
  const ChurnModel few = ChurnModel::fit(rows, offset, left);
  EXPECT_NEAR(few.risk(rows.row(0), 1).value, probability_of(1), 0.35);
  EXPECT_LT(std::abs(few.coefficients[1]), 0.7);
  make(5'000, rows, offset, left);
  const ChurnModel many = ChurnModel::fit(rows, offset, left);
  EXPECT_NEAR(many.coefficients[1], 0.8, 0.12);
  EXPECT_LT(many.log_loss, many.prior_log_loss);
  EXPECT_EQ(many.reasons(Eigen::RowVector4d(1, 2, 0, 0), 1).front().first, 1);
  make(5'000, rows, offset, left);
  Eigen::VectorXd said(left.size());
  for (Eigen::Index i = 0; i < left.size(); ++i)
    said[i] = many.risk(rows.row(i), offset[i]).value;
  const Calibration found = calibration_of(said, left);
  EXPECT_GT(found.area, 0.75);
  EXPECT_LT(found.expected_error, 0.03);
  EXPECT_NEAR(calibration_of(Eigen::Vector4d(0.1, 0.2, 0.3, 0.4), Eigen::Vector4d(0, 1, 0, 1)).area,
              0.75, 1e-12);
}

constexpr std::uint32_t kDay = 86'400;

DeedRecord ordered(std::uint32_t day, float amount) {
  DeedRecord deed;
  deed.at_s = day * kDay;
  deed.deed = Deed::order_completed;
  deed.amount = amount;
  return deed;
}

TEST(ShopChurn, WhatWasKnownThenIsWhatIsKnownNowLessWhatCameAfter) {
  const std::vector<DeedRecord> deeds{ordered(100, 10), ordered(120, 20), ordered(150, 40)};
  Facts facts;
  facts.first_seen_s = facts.first_order_s = 100 * kDay;
  facts.last_seen_s = facts.last_order_s = 150 * kDay;
  facts.order_days = 3;
  facts.revenue = 70;
  facts.gap_days = 50;
  facts.deeds[static_cast<std::size_t>(Deed::order_completed)] = 3;
  Subject subject;
  subject.facts = &facts;
  subject.deeds = deeds;
  const auto then = facts_at(subject, 130 * kDay);
  ASSERT_TRUE(then.has_value());
  EXPECT_EQ(then->order_days, 2U);
  EXPECT_EQ(then->revenue, 30);
  EXPECT_EQ(then->last_order_s, 120 * kDay);
  EXPECT_EQ(then->gap_days, 20);
  EXPECT_EQ(facts_at(subject, 160 * kDay), facts);
  EXPECT_FALSE(churn_values(ChurnKind::buyer, subject, 90 * kDay).has_value()) << "no customer yet";
  subject.forgotten_until_s = 140 * kDay;
  EXPECT_FALSE(facts_at(subject, 130 * kDay).has_value()) << "what came after is not all known";
  EXPECT_TRUE(stayed_or_left(Deed::order_completed, subject, 120 * kDay, 150 * kDay));
  EXPECT_FALSE(stayed_or_left(Deed::order_completed, subject, 150 * kDay, 200 * kDay));
}

TEST(ShopChurn, FewExamplesTeachNothingAndManyGiveReasons) {
  Random random(17);
  std::vector<ShopChurn::Example> examples;
  for (int i = 0; i < 2'000; ++i) {
    ShopChurn::Example one;
    one.values.fill(Predictions::kNone);
    one.values[1] = 3 + normal(random);
    one.values[5] = chance(random);
    one.offset = 0.3 * normal(random);
    one.left = chance(random) < probability_of(one.offset + 1.2 * (one.values[1] - 3));
    examples.push_back(one);
  }
  EXPECT_FALSE(ShopChurn::learn(ChurnKind::buyer, {examples.begin(), examples.begin() + 60}));
  const auto churn = ShopChurn::learn(ChurnKind::buyer, examples);
  ASSERT_TRUE(churn.has_value());
  ChurnValues long_ago = examples[0].values;
  long_ago[1] = 5;
  const auto risk = churn->risk(long_ago, 0);
  EXPECT_GT(risk.value, 0.8);
  EXPECT_LE(risk.low, risk.value);
  EXPECT_GE(risk.high, risk.value);
  EXPECT_EQ(churn->reasons(long_ago, 1).front(), "for leaving: has not ordered for long");
  ShopChurn read;
  EXPECT_FALSE(read.read("nonsense"));
  ASSERT_TRUE(read.read(churn->bytes()));
  EXPECT_EQ(read.risk(long_ago, 0).value, risk.value);
}

std::uint32_t noon_of(const std::string& date) {
  std::tm parts{};
  std::sscanf(date.c_str(), "%d-%d-%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday);
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<std::uint32_t>(timegm(&parts)) + kDay / 2;
}

/// A buyer of whom only orders are known.
struct Buyer {
  std::vector<DeedRecord> deeds;
  bool came_later = false;

  [[nodiscard]] Facts facts() const {
    Facts out;
    out.first_seen_s = out.first_order_s = deeds.front().at_s;
    out.last_seen_s = out.last_order_s = deeds.back().at_s;
    out.gap_days = (out.last_order_s - out.first_order_s) / 86'400.0;
    std::uint32_t day = 0;
    for (const DeedRecord& deed : deeds) {
      out.revenue += deed.amount;
      ++out.items;
      ++out.deeds[static_cast<std::size_t>(Deed::order_completed)];
      out.order_days += deed.at_s / kDay != day ? 1 : 0;
      day = deed.at_s / kDay;
    }
    return out;
  }
};

PurchaseSummary summary_at(const Facts& facts, std::uint32_t now_s) {
  const double first = facts.first_order_s / kDay;
  return {facts.order_days - 1, (facts.last_order_s / kDay - first) / 7,
          (now_s / kDay - first) / 7};
}

/// Learned from who ordered in the third quarter, asked who will in the fourth.
TEST(ShopChurn, CdnowFromOneQuarterToTheNext) {
  const char* data = std::getenv("SOUK_DATA");
  if (data == nullptr) GTEST_SKIP() << "SOUK_DATA is not set";
  const std::uint32_t now = noon_of("1997-09-30");
  constexpr std::uint32_t kHorizon = 90 * kDay;
  std::ifstream file(std::string(data) + "/clv/cdnow/sample/transactions.csv");
  std::map<std::string, Buyer> buyers;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::size_t date = line.find(',');
    const std::size_t amount = line.find(',', date + 1);
    const std::uint32_t at = noon_of(line.substr(date + 1, amount - date - 1));
    Buyer& buyer = buyers[line.substr(0, date)];
    if (at <= now) buyer.deeds.push_back(ordered(at / kDay, std::stof(line.substr(amount + 1))));
    if (at <= now && !buyer.deeds.empty()) buyer.deeds.back().at_s = at;
    buyer.came_later |= at > now && at <= now + kHorizon;
  }
  std::vector<PurchaseSummary> summaries;
  for (const auto& [id, buyer] : buyers)
    summaries.push_back(summary_at(buyer.facts(), now));
  const ParetoNbd model = fit_pareto_nbd(group_summaries(summaries)).model;
  const auto silence = [&](const Facts& facts, std::uint32_t at) {
    const PurchaseSummary here = summary_at(facts, at);
    PurchaseSummary later = here;
    later.age += 90 / 7.0;
    return std::exp(model.log_likelihood(later) - model.log_likelihood(here));
  };
  const auto about = [&](const Buyer& buyer, const Facts& facts) {
    Subject subject;
    subject.facts = &facts;
    subject.deeds = buyer.deeds;
    return subject;
  };
  std::vector<ShopChurn::Example> examples;
  for (const auto& [id, buyer] : buyers) {
    const Facts facts = buyer.facts();
    const Subject subject = about(buyer, facts);
    const auto values = churn_values(ChurnKind::buyer, subject, now - kHorizon);
    if (!values) continue;
    const double offset = log_odds_of(silence(*facts_at(subject, now - kHorizon), now - kHorizon));
    examples.push_back(
        {*values, offset, !stayed_or_left(Deed::order_completed, subject, now - kHorizon, now)});
  }
  const auto churn = ShopChurn::learn(ChurnKind::buyer, examples);
  ASSERT_TRUE(churn.has_value());
  Eigen::VectorXd said(static_cast<Eigen::Index>(buyers.size()));
  Eigen::VectorXd left(said.size());
  Eigen::Index at = 0;
  for (const auto& [id, buyer] : buyers) {
    const Facts facts = buyer.facts();
    const auto values = churn_values(ChurnKind::buyer, about(buyer, facts), now);
    said[at] = churn->risk(*values, log_odds_of(silence(facts, now))).value;
    left[at++] = buyer.came_later ? 0 : 1;
  }
  const Calibration found = calibration_of(said, left);
  EXPECT_GT(found.area, 0.79);
  EXPECT_LT(found.brier, 0.112);
  EXPECT_LT(found.expected_error, 0.04);
}

}  // namespace
}  // namespace souk::segmentation
