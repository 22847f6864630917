// Send times and variants against simulated truth.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "plugins/email/model/send_time.hpp"
#include "plugins/email/model/variants.hpp"

namespace souk::email {
namespace {

constexpr std::uint32_t kEveryHour = 0xFFFFFF;

/// Traffic of an online shop by hour, for somebody whose day is shifted: the simulator's curve.
double true_rate(int hour, double shift) {
  constexpr double kTraffic[24] = {0.35, 0.20, 0.12, 0.08, 0.08, 0.15, 0.35, 0.60,
                                   0.85, 1.05, 1.15, 1.20, 1.25, 1.15, 1.10, 1.10,
                                   1.15, 1.20, 1.35, 1.60, 1.75, 1.70, 1.25, 0.75};
  const int moved = static_cast<int>(std::floor(hour - shift + 0.5));
  return kTraffic[((moved % 24) + 24) % 24];
}
constexpr double kPeakRate = 1.75;

struct SimulatedShop {
  SimulatedShop(double spread, std::uint64_t seed) : random(seed), shift(1000), people(1000) {
    std::normal_distribution<double> shifts(0.0, spread);
    for (double& each : shift)
      each = shifts(random);
  }

  void visit(int times) {
    for (std::size_t i = 0; i < people.size(); ++i) {
      std::vector<double> weights(24);
      for (int h = 0; h < 24; ++h)
        weights[static_cast<std::size_t>(h)] = true_rate(h, shift[i]);
      std::discrete_distribution<int> hours(weights.begin(), weights.end());
      for (int n = 0; n < times; ++n) {
        const int hour = hours(random);
        people[i].add(hour);
        shop.add(hour);
      }
    }
  }

  /// Expected share of the oracle's opens if everybody gets a message now.
  [[nodiscard]] double share() const {
    const ShopHours::Curve curve = fit_hours(people, shop);
    double sum = 0;
    for (std::size_t i = 0; i < people.size(); ++i)
      sum +=
          true_rate(best_hour(hours_of_person(people[i], curve), kEveryHour), shift[i]) / kPeakRate;
    return sum / static_cast<double>(people.size());
  }

  std::mt19937_64 random;
  std::vector<double> shift;
  std::vector<HourCounts> people;
  ShopHours shop;
};

/// 1,000 people, 10 messages each, one visit between two messages.
double share_of_ten(double spread, int visits_before, std::uint64_t seed) {
  SimulatedShop shop(spread, seed);
  shop.visit(visits_before);
  double sum = 0;
  for (int message = 0; message < 10; ++message) {
    sum += shop.share();
    shop.visit(1);
  }
  return sum / 10;
}

TEST(SendTime, GetsNearlyTheOpensOfAnOracle) {
  // With twenty visits on record before the first message.
  EXPECT_GE(share_of_ten(1.0, 20, 7), 0.955);
  EXPECT_GE(share_of_ten(2.0, 20, 7), 0.95);
  EXPECT_GE(share_of_ten(3.0, 20, 7), 0.94);
  // Without any, what the shop's visitors do together still says much.
  EXPECT_GE(share_of_ten(2.0, 0, 7), 0.84);
}

TEST(SendTime, NobodyKnownIsSentWhenShopsAreBusy) {
  const ShopHours::Curve curve = fit_hours({}, ShopHours());
  EXPECT_EQ(best_hour(curve, kEveryHour), 20);
  // Whose day may be shifted either way is sent before the steep end of the evening.
  const int hour = best_hour(hours_of_person(HourCounts(), curve), kEveryHour);
  EXPECT_TRUE(hour >= 17 && hour <= 20) << hour;
  EXPECT_EQ(best_hour(curve, 0), -1);
  EXPECT_EQ(best_hour(curve, 1U << 3), 3);
  ShopHours::Curve flat;
  flat.fill(1.0);
  EXPECT_EQ(best_hour(flat, kEveryHour), 0);
}

TEST(SendTime, ANightOwlIsSentAtNight) {
  SimulatedShop shop(1.0, 3);
  shop.visit(10);
  const ShopHours::Curve curve = fit_hours(shop.people, shop.shop);
  HourCounts owl;
  for (int day = 0; day < 40; ++day)
    owl.add(day % 3 == 0 ? 1 : 2);
  const int hour = best_hour(hours_of_person(owl, curve), kEveryHour);
  EXPECT_TRUE(hour >= 1 && hour <= 3) << hour;
}

TEST(HourCounts, FadeAndNeverOverflow) {
  HourCounts counts;
  for (int i = 0; i < 1000; ++i)
    counts.add(25);
  counts.add(-1);
  EXPECT_GT(counts.counts[1], 100);
  EXPECT_EQ(counts.counts[23], 1);
  EXPECT_EQ(counts.total(), counts.counts[1] + 1);
}

TEST(Variants, TheSameSeedChoosesTheSame) {
  const std::vector<VariantResult> results{{100, 10}, {100, 20}, {0, 0}};
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    EXPECT_EQ(choose_variant(results, seed), choose_variant(results, seed));
  EXPECT_EQ(choose_variant({}, 1), 0U);
  EXPECT_EQ(choose_variant(std::vector<VariantResult>{{-5, 9}, {1, 7}}, 1) / 2, 0U)
      << "nonsense is borne";
}

TEST(Variants, ProbabilityOfTheBestIsThatOfTheIntegral) {
  // P(Beta(21, 81) > Beta(11, 91)) by numeric integration.
  const std::vector<double> best =
      probability_best(std::vector<VariantResult>{{100, 20}, {100, 10}}, 5, 40'000);
  EXPECT_NEAR(best[0], 0.9752, 0.004);
  EXPECT_NEAR(best[0] + best[1], 1.0, 1e-9);
}

TEST(Variants, MostMessagesGoToTheBest) {
  const double rates[] = {0.20, 0.25, 0.15};
  std::vector<VariantResult> results(3);
  std::mt19937_64 random(11);
  for (std::uint64_t message = 0; message < 20'000; ++message) {
    const std::size_t chosen = choose_variant(results, message * 77 + 5);
    results[chosen].sent += 1;
    if (std::uniform_real_distribution<double>(0, 1)(random) < rates[chosen])
      results[chosen].successes += 1;
  }
  EXPECT_GT(results[1].sent, 16'000);
  EXPECT_GT(results[0].sent, 50) << "none is ever dropped";
}

}  // namespace
}  // namespace souk::email
