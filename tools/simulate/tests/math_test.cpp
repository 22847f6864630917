#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tools/simulate/portable_math.hpp"
#include "tools/simulate/queries.hpp"
#include "tools/simulate/random.hpp"
#include "tools/simulate/season.hpp"

namespace souk::simulate {
namespace {

TEST(PortableMath, WrongInputHasADefinedAnswer) {
  EXPECT_EQ(portable_exp(-1e9), 0.0);
  EXPECT_TRUE(std::isfinite(portable_exp(1e9)));
  EXPECT_TRUE(std::isfinite(portable_log(0.0)));
  EXPECT_TRUE(std::isfinite(portable_log(-3.0)));
}

TEST(PortableMath, AgreesWithTheLibrary) {
  for (double x = -30.0; x < 30.0; x += 0.037) {
    EXPECT_NEAR(portable_exp(x) / std::exp(x), 1.0, 1e-14) << x;
    EXPECT_NEAR(cosine_of_turns(x), std::cos(x * 2.0 * M_PI), 1e-12) << x;
  }
  for (double x = 1e-6; x < 1e9; x *= 1.37)
    EXPECT_NEAR(portable_log(x), std::log(x), 1e-13) << x;
  EXPECT_NEAR(portable_pow(7.0, -0.95), std::pow(7.0, -0.95), 1e-14);
}

// The values are the contract: a change of the generator changes every simulated shop.
TEST(Random, IsFixedForEver) {
  Random random(1, 1);
  const std::uint64_t first = random.bits();
  EXPECT_EQ(Random(1, 1).bits(), first);
  EXPECT_NE(Random(1, 2).bits(), first);
  EXPECT_NE(Random(2, 1).bits(), first);
  EXPECT_EQ(mix64(0), 0xe220a8397b1dcdafULL);  // SplitMix64's published first output for seed 0
}

TEST(Random, EmptyAndZeroChoicesAreHarmless) {
  Random random(1, 1);
  EXPECT_EQ(random.below(0), 0U);
  EXPECT_EQ(random.between(5, 2), 5);
  EXPECT_EQ(random.weighted({}), 0U);
  EXPECT_EQ(random.poisson(0.0), 0U);
  EXPECT_EQ(random.poisson(-1.0), 0U);
  EXPECT_TRUE(AliasTable().empty());
  const double zeros[] = {0.0, 0.0};
  EXPECT_TRUE(AliasTable(zeros).empty());
}

TEST(Random, DistributionsHaveTheirMoments) {
  Random random(3, 1);
  constexpr int kDraws = 60000;
  double normal = 0, square = 0, gamma = 0, beta = 0, poisson = 0, large = 0, exponential = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.normal();
    normal += x;
    square += x * x;
    gamma += random.gamma(0.6, 2.0);
    beta += random.beta(0.3, 6.0);
    poisson += random.poisson(1.7);
    large += random.poisson(80.0);
    exponential += random.exponential(4.0);
  }
  EXPECT_NEAR(normal / kDraws, 0.0, 0.02);
  EXPECT_NEAR(square / kDraws, 1.0, 0.03);
  EXPECT_NEAR(gamma / kDraws, 2.0, 0.06);
  EXPECT_NEAR(beta / kDraws, 0.3, 0.01);
  EXPECT_NEAR(poisson / kDraws, 1.7, 0.03);
  EXPECT_NEAR(large / kDraws, 80.0, 0.3);
  EXPECT_NEAR(exponential / kDraws, 4.0, 0.1);
}

TEST(AliasTable, DrawsInProportion) {
  const double weights[] = {1.0, 0.0, 5.0, 4.0};
  const AliasTable table(weights);
  Random random(9, 1);
  int counts[4] = {};
  for (int i = 0; i < 40000; ++i)
    ++counts[table.draw(random)];
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[0], 4000, 300);
  EXPECT_NEAR(counts[2], 20000, 600);
}

TEST(Season, CalendarKnowsLeapYearsAndWeekdays) {
  const Calendar start = calendar_of(kDefaultStartUs);  // Thursday, 1 January 2026
  EXPECT_EQ(start.weekday, 3);
  EXPECT_EQ(start.day_of_year, 0);
  const Calendar leap = calendar_of(1'709'164'800'000'000);  // 29 February 2024
  EXPECT_EQ(leap.month, 2);
  EXPECT_EQ(leap.day, 29);
  EXPECT_EQ(leap.day_of_year, 59);
}

TEST(Season, SandalsSellInSummerAndPaperOnWorkdays) {
  const LeafSpec& sandals = leaf_specs()[static_cast<std::size_t>(find_leaf("Sandals"))];
  Calendar june = calendar_of(kDefaultStartUs + 165 * kDayUs);
  Calendar january = calendar_of(kDefaultStartUs + 14 * kDayUs);
  june.weekday = january.weekday = 2;
  EXPECT_GT(season_factor(sandals, june), 3.0 * season_factor(sandals, january));
  const LeafSpec& paper = leaf_specs()[static_cast<std::size_t>(find_leaf("Copy Paper"))];
  Calendar sunday = june;
  sunday.weekday = 6;
  EXPECT_LT(season_factor(paper, sunday), 0.6 * season_factor(paper, june));
}

TEST(Queries, ShortTextsKeepTheirLetters) {
  Random random(1, 1);
  EXPECT_EQ(with_typo("", random), "");
  EXPECT_EQ(with_typo("tea", random), "tea");
}

TEST(Queries, ATypoIsOneSlip) {
  Random random(1, 1);
  for (int i = 0; i < 500; ++i) {
    const std::string wrong = with_typo("sneakers", random);
    EXPECT_LE(wrong.size(), 9U);
    EXPECT_GE(wrong.size(), 7U);
    EXPECT_EQ(wrong[0], 's');
  }
}

TEST(Vocabulary, EveryComplementIsALeaf) {
  for (const LeafSpec& leaf : leaf_specs()) {
    for (const std::string_view name : split(leaf.complements)) {
      EXPECT_GE(find_leaf(name), 0) << leaf.name << " → " << name;
    }
  }
  EXPECT_EQ(find_leaf("no such leaf"), -1);
  EXPECT_EQ(slug("Women's Tops & More"), "womens-tops-more");
}

}  // namespace
}  // namespace souk::simulate
