// A simulated shop whose truth is known: the ready segments must find the people whom they are
// about, without having been told. Truth is what people are like, which only the simulator knows,
// and what they do afterwards, which the plugin is not shown. A seed that nothing was chosen on.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "plugins/recommendations/tests/simulated_shop.hpp"
#include "souk/v1/segmentation.pb.h"

namespace souk::segmentation::testing {
namespace {

using souk::recommendations::testing::LeanHost;
using Ids = std::set<std::string>;

/// How well those who were found are those who are meant.
struct Score {
  double precision = 0;
  double recall = 0;
  double chance = 0;  ///< the precision of naming everybody
};

class SegmentationTruth : public ::testing::Test {
 protected:
  static constexpr int kDays = 150;
  static constexpr int kAfter = 30;
  static constexpr std::int64_t kRefillDayUs = 86'400'000'000;

  static void SetUpTestSuite() {
    host_ = std::make_unique<LeanHost>(SOUK_PLUGIN_LIBRARY);
    ASSERT_TRUE(host_->ready());
    simulate::SimulationSettings settings;
    settings.seed = 90'210;
    settings.products = 200;
    settings.shoppers = 900;
    settings.days = kDays + kAfter;
    auto made = simulate::Simulation::create(settings);
    ASSERT_TRUE(made.ok()) << made.status().message();
    simulation_ = std::move(made.value());
    for (const auto& person : people())
      older_orders_.push_back(person.orders);
    simulation_->run_days(kDays, [](std::string_view line) {
      recommendations::testing::fold_event(*host_, recommendations::testing::read_event(line));
    });
    older_orders_.resize(people().size(), 0);
    for (std::size_t i = 0; i < people().size(); ++i) {
      orders_told_.push_back(static_cast<std::uint16_t>(people()[i].orders - older_orders_[i]));
    }
    const std::int64_t now_us = host_->now_us;
    for (const auto& person : people()) {
      orders_before_.push_back(person.orders);
      runs_out_.push_back(
          std::any_of(person.refills.begin(), person.refills.end(), [&](const auto& refill) {
            return std::abs(refill.due_us - now_us) <= 7 * kRefillDayUs;
          }));
    }
    simulation_->run_days(14, [](std::string_view) {});
    for (const auto& person : people())
      orders_after_14_.push_back(person.orders);
    simulation_->run_days(kAfter - 14, [](std::string_view) {});
  }
  static void TearDownTestSuite() {
    simulation_.reset();
    host_.reset();
  }

  static const std::vector<simulate::Shopper>& people() {
    return simulation_->shop().population.people();
  }
  /// Private people with orders of whom `meant` is true; by their place.
  static Ids who(const std::function<bool(std::size_t)>& meant) {
    Ids ids;
    for (std::size_t i = 0; i < orders_before_.size(); ++i) {
      if (orders_told_[i] == 0 || people()[i].account >= 0 || !meant(i)) continue;
      ids.insert(simulation_->shop().population.customer_id(static_cast<std::uint32_t>(i)));
    }
    return ids;
  }
  static Ids everybody() {
    return who([](std::size_t) { return true; });
  }
  static Ids members(const std::string& segment) {
    souk::v1::MembersRequest request;
    request.set_segment_id(segment);
    request.set_limit(10'000);
    souk::v1::MembersReply reply;
    const std::string_view bytes =
        host_->ask("souk.v1.Segmentation/Members", request.SerializeAsString());
    EXPECT_TRUE(reply.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    Ids ids;
    for (const auto& member : reply.members())
      ids.insert(member.id());
    return ids;
  }
  /// Among those who could be meant.
  static Score score(const char* what, const Ids& found, const Ids& meant, const Ids& of) {
    std::size_t named = 0;
    std::size_t right = 0;
    for (const std::string& id : of) {
      named += found.count(id);
      right += found.count(id) * meant.count(id);
    }
    const Score made{named == 0 ? 0 : static_cast<double>(right) / static_cast<double>(named),
                     static_cast<double>(right) / static_cast<double>(meant.size()),
                     static_cast<double>(meant.size()) / static_cast<double>(of.size())};
    std::printf("%s: %zu of %zu named, precision %.2f (by chance %.2f), recall %.2f\n", what, named,
                of.size(), made.precision, made.chance, made.recall);
    return made;
  }

  static inline std::unique_ptr<LeanHost> host_;
  static inline std::unique_ptr<simulate::Simulation> simulation_;
  static inline std::vector<std::uint16_t> older_orders_;   ///< from before the first event
  static inline std::vector<std::uint16_t> orders_told_;    ///< of which the plugin was told
  static inline std::vector<std::uint16_t> orders_before_;  ///< both
  static inline std::vector<std::uint16_t> orders_after_14_;
  static inline std::vector<bool> runs_out_;  ///< something, within a week of the last day told
};

TEST_F(SegmentationTruth, WhoWaitsForDiscountsHasThemInTheProfile) {
  // By latent sensitivity: the upper and the lower part, whose orders are few each.
  std::array<double, 2> discounted{};
  std::array<double, 2> orders{};
  for (std::size_t i = 0; i < orders_before_.size(); ++i) {
    if (orders_told_[i] == 0 || people()[i].account >= 0) continue;
    souk::v1::ProfileRequest request;
    request.set_id(simulation_->shop().population.customer_id(static_cast<std::uint32_t>(i)));
    souk::v1::CustomerProfile profile;
    const std::string_view bytes =
        host_->ask("souk.v1.Segmentation/Profile", request.SerializeAsString());
    ASSERT_TRUE(profile.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    const std::size_t part = people()[i].discount_sensitivity >= 0.7 ? 1 : 0;
    orders[part] += profile.orders();
    discounted[part] += profile.discount_share() * profile.orders();
  }
  std::printf("orders with a discount: %.0f %% of the sensitive, %.0f %% of the others\n",
              100 * discounted[1] / orders[1], 100 * discounted[0] / orders[0]);
  EXPECT_GT(discounted[1] / orders[1], discounted[0] / orders[0]);
}

TEST_F(SegmentationTruth, RepeatCustomersOrderAgain) {
  const Ids again = who([](std::size_t i) { return people()[i].orders > orders_before_[i]; });
  const Score found = score("repeat customer → orders within 30 days", members("repeat_customer"),
                            again, everybody());
  EXPECT_GT(found.precision, 1.2 * found.chance);
  EXPECT_GT(found.recall, 0.7);
}

TEST_F(SegmentationTruth, DueForReplenishmentAreThoseToWhomSomethingRunsOut) {
  const Ids due = members("due_for_replenishment");
  const Ids out = who([](std::size_t i) { return runs_out_[i]; });
  const Score found =
      score("due for replenishment → something runs out within a week", due, out, everybody());
  EXPECT_GT(found.precision, 1.5 * found.chance);
  EXPECT_GT(found.recall, 0.1);
  const Ids again = who([](std::size_t i) { return orders_after_14_[i] > orders_before_[i]; });
  const Score ordered =
      score("due for replenishment → orders within 14 days", due, again, everybody());
  EXPECT_GT(ordered.precision, 1.2 * ordered.chance);
}

TEST_F(SegmentationTruth, HeavyResearchersAreThoseWhoComeToLook) {
  const auto& population = simulation_->shop().population;
  Ids all;
  Ids meant;
  for (std::size_t i = 0; i < orders_before_.size(); ++i) {
    if (people()[i].sessions == 0 || people()[i].account >= 0) continue;
    for (const std::string& id : {population.customer_id(static_cast<std::uint32_t>(i)),
                                  population.anonymous_id(static_cast<std::uint32_t>(i))}) {
      all.insert(id);
      if (people()[i].visits_per_day >= 0.1) meant.insert(id);
    }
  }
  const Score found = score("heavy researcher", members("heavy_researcher"), meant, all);
  EXPECT_GT(found.precision, 1.2 * found.chance);
}

TEST_F(SegmentationTruth, TheMostValuableFifthBringsMostOfWhatComes) {
  souk::v1::PredictValueRequest request;
  const Ids all = everybody();
  for (const std::string& id : all)
    request.add_ids(id);
  request.set_horizon_days(kAfter);
  request.set_fit(true);
  souk::v1::PredictValueReply reply;
  const std::string_view bytes =
      host_->ask("souk.v1.Segmentation/PredictValue", request.SerializeAsString());
  ASSERT_TRUE(reply.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  std::map<std::string, int> came;
  double in_all = 0;
  for (std::size_t i = 0; i < orders_before_.size(); ++i) {
    const int more = people()[i].orders - orders_before_[i];
    came[simulation_->shop().population.customer_id(static_cast<std::uint32_t>(i))] = more;
    if (orders_told_[i] > 0 && people()[i].account < 0) in_all += more;
  }
  std::vector<std::pair<double, std::string>> ranked;
  for (const auto& customer : reply.customers())
    ranked.emplace_back(-customer.prediction().orders().value(), customer.id());
  std::sort(ranked.begin(), ranked.end());
  ranked.resize(ranked.size() / 5);
  double of_fifth = 0;
  for (const auto& [value, id] : ranked)
    of_fifth += came[id];
  std::printf("the fifth expected to order most: %.0f %% of what came\n", 100 * of_fifth / in_all);
  EXPECT_GT(of_fifth / in_all, 0.4);
}

/// A wholesaler's till that signs everything with one customer's name.
TEST(ManyOrders, OfOneCustomerAreOneSmallRecord) {
  LeanHost host(SOUK_PLUGIN_LIBRARY);
  ASSERT_TRUE(host.ready());
  constexpr int kOrders = 100'000;
  host.now_us = 1'800'000'000'000'000;
  const std::uint32_t ordered = host.subscription("souk.v1.OrderCompleted");
  souk::v1::OrderCompleted order;
  order.set_subtotal(10);
  for (int i = 0; i < kOrders; ++i) {
    order.set_order_id("o" + std::to_string(i));
    order.clear_products();
    order.add_products()->set_product_id("p" + std::to_string(i % 1'000));
    host.now_us += 60'000'000;
    const std::string payload = order.SerializeAsString();
    ASSERT_TRUE(host.fold({host.event(ordered, payload, "whale", {})}));
  }
  souk::v1::ProfileRequest request;
  request.set_id("whale");
  souk::v1::CustomerProfile profile;
  const std::string_view bytes =
      host.ask("souk.v1.Segmentation/Profile", request.SerializeAsString());
  ASSERT_TRUE(profile.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  EXPECT_EQ(profile.orders(), static_cast<unsigned>(kOrders));
  EXPECT_EQ(profile.revenue(), 10.0 * kOrders);
  EXPECT_LT(bytes.size(), 8'192U);
}

}  // namespace
}  // namespace souk::segmentation::testing
