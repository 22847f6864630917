// Who leaves, against data of which the truth is known, and on CDNOW.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "plugins/segmentation/model/churn.hpp"
#include "plugins/segmentation/model/logistic.hpp"
#include "plugins/segmentation/model/pareto_nbd.hpp"
#include "plugins/segmentation/model/shop_churn.hpp"

namespace souk::segmentation {
namespace {

using ChurnDice = std::mt19937_64;

double churn_normal(ChurnDice& random) { return std::normal_distribution<double>()(random); }
double churn_chance(ChurnDice& random) { return std::uniform_real_distribution<double>()(random); }

TEST(Churn, LittleDataLeaveWhatIsBelievedAndMuchIsCalibrated) {
  ChurnDice random(9);
  const auto make = [&](Eigen::Index people, Eigen::MatrixXd& rows, Eigen::VectorXd& offset,
                        Eigen::VectorXd& left) {
    rows.resize(people, 4);
    offset.resize(people);
    left.resize(people);
    for (Eigen::Index i = 0; i < people; ++i) {
      rows.row(i) << 1, churn_normal(random), churn_normal(random), churn_normal(random);
      offset[i] = churn_normal(random);
      left[i] = churn_chance(random) < probability_of(-1 + offset[i] + 0.8 * rows(i, 1));
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
  ChurnDice random(17);
  std::vector<ShopChurn::Example> examples;
  for (int i = 0; i < 2'000; ++i) {
    ShopChurn::Example one;
    one.values.fill(Predictions::kNone);
    one.values[1] = 3 + churn_normal(random);
    one.values[5] = churn_chance(random);
    one.offset = 0.3 * churn_normal(random);
    one.left = churn_chance(random) < probability_of(one.offset + 1.2 * (one.values[1] - 3));
    examples.push_back(one);
  }
  EXPECT_FALSE(ShopChurn::learn(ChurnKind::buyer, {}, {examples.begin(), examples.begin() + 60}));
  const auto churn = ShopChurn::learn(ChurnKind::buyer, {}, examples);
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

  [[nodiscard]] Buyer known_at(std::uint32_t at_s) const {
    Buyer out;
    for (const DeedRecord& deed : deeds)
      if (deed.at_s <= at_s) out.deeds.push_back(deed);
    return out;
  }
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

/// Buyers of CDNOW, as they were known on a day.
struct Cdnow {
  static constexpr std::uint32_t kHorizon = 90 * kDay;
  std::map<std::string, Buyer> buyers;  ///< with all that they ever ordered
  ParetoNbd model;                      ///< of what was known on the day

  Cdnow(const std::string& path, std::uint32_t now) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      const std::size_t date = line.find(',');
      const std::size_t amount = line.find(',', date + 1);
      const std::uint32_t at = noon_of(line.substr(date + 1, amount - date - 1));
      Buyer& buyer = buyers[line.substr(0, date)];
      buyer.deeds.push_back(ordered(at / kDay, std::stof(line.substr(amount + 1))));
      buyer.deeds.back().at_s = at;
    }
    std::vector<PurchaseSummary> summaries;
    for (const auto& [id, buyer] : buyers)
      summaries.push_back(summary_at(buyer.known_at(now).facts(), now));
    model = fit_pareto_nbd(group_summaries(summaries)).model;
  }

  /// Everybody's values at a moment, and whether no order came within the horizon.
  [[nodiscard]] std::vector<ShopChurn::Example> examples_at(std::uint32_t at) const {
    std::vector<ShopChurn::Example> out;
    for (const auto& [id, buyer] : buyers) {
      const Buyer then = buyer.known_at(at);
      if (then.deeds.empty()) continue;
      const Facts facts = then.facts();
      Subject subject;
      subject.facts = &facts;
      subject.deeds = then.deeds;
      const PurchaseSummary here = summary_at(facts, at);
      PurchaseSummary later = here;
      later.age += 90 / 7.0;
      const double silence = std::exp(model.log_likelihood(later) - model.log_likelihood(here));
      Subject whole = subject;
      whole.deeds = buyer.deeds;
      out.push_back({*churn_values(ChurnKind::buyer, subject, at), log_odds_of(silence),
                     !stayed_or_left(Deed::order_completed, whole, at, at + kHorizon)});
    }
    return out;
  }
  static Calibration judged(const ShopChurn& churn,
                            const std::vector<ShopChurn::Example>& examples) {
    Eigen::VectorXd said(static_cast<Eigen::Index>(examples.size()));
    Eigen::VectorXd left(said.size());
    for (Eigen::Index i = 0; i < said.size(); ++i) {
      const ShopChurn::Example& one = examples[static_cast<std::size_t>(i)];
      said[i] = churn.risk(one.values, one.offset).value;
      left[i] = one.left ? 1 : 0;
    }
    return calibration_of(said, left);
  }
};

/// Learned from who ordered in the third quarter, asked who will in the fourth; and with the second
/// quarter to learn from and the third to calibrate on.
TEST(ShopChurn, CdnowFromOneQuarterToTheNext) {
  const char* data = std::getenv("SOUK_DATA");
  if (data == nullptr) GTEST_SKIP() << "SOUK_DATA is not set";
  const std::uint32_t now = noon_of("1997-09-30");
  const Cdnow shop(std::string(data) + "/clv/cdnow/sample/transactions.csv", now);
  const auto earlier = shop.examples_at(now - 2 * Cdnow::kHorizon);
  const auto later = shop.examples_at(now - Cdnow::kHorizon);
  const auto asked = shop.examples_at(now);
  const auto one_time = ShopChurn::learn(ChurnKind::buyer, {}, later);
  ASSERT_TRUE(one_time.has_value());
  EXPECT_FALSE(one_time->model().out_of_time);
  const Calibration found = Cdnow::judged(*one_time, asked);
  const auto two_times = ShopChurn::learn(ChurnKind::buyer, earlier, later);
  ASSERT_TRUE(two_times.has_value());
  EXPECT_TRUE(two_times->model().out_of_time);
  const Calibration better = Cdnow::judged(*two_times, asked);
  std::printf("of one time: AUC %.3f, Brier %.4f, ECE %.4f; out of time: %.3f, %.4f, %.4f\n",
              found.area, found.brier, found.expected_error, better.area, better.brier,
              better.expected_error);
  EXPECT_GT(better.area, 0.79);
  EXPECT_LT(better.brier, 0.112);
  EXPECT_LT(better.expected_error, 0.04);
}

/// Customers leave more and more often: folds of one time can't know it, a later time does.
TEST(ShopChurn, DriftIsSeenOnlyOutOfTime) {
  ChurnDice random(23);
  const auto window = [&](double level) {
    std::vector<ShopChurn::Example> out;
    for (int i = 0; i < 3'000; ++i) {
      ShopChurn::Example one;
      one.values.fill(Predictions::kNone);
      one.values[1] = 3 + churn_normal(random);
      one.left = churn_chance(random) < probability_of(level + 1.2 * (one.values[1] - 3));
      out.push_back(one);
    }
    return out;
  };
  const auto earlier = window(-1);
  const auto later = window(0);
  const auto asked = window(0);
  const auto stale = ShopChurn::learn(ChurnKind::subscriber, {}, earlier);
  const auto fresh = ShopChurn::learn(ChurnKind::subscriber, earlier, later);
  ASSERT_TRUE(stale.has_value() && fresh.has_value());
  EXPECT_GT(Cdnow::judged(*stale, asked).expected_error, 0.1);
  EXPECT_LT(Cdnow::judged(*fresh, asked).expected_error, 0.03);
  ShopChurn read;
  ASSERT_TRUE(read.read(fresh->bytes()));
  EXPECT_TRUE(read.model().out_of_time);
}

}  // namespace
}  // namespace souk::segmentation
