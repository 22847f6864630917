// The comparison with a holdout, and machines, against known answers.
#include "plugins/email/model/increment.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

#include "plugins/email/model/machines.hpp"

namespace souk::email {
namespace {

GroupSums group_of(std::initializer_list<double> values) {
  GroupSums group;
  for (const double value : values) {
    ++group.people;
    if (value > 0) group.grow(0, value, true);
  }
  return group;
}

TEST(Increment, nobody_and_one_person_prove_nothing) {
  const Increment none = increment_of({}, {});
  EXPECT_EQ(none.enough, Enough::few_buyers);
  EXPECT_EQ(none.revenue.high, 0);
  const Increment one = increment_of(group_of({5}), group_of({0}));
  EXPECT_EQ(one.enough, Enough::few_buyers);
  EXPECT_TRUE(std::isfinite(one.revenue.low));
  const GroupSums idle = group_of({0, 0, 0});
  EXPECT_EQ(increment_of(idle, idle).revenue.high, 0);
}

TEST(Increment, students_points_are_those_of_the_tables) {
  EXPECT_NEAR(student_95(5), 2.5706, 0.002);
  EXPECT_NEAR(student_95(10), 2.2281, 0.0005);
  EXPECT_NEAR(student_95(30), 2.0423, 0.0001);
  EXPECT_NEAR(student_95(1e9), 1.95996, 0.0001);
}

TEST(Increment, welch_as_worked_by_hand) {
  // R: t.test(c(10,20,30,40), c(5,10,15)) → difference 15, with 4.0756 degrees of
  // freedom; the table's points for 4 and 5 are 2.7764 and 2.5706.
  const Increment found = increment_of(group_of({10, 20, 30, 40}), group_of({5, 10, 15}));
  EXPECT_NEAR(found.revenue.value, 15, 1e-9);
  const double error = std::sqrt(500.0 / 3 / 4 + 25.0 / 3);
  EXPECT_NEAR((found.revenue.high - found.revenue.low) / 2 / error, 2.757, 0.01);
  EXPECT_EQ(found.enough, Enough::few_buyers);
}

TEST(Increment, a_person_who_buys_again_is_one_buyer) {
  GroupSums group = group_of({0, 0});
  group.grow(0, 10, true);
  group.grow(10, 25, false);
  const GroupSums once = group_of({25, 0});
  EXPECT_EQ(group.buyers, 1U);
  EXPECT_NEAR(group.variance(), once.variance(), 1e-9);
  EXPECT_NEAR(group.sum, 25, 1e-9);
}

/// The interval holds the true difference in 95 of 100 shops whose orders are log-normal, wherever
/// it says that there is enough; and it says so only with enough people.
TEST(Increment, the_interval_keeps_its_promise_where_it_gives_one) {
  std::mt19937_64 random(20261123);
  std::lognormal_distribution<double> order(3, 0.6);
  std::bernoulli_distribution more(0.35);
  std::bernoulli_distribution fewer(0.30);
  const double truth = 0.05 * std::exp(3 + 0.18);
  int held = 0;
  int promised = 0;
  for (int shop = 0; shop < 200; ++shop) {
    GroupSums treated;
    GroupSums holdout;
    for (int i = 0; i < 8'000; ++i) {
      GroupSums& group = i % 2 == 0 ? holdout : treated;
      ++group.people;
      if (i % 2 == 0 ? fewer(random) : more(random)) group.grow(0, order(random), true);
    }
    const Increment found = increment_of(treated, holdout);
    if (found.enough != Enough::yes) continue;
    ++promised;
    held += found.revenue.low <= truth && truth <= found.revenue.high ? 1 : 0;
  }
  EXPECT_GT(promised, 100);
  EXPECT_GT(held, promised * 90 / 100);
  EXPECT_LT(held, promised * 99 / 100);
  GroupSums wild;
  for (int i = 0; i < 5'000; ++i) {
    ++wild.people;
    if (i < 30) wild.grow(0, i == 0 ? 50'000 : 20, true);
  }
  const Increment tails = increment_of(wild, wild);
  EXPECT_EQ(tails.enough, Enough::heavy_tails);
  EXPECT_GT(tails.people_needed, 100'000);
}

TEST(Machines, people_are_told_from_scanners) {
  EXPECT_TRUE(is_machine("Mozilla/5.0"));
  EXPECT_TRUE(is_machine("Mozilla/5.0 (compatible; Googlebot/2.1)"));
  EXPECT_TRUE(is_machine("python-requests/2.31"));
  EXPECT_TRUE(is_machine("Mozilla/4.0 (compatible; ms-office; MSOffice 16) Existence Discovery"));
  EXPECT_FALSE(is_machine(""));
  EXPECT_FALSE(
      is_machine("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 "
                 "(via ggpht.com GoogleImageProxy)"));
  EXPECT_FALSE(
      is_machine("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) "
                 "AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"));
  constexpr std::int64_t kSecond = 1'000'000;
  constexpr std::int64_t kSent = 1'000 * kSecond;
  MachineWatch watch;
  const std::string person = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";
  EXPECT_TRUE(watch.open(person, kSent, kSent + kSecond));
  EXPECT_FALSE(watch.open(person, kSent, kSent + 60 * kSecond));
  EXPECT_FALSE(watch.open(person, 0, kSent));
  EXPECT_TRUE(watch.click("m-1", "/a", person, kSent, kSent + 2 * kSecond));
  // The same link twice is a person in a hurry; three different ones at once are not.
  const std::int64_t later = kSent + 100 * kSecond;
  EXPECT_FALSE(watch.click("m-1", "/a", person, kSent, later));
  EXPECT_FALSE(watch.click("m-1", "/a", person, kSent, later + kSecond));
  EXPECT_FALSE(watch.click("m-1", "/b", person, kSent, later + kSecond));
  EXPECT_TRUE(watch.click("m-1", "/c", person, kSent, later + 2 * kSecond));
  EXPECT_FALSE(watch.click("m-1", "/d", person, kSent, later + 60 * kSecond));
  for (std::size_t i = 0; i < 2 * MachineWatch::kMost; ++i)
    (void)watch.click("m-" + std::to_string(i), "/a", person, 0, later);
}

}  // namespace
}  // namespace souk::email
