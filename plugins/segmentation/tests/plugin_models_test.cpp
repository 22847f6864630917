// Models that are trained on the shop's own log: who leaves, with and without a contract, and
// groups that nobody defined.
#include <cmath>
#include <map>

#include "plugins/segmentation/tests/segmentation_shop.hpp"

namespace souk::segmentation::testing {
namespace {

/// Many events in few batches; each at a time of its own.
class Batch {
 public:
  explicit Batch(Shop& shop) : shop_(shop) {}
  template <class Event>
  void add(const Event& event, const std::string& who, std::int64_t days_ago) {
    Envelope envelope{.shopper_id = who};
    envelope.time_us = Shop::kStart - days_ago * kDayUs;
    events_.push_back(souk::testing::Bench::event(event, std::move(envelope)));
    if (events_.size() == 500) send();
  }
  void order(const std::string& who, double amount, bool discounted, std::int64_t days_ago) {
    v1::OrderCompleted event;
    event.set_order_id("o" + std::to_string(++orders_));
    event.set_subtotal(amount);
    if (discounted) event.set_discount(amount / 4);
    add(event, who, days_ago);
  }
  void send() {
    EXPECT_TRUE(shop_.bench.fold(events_).ok());
    events_.clear();
  }

 private:
  Shop& shop_;
  std::vector<souk::testing::RawEvent> events_;
  int orders_ = 0;
};

Settings over_90_days(Settings settings = {}) {
  settings.set_churn_horizon(std::int64_t{90} * 86'400'000);
  return settings;
}

TEST(ValueOfBuyers, WhoAllBoughtOnceIsWhatTheyPaid) {
  Shop shop;
  Batch batch(shop);
  for (int i = 0; i < 60; ++i)
    batch.order("c-" + std::to_string(i), 480 + i % 40, false, 10 + 5 * i);
  batch.send();
  shop.train();
  EXPECT_NEAR(shop.profile("c-3").prediction().order_value().value(), 500, 25);
}

TEST(ChurnOfBuyers, IsTheModelOfPurchasesWhileLittleIsKnown) {
  Shop shop;
  Batch batch(shop);
  for (int i = 0; i < 30; ++i)
    batch.order("c-" + std::to_string(i), 20, false, 10 + 5 * i);
  batch.send();
  shop.train();
  const auto said = shop.profile("c-3").prediction();
  EXPECT_EQ(said.churn_model(), "pareto_nbd");
  EXPECT_NE(said.churn_note().find("too few who stayed and who left"), std::string::npos);
  EXPECT_EQ(said.churn().value(), said.churn_risk());
}

TEST(ChurnOfBuyers, IsLearnedFromWhoCameBackAndWhy) {
  // All order every 25 days. Who buys with discounts left a hundred days ago, and others like them
  // two hundred days ago; all came back who pay the full price.
  Shop shop(over_90_days());
  Batch batch(shop);
  for (int i = 0; i < 240; ++i) {
    const bool discounted = i % 2 == 0;
    const int left = !discounted ? 0 : i % 4 == 0 ? 98 : 190;
    for (int days_ago = 400 - i % 25; days_ago > left; days_ago -= 25)
      batch.order("c-" + std::to_string(i), 20 + i % 7, discounted, days_ago);
  }
  batch.order("asked", 30, true, 60);
  batch.order("asked", 30, true, 35);
  batch.order("asked", 30, true, 10);
  batch.order("other", 30, false, 60);
  batch.order("other", 30, false, 35);
  batch.order("other", 30, false, 10);
  batch.send();
  shop.train();
  const auto asked = shop.profile("asked").prediction();
  const auto other = shop.profile("other").prediction();
  EXPECT_EQ(asked.churn_model(), "logistic");
  EXPECT_EQ(asked.churn_note(), "") << "calibrated on a later time than learned from";
  EXPECT_GT(asked.churn_risk(), other.churn_risk() + 0.3);
  EXPECT_LE(asked.churn().low(), asked.churn().value());
  EXPECT_GE(asked.churn().high(), asked.churn().value());
  const auto& reasons = asked.churn_reasons();
  EXPECT_NE(std::find(reasons.begin(), reasons.end(), "for leaving: buys with discounts"),
            reasons.end());
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(shop.profile("asked").prediction().churn_risk(), asked.churn_risk());
}

TEST(ChurnOfSubscribers, IsLearnedFromWhoCancelled) {
  // Of a shop that sells subscriptions alone. Whose payments fail, cancels: in the last ninety days
  // and in the ninety before.
  Shop shop(over_90_days(with_segment("leaving", "subscriptions >= 1 and churn_risk >= 0.5")));
  Batch batch(shop);
  const auto subscribed = [&](const std::string& who, int days_ago) {
    batch.add(v1::SubscriptionStarted(), who, days_ago);
  };
  const auto failed = [&](const std::string& who, int days_ago) {
    batch.add(v1::SubscriptionPaymentFailed(), who, days_ago);
    batch.add(v1::SubscriptionPaymentFailed(), who, days_ago - 3);
  };
  for (int i = 0; i < 400; ++i) {
    const std::string who = "c-" + std::to_string(i);
    const int window = i % 4 < 2 ? 90 : 180;  // decided in the last one or in the one before
    subscribed(who, 200 + i);
    if (i % 2 == 0) {
      failed(who, window + 20);
      if (i % 10 != 0) batch.add(v1::SubscriptionCancelled(), who, window - 30);
    } else {
      batch.add(v1::SubscriptionRenewed(), who, window + 20);
    }
  }
  subscribed("troubled", 150);
  failed("troubled", 20);
  subscribed("steady", 150);
  batch.add(v1::SubscriptionRenewed(), "steady", 20);
  batch.send();
  shop.train();
  const auto troubled = shop.profile("troubled").prediction();
  EXPECT_EQ(troubled.churn_model(), "logistic_subscription");
  EXPECT_FALSE(troubled.has_alive()) << "nothing was ordered";
  EXPECT_GT(troubled.churn_risk(), 0.5);
  EXPECT_LT(shop.profile("steady").prediction().churn_risk(), 0.3);
  const auto& reasons = troubled.churn_reasons();
  EXPECT_NE(std::find(reasons.begin(), reasons.end(), "for leaving: payments failed lately"),
            reasons.end());
  EXPECT_TRUE(shop.in("troubled", "leaving"));
  EXPECT_FALSE(shop.in("steady", "leaving"));
}

/// Who is in which discovered segment.
std::map<std::string, std::string> discovered(Shop& shop) {
  std::map<std::string, std::string> out;
  const auto listed = shop.bench.ask<Service::ListSegments>({});
  EXPECT_TRUE(listed.ok());
  for (const auto& segment : listed->segments()) {
    if (segment.origin() != "discovered") continue;
    EXPECT_GT(segment.differences_size(), 0);
    EXPECT_FALSE(segment.description().empty());
    v1::MembersRequest request;
    request.set_segment_id(segment.id());
    request.set_limit(1'000);
    const auto members = shop.bench.ask<Service::Members>(request);
    EXPECT_TRUE(members.ok());
    EXPECT_EQ(static_cast<std::uint64_t>(members->members_size()), segment.size());
    for (const auto& member : members->members()) {
      EXPECT_EQ(out.count(member.id()), 0U) << "in two groups";
      out[member.id()] = segment.id();
    }
  }
  return out;
}

TEST(DiscoveredSegments, HaveMembersWhoEnterAndLeaveAndIdsThatStay) {
  Settings settings;
  settings.set_ready_segments(false);
  settings.mutable_discovered()->set_segments("2");
  Shop shop(settings);
  Batch batch(shop);
  // Many small orders with discounts, and few large ones without.
  for (int i = 0; i < 80; ++i) {
    const std::string who = "c-" + std::to_string(i);
    const bool small = i % 2 == 0;
    for (int order = 0; order < (small ? 9 : 2); ++order)
      batch.order(who, small ? 10 + i % 5 : 300 + i, small, 20 + order * (small ? 12 : 70) + i % 9);
  }
  batch.send();
  EXPECT_TRUE(discovered(shop).empty());
  shop.train();
  const auto first = discovered(shop);
  ASSERT_EQ(first.size(), 80U) << "everybody with orders is in one";
  for (int i = 2; i < 80; ++i)
    EXPECT_EQ(first.at("c-" + std::to_string(i)), first.at("c-" + std::to_string(i % 2)));
  EXPECT_NE(first.at("c-0"), first.at("c-1"));
  EXPECT_EQ(shop.published("souk.v1.SegmentEntered"), 80U);

  // More come who are like those there, then all is learned again.
  for (int i = 0; i < 10; ++i) {
    for (int order = 0; order < 9; ++order)
      batch.order("late-" + std::to_string(i), 12, true, 20 + 12 * order + i % 9);
  }
  batch.send();
  shop.days_pass(1);
  shop.train();
  const auto second = discovered(shop);
  EXPECT_EQ(second.size(), 90U);
  for (int i = 2; i < 80; ++i)
    EXPECT_EQ(second.at("c-" + std::to_string(i)), first.at("c-" + std::to_string(i))) << i;
  EXPECT_EQ(second.at("late-1"), first.at("c-0"));
  EXPECT_GE(shop.published("souk.v1.SegmentEntered"), 90U);
  EXPECT_LE(shop.published("souk.v1.SegmentExited"), 10U) << "only those who came may have moved";
  // What goes and comes back holds everybody once.
  settings.mutable_discovered()->set_segments("off");
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  ASSERT_TRUE(shop.bench.advance(std::chrono::seconds(1)).ok());
  EXPECT_TRUE(discovered(shop).empty());
  settings.mutable_discovered()->set_segments("2");
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  ASSERT_TRUE(shop.bench.advance(std::chrono::seconds(1)).ok());
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(discovered(shop), second);
  // Who begins to buy like the others moves over to them, and both are told.
  const std::size_t exited = shop.published("souk.v1.SegmentExited");
  for (int order = 0; order < 40; ++order)
    batch.order("c-1", 1, true, 1 + order % 9);
  batch.send();
  EXPECT_EQ(discovered(shop).at("c-1"), second.at("c-0"));
  EXPECT_GT(shop.published("souk.v1.SegmentExited"), exited);
}

v1::TableColumn& add_column(v1::ScoreTableRequest& request, const std::string& name,
                            double (*value)(int)) {
  v1::TableColumn* column = request.add_train();
  column->set_name(name);
  for (int i = 0; i < 60; ++i)
    column->add_numbers(value(i));
  return *column;
}

v1::ScoreTableRequest table_of_sixty(const std::string& task) {
  v1::ScoreTableRequest request;
  request.set_task(task);
  request.set_outcome("visit");
  request.set_treatment("mailed");
  add_column(request, "visit", [](int i) { return i % 3 == 0 ? 1.0 : 0.0; });
  add_column(request, "mailed", [](int i) { return i % 2 == 0 ? 1.0 : 0.0; });
  return request;
}

TEST(TablesFromElsewhere, WithNothingToLearnFromAreRefused) {
  Shop shop;
  for (const std::string task : {"uplift", "churn"}) {
    auto request = table_of_sixty(task);
    if (task == "churn") request.mutable_train()->RemoveLast();
    auto answer = shop.bench.ask<Service::ScoreTable>(request);
    ASSERT_FALSE(answer.ok()) << task;
    EXPECT_NE(answer.status().message().find("no column to learn from"), std::string::npos);
  }
}

TEST(TablesFromElsewhere, OfTwoLengthsInOneColumnAreRefused) {
  Shop shop;
  auto request = table_of_sixty("uplift");
  v1::TableColumn& column = add_column(request, "history", [](int i) { return i * 1.0; });
  column.mutable_numbers()->Truncate(3);
  for (int i = 0; i < 60; ++i)
    column.add_texts("x");
  auto answer = shop.bench.ask<Service::ScoreTable>(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.status().message().find("holds numbers and texts"), std::string::npos);

  *request.add_rows() = column;
  column.clear_texts();
  for (int i = 3; i < 60; ++i)
    column.add_numbers(i);
  EXPECT_FALSE(shop.bench.ask<Service::ScoreTable>(request).ok());
}

TEST(TablesFromElsewhere, OfTheLargestNumbersHaveScores) {
  Shop shop;
  for (const std::string task : {"uplift", "churn"}) {
    auto request = table_of_sixty(task);
    add_column(request, "history", [](int i) { return i % 2 == 0 ? 1e308 : -1e308; });
    v1::TableColumn* asked = request.add_rows();
    asked->set_name("history");
    asked->add_numbers(1e308);
    asked->add_numbers(0);
    auto answer = shop.bench.ask<Service::ScoreTable>(request);
    ASSERT_TRUE(answer.ok()) << answer.status().message();
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(std::isfinite(answer->scores(i))) << task;
      EXPECT_TRUE(std::isfinite(answer->low(i))) << task;
    }
  }
}

}  // namespace
}  // namespace souk::segmentation::testing
