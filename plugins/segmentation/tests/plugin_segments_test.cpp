// The plugin as the daemon loads it: wrong input first, then who is in which segment and what they
// are worth.
#include "plugins/segmentation/tests/segmentation_shop.hpp"

namespace souk::segmentation::testing {
namespace {

Status refused(const Settings& settings) {
  souk::testing::Bench bench(plugin_entry());
  return bench.begin_life(settings);
}

TEST(SegmentationSettings, FaultsNameTheSettingAndTheColumn) {
  const Status unreadable = refused(with_segment("hot", "orders > "));
  EXPECT_EQ(unreadable.code(), Code::invalid_argument);
  EXPECT_NE(unreadable.message().find("segments.hot.when: column 10: the condition ends too early"),
            std::string::npos)
      << unreadable.message();

  Settings circle = with_segment("a", "segment(\"b\")");
  (*circle.mutable_segments())["b"].set_when("segment(\"a\")");
  EXPECT_NE(refused(circle).message().find("a → b → a"), std::string::npos);

  Settings off;
  (*off.mutable_segments())["nothing"].set_off(true);
  EXPECT_NE(refused(off).message().find("no ready segment"), std::string::npos);
  EXPECT_FALSE(refused(with_segment("empty", "")).ok());
}

TEST(Segmentation, UnknownPeopleSegmentsAndConditionsAreSaidClearly) {
  Shop shop;
  v1::ProfileRequest nobody;
  nobody.set_id("nobody");
  EXPECT_EQ(shop.bench.ask<Service::Profile>(nobody).status().code(), Code::not_found);
  EXPECT_TRUE(shop.segments("nobody").empty());
  v1::MembersRequest members;
  members.set_segment_id("nothing");
  EXPECT_EQ(shop.bench.ask<Service::Members>(members).status().code(), Code::not_found);
  members.set_segment_id("vip");
  members.set_cursor("x");
  EXPECT_EQ(shop.bench.ask<Service::Members>(members).status().code(), Code::invalid_argument);
  v1::PreviewRequest preview;
  preview.set_when("orders >< 3");
  const Status status = shop.bench.ask<Service::Preview>(preview).status();
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("column 9"), std::string::npos) << status.message();
}

TEST(Segmentation, PeopleEnterWithADeedAndLeaveWhenTimeHasPassed) {
  Shop shop(
      with_segment("hot", "count(productViewed, 7d) >= 3 and count(orderCompleted, 30d) = 0"));
  shop.view("s1");
  shop.view("s1");
  EXPECT_FALSE(shop.in("s1", "hot"));
  shop.view("s1");
  EXPECT_TRUE(shop.in("s1", "hot"));
  EXPECT_EQ(shop.published("souk.v1.SegmentEntered"), 1U);
  shop.days_pass(6);
  EXPECT_TRUE(shop.in("s1", "hot"));
  shop.days_pass(2);
  EXPECT_FALSE(shop.in("s1", "hot")) << "the window is over";
  EXPECT_EQ(shop.published("souk.v1.SegmentExited"), 1U);
  EXPECT_TRUE(shop.bench.host().timers().count("due") == 0) << "nothing is left to wait for";
}

TEST(Segmentation, ReasonsSayWhatWasFound) {
  Shop shop(with_segment("hot", "count(productViewed, 7d) >= 2"));
  shop.view("s1");
  shop.view("s1");
  const auto profile = shop.profile("s1");
  ASSERT_EQ(profile.segments_size(), 1);
  EXPECT_EQ(profile.segments(0).evidence(0), "count(productViewed, 7d) is 2 (asked: >= 2)");
  EXPECT_EQ(profile.kind(), "visitor");
}

TEST(Segmentation, SegmentsReadEachOther) {
  Settings settings = with_segment("b_looks", "visits >= 1");
  (*settings.mutable_segments())["a_both"].set_when("segment(\"b_looks\") and orders >= 1");
  Shop shop(settings);
  shop.view("s1");
  EXPECT_FALSE(shop.in("s1", "a_both"));
  shop.order("s1", "o1", 20);
  EXPECT_TRUE(shop.in("s1", "a_both"));
}

TEST(Segmentation, MoneyIsCountedOnceAndNeverTakenBackTwice) {
  Shop shop;
  shop.order("s1", "o1", 50);
  shop.order("s1", "o1", 50);  // told by the page and by the back office
  shop.order("s1", "o2", -30);
  EXPECT_EQ(shop.profile("s1").revenue(), 50);
  EXPECT_EQ(shop.profile("s1").orders(), 2U);
  v1::OrderRefunded refund;
  refund.set_order_id("o1");
  refund.set_total(80);  // more than the order held
  shop.send(refund, {.shopper_id = "s1"});
  shop.send(refund, {.shopper_id = "s1"});
  EXPECT_EQ(shop.profile("s1").revenue(), 0);
  v1::OrderCompleted foreign;
  foreign.set_order_id("o3");
  foreign.set_subtotal(10);
  foreign.set_currency("EUR");
  shop.send(foreign, {.shopper_id = "s1"});
  foreign.set_order_id("o4");
  foreign.set_currency("XAU");
  shop.send(foreign, {.shopper_id = "s1"});
  EXPECT_EQ(shop.profile("s1").revenue(), 10) << "no rate is known for the other currency";
}

TEST(Segmentation, VisitorsBecomeCustomersAndCustomersStayApart) {
  Shop shop;
  shop.view("anonymous-1", "p1", "Shoes");
  shop.view("anonymous-1", "p2", "Shoes");
  v1::Aliased alias;
  alias.set_previous_id("anonymous-1");
  shop.send(alias, {.shopper_id = "c-1"});
  const auto joined = shop.profile("c-1");
  EXPECT_EQ(joined.deeds().at("productViewed"), 2U);
  EXPECT_EQ(joined.kind(), "customer");
  EXPECT_EQ(joined.merged_ids(0), "anonymous-1");
  EXPECT_EQ(joined.categories(0).name(), "Shoes");

  shop.send(v1::Identified(), {.shopper_id = "c-2"});
  alias.set_previous_id("c-2");
  shop.send(alias, {.shopper_id = "c-1"});
  EXPECT_EQ(shop.profile("c-2").kind(), "customer") << "two known people are never joined";
}

TEST(Segmentation, AnErasedCustomerWhoReturnsIsNew) {
  Shop shop(with_segment("buyer", "orders >= 1"));
  shop.order("c-1", "o1", 20);
  ASSERT_TRUE(shop.in("c-1", "buyer"));
  v1::CustomerErased erased;
  erased.set_customer_id("c-1");
  shop.send(erased, {});
  EXPECT_TRUE(shop.segments("c-1").empty());
  auto snapshot = shop.bench.snapshot();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(snapshot->find("c-1"), std::string::npos) << "nothing of the person is kept";
  shop.view("c-1");
  EXPECT_EQ(shop.profile("c-1").orders(), 0U);
}

TEST(Segmentation, AccountsHaveSegmentsOfTheirOwn) {
  Shop shop;
  for (int i = 0; i < 4; ++i) {
    v1::OrderCompleted order;
    order.set_order_id("b" + std::to_string(i));
    order.set_subtotal(100);
    shop.send(order, {.shopper_id = "buyer", .account_id = "northwind"});
  }
  v1::ProfileRequest request;
  request.set_id("northwind");
  const auto account = shop.bench.ask<Service::AccountProfile>(request);
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account->revenue(), 400);
  ASSERT_EQ(account->segments_size(), 1);
  EXPECT_EQ(account->segments(0).segment_id(), "account_growing");
}

TEST(Segmentation, PreviewsCountWithoutSaving) {
  Shop shop(with_segment("buyer", "orders >= 1"));
  for (int i = 0; i < 20; ++i) {
    const std::string id = "s" + std::to_string(i);
    shop.view(id, "p1", i % 2 == 0 ? "Shoes > Boots" : "Hats");
    if (i < 5) shop.order(id, "o" + id, 10);
  }
  v1::PreviewRequest request;
  request.set_when("count(productViewed where category = \"Shoes\", 7d) >= 1");
  request.set_examples(2);
  const auto preview = shop.bench.ask<Service::Preview>(request);
  ASSERT_TRUE(preview.ok());
  EXPECT_EQ(preview->size(), 10U);
  EXPECT_EQ(preview->of(), 20U);
  EXPECT_EQ(preview->examples_size(), 2);
  ASSERT_EQ(preview->overlaps_size(), 1);
  EXPECT_EQ(preview->overlaps(0).size(), 3U);
}

TEST(Segmentation, MembersComePageByPage) {
  Shop shop(with_segment("buyer", "orders >= 1"));
  for (int i = 0; i < 7; ++i)
    shop.order("s" + std::to_string(i), "o" + std::to_string(i), 10);
  v1::MembersRequest request;
  request.set_segment_id("buyer");
  request.set_limit(3);
  std::vector<std::string> seen;
  do {
    const auto page = shop.bench.ask<Service::Members>(request);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->size(), 7U);
    for (const auto& member : page->members())
      seen.push_back(member.id());
    request.set_cursor(page->next_cursor());
  } while (!request.cursor().empty());
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 7U);
}

/// A shop of which the first half orders every month and the second ordered once long ago.
void live(Shop& shop) {
  const std::int64_t now = Shop::kStart;
  for (int person = 0; person < 60; ++person) {
    const std::string id = "c" + std::to_string(person);
    const int orders = person < 30 ? 8 : 1;
    for (int i = 0; i < orders; ++i) {
      shop.order(id, id + "-" + std::to_string(i), 20 + person, now - (250 - 30 * i) * kDayUs);
    }
  }
  shop.train();
}

TEST(Segmentation, ModelsSayWhoComesBackAndWhatTheyAreWorth) {
  Shop shop;
  shop.order("early", "first", 10);
  EXPECT_FALSE(shop.profile("early").has_prediction()) << "no model yet";
  live(shop);
  EXPECT_EQ(shop.published("souk.v1.ModelTrained"), 2U) << "value and groups";
  const auto regular = shop.profile("c5").prediction();
  const auto lost = shop.profile("c45").prediction();
  EXPECT_GT(regular.alive().value(), 0.8);
  EXPECT_GT(regular.alive().value(), lost.alive().value() + 0.3);
  EXPECT_GT(regular.orders().value(), 3 * lost.orders().value());
  EXPECT_LE(regular.orders().low(), regular.orders().value());
  EXPECT_GE(regular.orders().high(), regular.orders().value());
  EXPECT_GT(lost.churn_risk(), 0.66);
  EXPECT_EQ(lost.churn_level(), "high");
  EXPECT_NE(regular.note().find("typical shop"), std::string::npos) << "sixty customers are few";
  EXPECT_TRUE(shop.in("c45", "churn_risk"));
  EXPECT_TRUE(shop.in("c29", "high_value"));
  EXPECT_FALSE(shop.in("c45", "high_value"));
}

TEST(Segmentation, SnapshotsGoOnAsTheOriginalDoes) {
  Shop shop(with_segment("hot", "count(productViewed, 7d) >= 2"));
  live(shop);
  shop.view("s1", "p1", "Shoes > Boots");
  ASSERT_TRUE(shop.bench.restart().ok());
  shop.view("s1", "p2", "Shoes > Boots");
  EXPECT_TRUE(shop.in("s1", "hot"));
  EXPECT_TRUE(shop.profile("c5").has_prediction());
  shop.days_pass(8);
  EXPECT_FALSE(shop.in("s1", "hot"));
}

TEST(Segmentation, ForgetsWhoWasAwayLongestWhenThereIsNoRoom) {
  Settings settings;
  settings.set_max_people(100);
  Shop shop(settings);
  for (int i = 0; i < 150; ++i)
    shop.view("s" + std::to_string(i));
  EXPECT_TRUE(shop.segments("s10").empty());
  EXPECT_EQ(shop.profile("s149").visits(), 1U);
  EXPECT_EQ(shop.bench.host().metric_value("people_forgotten"), 50);
}

}  // namespace
}  // namespace souk::segmentation::testing
