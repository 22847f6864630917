// Against published parameters, closed forms and differences.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "plugins/segmentation/model/dropout_model.hpp"
#include "plugins/segmentation/model/gamma_gamma.hpp"
#include "plugins/segmentation/model/hypergeometric.hpp"
#include "plugins/segmentation/model/pareto_nbd.hpp"
#include "plugins/segmentation/model/purchase_level.hpp"

namespace souk::segmentation {
namespace {

using Kind = DropoutModel::Kind;

/// A made-up shop of which everything is known: rates are gamma, chances to stop beta.
std::vector<PurchaseSummary> simulated(const DropoutModel& truth, std::size_t customers) {
  std::mt19937_64 random(7);
  std::gamma_distribution<double> rates(truth.r, 1 / truth.alpha);
  std::gamma_distribution<double> first(truth.a, 1);
  std::gamma_distribution<double> second(truth.b, 1);
  std::uniform_real_distribution<double> chance(0, 1);
  std::vector<PurchaseSummary> out;
  for (std::size_t i = 0; i < customers; ++i) {
    const double rate = rates(random);
    const double a = first(random);
    const double stop = a / (a + second(random));
    PurchaseSummary customer{0, 0, static_cast<double>(20 + i % 40)};
    bool alive = truth.kind == Kind::bg_nbd || chance(random) >= stop;
    double time = 0;
    while (alive) {
      time += std::exponential_distribution<double>(rate)(random);
      if (time > customer.age) break;
      ++customer.repeats;
      customer.recency = time;
      alive = chance(random) >= stop;
    }
    out.push_back(customer);
  }
  return out;
}

template <int N, class Function>
void expect_derivatives(const Eigen::Matrix<double, N, 1>& at, const Function& function) {
  const Evaluation<N> here = function(at);
  for (int i = 0; i < N; ++i) {
    const double step = 1e-5 * at[i];
    Eigen::Matrix<double, N, 1> up = at;
    Eigen::Matrix<double, N, 1> down = at;
    up[i] += step;
    down[i] -= step;
    const Evaluation<N> above = function(up);
    const Evaluation<N> below = function(down);
    const double scale = 1 + std::abs(here.gradient[i]);
    EXPECT_NEAR(here.gradient[i], (above.value - below.value) / (2 * step), 1e-4 * scale) << i;
    for (int j = 0; j < N; ++j) {
      EXPECT_NEAR(here.hessian(i, j), (above.gradient[j] - below.gradient[j]) / (2 * step),
                  1e-4 * (1 + std::abs(here.hessian(i, j))))
          << i << " " << j;
    }
  }
}

TEST(PurchaseModels, NobodyAndOneVisitGiveNoMaximumButAnAnswer) {
  EXPECT_FALSE(fit_dropout(Kind::bg_nbd, {}).regular);
  EXPECT_FALSE(fit_pareto_nbd({}).regular);
  EXPECT_FALSE(fit_gamma_gamma({}).regular);
  const std::vector<PurchaseSummary> newcomers(50, PurchaseSummary{0, 0, 10});
  const auto groups = group_summaries(newcomers);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].customers, 50U);
  const DropoutFit fit = fit_dropout(Kind::bg_nbd, groups);
  EXPECT_FALSE(fit.regular);
  EXPECT_TRUE(std::isfinite(fit.model.expected(newcomers[0], 10)));
}

TEST(PurchaseModels, APriorHoldsWhereDataSayNothing) {
  const std::vector<PurchaseSummary> newcomers(3, PurchaseSummary{0, 0, 10});
  LogNormalPrior<4> prior;
  prior.log_mean << std::log(0.3), std::log(5.0), std::log(0.8), std::log(2.5);
  prior.precision.setConstant(1);
  const DropoutFit fit = fit_dropout(Kind::bg_nbd, group_summaries(newcomers), prior);
  EXPECT_TRUE(fit.regular);
  EXPECT_NEAR(fit.model.b, 2.5, 0.2);
  EXPECT_LT(fit.model.r, 0.3);  // three who did not come back
}

TEST(PurchaseModels, DerivativesAreThoseOfTheLikelihood) {
  const auto groups = group_summaries(simulated({Kind::bg_nbd, 0.4, 5, 0.9, 2}, 200));
  for (const Kind kind : {Kind::bg_nbd, Kind::mbg_nbd}) {
    expect_derivatives<4>({0.5, 6, 0.8, 1.7}, [&](const Eigen::Vector4d& p) {
      return dropout_likelihood({kind, p[0], p[1], p[2], p[3]}, groups);
    });
  }
  expect_derivatives<4>({0.6, 9, 0.7, 12}, [&](const Eigen::Vector4d& p) {
    return pareto_likelihood({p[0], p[1], p[2], p[3]}, groups);
  });
}

TEST(PurchaseModels, ParametersOfAMadeUpShopAreFoundAgain) {
  for (const Kind kind : {Kind::bg_nbd, Kind::mbg_nbd}) {
    const DropoutModel truth{kind, 0.8, 6, 0.9, 3};
    const DropoutFit fit = fit_dropout(kind, group_summaries(simulated(truth, 40'000)));
    ASSERT_TRUE(fit.regular);
    const Eigen::Vector4d errors = fit.standard_errors();
    EXPECT_NEAR(fit.model.r, truth.r, 4 * errors[0]);
    EXPECT_NEAR(fit.model.alpha, truth.alpha, 4 * errors[1]);
    EXPECT_NEAR(fit.model.a, truth.a, 4 * errors[2]);
    EXPECT_NEAR(fit.model.b, truth.b, 4 * errors[3]);
    EXPECT_LT(errors.cwiseQuotient(Eigen::Vector4d(0.8, 6, 0.9, 3)).maxCoeff(), 0.2);
  }
}

TEST(PurchaseModels, ExpectationsAreThoseOfManyMadeUpFutures) {
  // New customers: the mean number of repeats within an age is the expectation at age 0.
  for (const Kind kind : {Kind::bg_nbd, Kind::mbg_nbd}) {
    const DropoutModel truth{kind, 0.8, 6, 0.9, 3};
    double sum = 0;
    double expected = 0;
    for (const PurchaseSummary& customer : simulated(truth, 60'000)) {
      sum += customer.repeats;
      expected += truth.expected({0, 0, 0}, customer.age);
    }
    EXPECT_NEAR(expected / sum, 1, 0.02);
  }
}

TEST(PurchaseModels, ACustomerOfAHundredThousandOrdersHasFiniteNumbers) {
  const PurchaseSummary customer{100'000, 500, 501};
  for (const Kind kind : {Kind::bg_nbd, Kind::mbg_nbd}) {
    const DropoutModel model{kind, 0.243, 4.414, 0.793, 2.426};
    EXPECT_GT(model.alive(customer), 0);
    EXPECT_NEAR(model.expected(customer, 1) / model.alive(customer), 198, 2);
    EXPECT_TRUE(std::isfinite(model.log_likelihood(customer)));
  }
  const ParetoNbd pareto{0.553, 10.578, 0.606, 11.669};
  EXPECT_TRUE(std::isfinite(pareto.log_likelihood(customer)));
  EXPECT_NEAR(pareto.expected(customer, 1) / pareto.alive(customer), 195, 3);
}

TEST(PurchaseModels, HypergeometricIsThatOfClosedForms) {
  EXPECT_NEAR(hypergeometric(1, 1, 2, 0.5), 2 * std::log(2.0), 1e-13);  // −log(1−z)/z
  EXPECT_NEAR(hypergeometric(-0.3, 2.5, 2.5, 0.9), std::pow(0.1, 0.3), 1e-12);
  EXPECT_NEAR(hypergeometric(-2, 3, 4, 0.5), 1 - 2 * 3 * 0.5 / 4 + 2 * 12 * 0.25 / (20 * 2), 1e-13);
}

TEST(PurchaseModels, ParetoIntegralIsThatOfTheHypergeometricForm) {
  // Fader, Hardie 2005, A_0 for α ≥ β and the likelihood built from it.
  const ParetoNbd m{0.5, 12, 0.6, 9};
  const PurchaseSummary c{3, 20, 39};
  const double rate = m.r + m.s + c.repeats;
  const auto term = [&](double t) {
    const double z = (m.alpha - m.beta) / (m.alpha + t);
    return hypergeometric(rate, m.s + 1, rate + 1, z) / std::pow(m.alpha + t, rate);
  };
  const double gammas = std::lgamma(m.r + c.repeats) - std::lgamma(m.r) + m.r * std::log(m.alpha) +
                        m.s * std::log(m.beta);
  const double braces =
      1 / (std::pow(m.alpha + c.age, m.r + c.repeats) * std::pow(m.beta + c.age, m.s)) +
      m.s / rate * (term(c.recency) - term(c.age));
  EXPECT_NEAR(m.log_likelihood(c), gammas + std::log(braces), 1e-10);
}

TEST(PurchaseModels, ForecastsOfManyAreThoseOfEach) {
  const DropoutModel model{Kind::bg_nbd, 0.243, 4.414, 0.793, 2.426};
  DropoutForecast forecast(model, 39);
  for (const PurchaseSummary& customer : simulated(model, 2'000)) {
    EXPECT_NEAR(forecast.expected(customer), model.expected(customer, 39), 1e-9);
  }
}

TEST(GammaGamma, DerivativesLeadToTheTruth) {
  const GammaGamma truth{6, 4, 15};
  std::mt19937_64 random(5);
  std::vector<SpendSummary> customers;
  for (int i = 0; i < 20'000; ++i) {
    const double rate = std::gamma_distribution<double>(truth.q, 1 / truth.v)(random);
    const auto purchases = static_cast<std::uint32_t>(1 + i % 5);
    const double sum = std::gamma_distribution<double>(truth.p * purchases, 1 / rate)(random);
    customers.push_back({purchases, sum / purchases});
  }
  customers.push_back({0, 0});
  customers.push_back({2, -5});  // refunds larger than orders: left out
  const GammaGammaFit fit = fit_gamma_gamma(customers);
  ASSERT_TRUE(fit.regular);
  EXPECT_EQ(fit.customers, 20'000U);
  const Eigen::Vector3d errors = fit.standard_errors();
  EXPECT_NEAR(fit.model.p, 6, 4 * errors[0]);
  EXPECT_NEAR(fit.model.q, 4, 4 * errors[1]);
  EXPECT_NEAR(fit.model.v, 15, 4 * errors[2]);
  EXPECT_NEAR(truth.expected({0, 0}), 6 * 15 / 3.0, 1e-12);
  EXPECT_NEAR(truth.expected({10'000, 40}), 40, 0.05);
}

/// Customers of the published sample: days since 1970 with a purchase and what was spent.
std::map<std::string, std::map<long, double>> cdnow(const std::string& file) {
  std::ifstream in(file);
  std::map<std::string, std::map<long, double>> customers;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::size_t date = line.find(',') + 1;
    const std::size_t amount = line.find(',', date) + 1;
    std::tm day{};
    day.tm_year = std::stoi(line.substr(date, 4)) - 1900;
    day.tm_mon = std::stoi(line.substr(date + 5, 2)) - 1;
    day.tm_mday = std::stoi(line.substr(date + 8, 2));
    customers[line.substr(0, date - 1)][timegm(&day) / 86'400] += std::stod(line.substr(amount));
  }
  return customers;
}

TEST(PurchaseModels, PublishedParametersOfCdnow) {
  const char* data = std::getenv("SOUK_DATA");
  if (data == nullptr) GTEST_SKIP() << "SOUK_DATA is not set";
  constexpr long kEnd = 10'134;  // 1997-09-30
  std::vector<PurchaseSummary> customers;
  std::vector<SpendSummary> spenders;
  for (const auto& [id, days] : cdnow(std::string(data) + "/clv/cdnow/sample/calibration.csv")) {
    const long first = days.begin()->first;
    const double recency = static_cast<double>(days.rbegin()->first - first) / 7;
    customers.push_back({static_cast<std::uint32_t>(days.size() - 1), recency,
                         static_cast<double>(kEnd - first) / 7});
    SpendSummary spend;
    for (const auto& [day, amount] : days) {
      if (day == first || amount <= 0) continue;
      ++spend.purchases;
      spend.mean += amount;
    }
    if (spend.purchases > 0) spend.mean /= spend.purchases;
    spenders.push_back(spend);
  }
  ASSERT_EQ(customers.size(), 2'357U);
  const auto groups = group_summaries(customers);
  EXPECT_EQ(groups.size(), 1'016U);

  const DropoutFit bg = fit_dropout(Kind::bg_nbd, groups);
  EXPECT_NEAR(bg.model.r, 0.243, 0.0005);
  EXPECT_NEAR(bg.model.alpha, 4.414, 0.0005);
  EXPECT_NEAR(bg.model.a, 0.793, 0.0005);
  EXPECT_NEAR(bg.model.b, 2.426, 0.0005);
  EXPECT_NEAR(bg.log_likelihood, -9582.43, 0.005);
  const DropoutFit mbg = fit_dropout(Kind::mbg_nbd, groups);
  EXPECT_NEAR(mbg.model.r, 0.525, 0.0005);
  EXPECT_NEAR(mbg.model.alpha, 6.183, 0.0005);
  EXPECT_NEAR(mbg.model.a, 0.891, 0.0005);
  EXPECT_NEAR(mbg.model.b, 1.614, 0.0005);
  const ParetoFit pareto = fit_pareto_nbd(groups);
  EXPECT_NEAR(pareto.model.r, 0.553, 0.0005);
  EXPECT_NEAR(pareto.model.alpha, 10.578, 0.0005);
  EXPECT_NEAR(pareto.model.s, 0.606, 0.0005);
  EXPECT_NEAR(pareto.model.beta, 11.669, 0.0005);
  EXPECT_NEAR(pareto.log_likelihood, -9594.98, 0.005);
  const GammaGammaFit spend = fit_gamma_gamma(spenders);
  EXPECT_EQ(spend.customers, 946U);
  EXPECT_NEAR(spend.model.p, 6.25, 0.005);
  EXPECT_NEAR(spend.model.q, 3.74, 0.005);
  EXPECT_NEAR(spend.model.v, 15.44, 0.005);
}

TEST(PurchaseLevel, NobodyAndAYoungShopAreLeftAsTheyAre) {
  LogNormalPrior<4> prior;
  EXPECT_EQ(level_by_looking_back({}, 100, 90, prior).factor, 1);
  const std::vector<OrderDays> young(60, OrderDays{70, 0, {70, 80, 95}});
  const LevelCorrection level = level_by_looking_back(young, 100, 90, prior);
  EXPECT_EQ(level.factor, 1);
  EXPECT_EQ(level.origins, 0U);
  EXPECT_EQ(share_of_sum({}, ParetoNbd{}, 10, 1), 0);
}

TEST(PurchaseLevel, WhatIsForgottenIsSaid) {
  const OrderDays customer{10, 2, {50, 60}};
  PurchaseSummary at;
  bool unknown = false;
  EXPECT_FALSE(customer.summary_at(9, at, unknown));
  EXPECT_FALSE(unknown) << "not a customer yet";
  EXPECT_FALSE(customer.summary_at(40, at, unknown));
  EXPECT_TRUE(unknown);
  ASSERT_TRUE(customer.summary_at(55, at, unknown));
  EXPECT_EQ(at, (PurchaseSummary{2, 40 / 7.0, 45 / 7.0}));
}

TEST(PurchaseLevel, ForecastsOfSingleCustomersSumToTheTotal) {
  const ParetoNbd model{0.553, 10.578, 0.606, 11.669};
  const OrderCount light = count_of(model, {0, 0, 30}, 39, 1);
  EXPECT_EQ(light.evenly_at(0.5), 0) << "most who ordered once never come back";
  EXPECT_GE(light.at(0.999), 1);
  std::vector<SummaryGroup> groups;
  for (std::uint32_t x = 0; x < 12; ++x)
    groups.push_back({{x, x == 0 ? 0 : 20.0, 30}, 400 / (x + 1)});
  const double share = share_of_sum(groups, model, 39, 1.1);
  double sum = 0;
  double wanted = 0;
  for (const SummaryGroup& group : groups) {
    sum += group.customers * count_of(model, group.summary, 39, 1.1).evenly_at(share);
    wanted += group.customers * 1.1 * model.expected(group.summary, 39);
  }
  EXPECT_NEAR(sum, wanted, 1e-3 * wanted);
}

TEST(PurchaseLevel, AShopThatSpeedsUpIsCorrectedUpwards) {
  // Everybody orders every four weeks at first and every two from half of the time on.
  std::vector<OrderDays> customers;
  for (std::int32_t i = 0; i < 120; ++i) {
    OrderDays one{i % 28, 0, {}};
    for (std::int32_t day = i % 28; day < 364; day += day < 182 ? 28 : 14)
      one.days.push_back(day);
    customers.push_back(one);
  }
  LogNormalPrior<4> prior;
  prior.precision.setConstant(1);
  const LevelCorrection level = level_by_looking_back(customers, 364, 182, prior);
  EXPECT_GE(level.origins, 3U);
  EXPECT_GT(level.factor, 1.1);
  EXPECT_LE(level.factor, 4.0 / 3 + 1e-6) << "at most a third is added";
}

}  // namespace
}  // namespace souk::segmentation
