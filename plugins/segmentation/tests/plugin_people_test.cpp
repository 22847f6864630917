// Who is who: joins and their undoing, people who give way, input that makes no sense; and the page
// that shows everybody.
#include <gmock/gmock.h>

#include "plugins/segmentation/tests/segmentation_shop.hpp"

namespace souk::segmentation::testing {
namespace {

void alias(Shop& shop, const std::string& visitor, const std::string& customer) {
  v1::Aliased event;
  event.set_previous_id(visitor);
  shop.send(event, {.shopper_id = customer});
}

void separate(Shop& shop, const std::string& visitor, const std::string& customer) {
  v1::ProfilesSeparated event;
  event.set_previous_id(visitor);
  shop.send(event, {.shopper_id = customer});
}

void known(Shop& shop, const std::string& id) { shop.send(v1::Identified(), {.shopper_id = id}); }

/// What must be as if a join had never been: everything but when it was told.
std::string essence(const v1::CustomerProfile& profile) {
  std::string out = profile.kind();
  const auto add = [&out](std::string_view name, double value) {
    out += "\n" + std::string(name) + " " + std::to_string(value);
  };
  add("visits", profile.visits());
  add("orders", profile.orders());
  add("revenue", profile.revenue());
  add("interval", profile.interval_days());
  add("views before an order", profile.views_before_order());
  add("price level", profile.price_level());
  add("first seen", static_cast<double>(profile.first_seen_at().seconds()));
  add("first order", static_cast<double>(profile.first_order_at().seconds()));
  add("last order", static_cast<double>(profile.last_order_at().seconds()));
  for (const auto month : profile.order_months())
    add("month", month);
  for (const auto& category : profile.categories())
    add(category.name(), category.share());
  std::set<std::string> deeds;
  for (const auto& [name, times] : profile.deeds())
    deeds.insert(name + " " + std::to_string(times));
  for (const std::string& deed : deeds)
    out += "\n" + deed;
  return out;
}

TEST(Joins, WhatIsNoPartCantBeSeparated) {
  Shop shop;
  shop.view("v-1");
  known(shop, "c-1");
  known(shop, "c-2");
  alias(shop, "c-2", "c-1");
  separate(shop, "c-2", "c-1");  // two known people were never joined
  separate(shop, "v-1", "c-1");  // was never joined
  separate(shop, "v-1", "nobody");
  EXPECT_EQ(shop.profile("v-1").visits(), 1U);
  EXPECT_EQ(shop.bench.host().metric_value("separations_refused"), 2);
}

TEST(Joins, AreUndoneAsIfTheyHadNeverBeen) {
  Shop joined(untrained({}));
  Shop apart(untrained({}));
  for (Shop* shop : {&joined, &apart}) {
    known(*shop, "c-1");
    shop->view("c-1", "p1", "Shoes");
    shop->order("c-1", "o-1", 30, Shop::kStart - 40 * kDayUs);
    shop->view("v-1", "p2", "Hats");
    shop->view("v-1", "p3", "Hats");
    shop->order("v-1", "o-2", 70, Shop::kStart - 20 * kDayUs);
    if (shop == &joined) alias(*shop, "v-1", "c-1");
    shop->days_pass(3);
    shop->order("c-1", "o-3", 50);
    shop->view("c-1", "p4", "Shoes");
  }
  const auto both = joined.profile("c-1");
  EXPECT_EQ(both.orders(), 3U);
  EXPECT_EQ(both.revenue(), 150);
  ASSERT_EQ(both.separable_ids_size(), 1);
  ASSERT_TRUE(joined.bench.restart().ok()) << "what is needed for it stands in snapshots";

  separate(joined, "v-1", "c-1");
  EXPECT_EQ(essence(joined.profile("c-1")), essence(apart.profile("c-1")));
  EXPECT_EQ(essence(joined.profile("v-1")), essence(apart.profile("v-1")));
  EXPECT_EQ(joined.profile("v-1").kind(), "visitor");
  const auto sizes = [](Shop& shop) {
    std::string out;
    const auto listed = shop.bench.ask<Service::ListSegments>({});
    for (const auto& segment : listed->segments())
      out += segment.id() + " " + std::to_string(segment.size()) + "\n";
    return out + std::to_string(listed->people());
  };
  EXPECT_EQ(sizes(joined), sizes(apart));
}

TEST(Joins, OfTheSameVisitorAgainAndOfManyAreBounded) {
  Shop shop;
  known(shop, "c-1");
  for (int i = 0; i < 7; ++i) {
    const std::string visitor = "v-" + std::to_string(i);
    shop.view(visitor);
    alias(shop, visitor, "c-1");
  }
  alias(shop, "v-6", "c-1");  // is no more
  EXPECT_EQ(shop.profile("c-1").deeds().at("productViewed"), 7U);
  EXPECT_EQ(shop.profile("c-1").separable_ids_size(), 4) << "the oldest are the person's own now";

  // The same browser again: a visitor until the next sign-in, then another part of the same id.
  shop.view("v-6");
  alias(shop, "v-6", "c-1");
  EXPECT_EQ(shop.profile("c-1").deeds().at("productViewed"), 8U);
  separate(shop, "v-6", "c-1");
  separate(shop, "v-6", "c-1");
  EXPECT_EQ(shop.profile("v-6").deeds().at("productViewed"), 2U);
  EXPECT_EQ(shop.profile("c-1").deeds().at("productViewed"), 6U);
  // Somebody else signs in there: it is theirs.
  alias(shop, "v-6", "c-2");
  EXPECT_EQ(shop.profile("c-2").deeds().at("productViewed"), 2U);
}

TEST(Joins, OfAnErasedCustomerAreGoneWithTheCustomer) {
  Shop shop;
  known(shop, "c-1");
  shop.view("v-1");
  alias(shop, "v-1", "c-1");
  v1::CustomerErased erased;
  erased.set_customer_id("c-1");
  shop.send(erased, {});
  separate(shop, "v-1", "c-1");
  const auto snapshot = shop.bench.snapshot();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(snapshot->find("v-1"), std::string::npos);
  shop.view("c-1");
  EXPECT_EQ(shop.profile("c-1").deeds().at("productViewed"), 1U);
}

TEST(People, WhoGivesWayIsTakenOffTheSizes) {
  Settings settings = with_segment("looker", "count(productViewed) >= 1");
  settings.set_max_people(100);
  Shop shop(settings);
  for (int i = 0; i < 150; ++i)
    shop.view("s" + std::to_string(i));
  const auto listed = shop.bench.ask<Service::ListSegments>({});
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->people(), 100U);
  EXPECT_EQ(listed->segments(0).size(), 100U);
}

TEST(People, NewDefinitionsHoldForEverybodyAtOnce) {
  Shop shop(with_segment("looker", "count(productViewed) >= 1"));
  for (int i = 0; i < 200; ++i)
    shop.view("s" + std::to_string(i));
  ASSERT_TRUE(shop.bench.reload(with_segment("looker", "count(productViewed) >= 2")).ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  ASSERT_TRUE(shop.bench.advance(std::chrono::seconds(1)).ok());
  const auto listed = shop.bench.ask<Service::ListSegments>({});
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->segments(0).size(), 0U);
  EXPECT_EQ(listed->undecided(), 0U);
}

TEST(People, MessagesSentAreNoVisits) {
  Shop shop;
  shop.view("c-1");
  for (int i = 0; i < 4; ++i) {
    shop.days_pass(1);
    shop.send(v1::MessageSent(), {.shopper_id = "c-1"});
  }
  v1::MessageOpened opened;
  opened.set_automated(true);
  shop.send(opened, {.shopper_id = "c-1"});
  EXPECT_EQ(shop.profile("c-1").visits(), 1U);
  EXPECT_EQ(shop.profile("c-1").last_seen_at().seconds(), Shop::kStart / 1'000'000);
  opened.set_automated(false);
  shop.send(opened, {.shopper_id = "c-1"});
  EXPECT_DOUBLE_EQ(shop.profile("c-1").email_open_rate(), 0.25);
}

TEST(BadInput, DefinitionsThatNobodyCanMeetAreRefused) {
  Shop shop(with_segment("buyer", "orders >= 1"));
  v1::PreviewRequest request;
  request.set_when("visits > 3 and visits < 2");
  EXPECT_EQ(shop.bench.ask<Service::Preview>(request).status().code(), Code::invalid_argument);
  const auto refused = [&](const Settings& settings) {
    const Status status = shop.bench.reload(settings);
    EXPECT_FALSE(status.ok());
    return std::string(status.message());
  };
  EXPECT_EQ(refused(with_segment("never", "orders = 0 and orders = 1")).find("segments.never.when"),
            0U);
  EXPECT_EQ(refused(with_segment("discovered-1", "orders = 0")).find("segments.discovered-1"), 0U);
  Settings settings;
  (*settings.mutable_rates())["USD"] = -1;
  EXPECT_EQ(refused(settings).find("rates.USD"), 0U);
}

TEST(BadInput, WhatIsNoCurrencyIsNoMoneyAndNeverTheStores) {
  for (const char* home : {"", "EUR"}) {
    Settings settings;
    settings.set_currency(home);
    (*settings.mutable_rates())["USD"] = 0.5;
    Shop shop(untrained(settings));
    v1::OrderCompleted order;
    order.set_subtotal(100);
    // The first one names another currency, the second none that there is.
    for (const char* currency : {"USD", "<img src=x onerror=alert(1)>", "eur", "GBP", "EUR"}) {
      order.set_order_id(currency);
      order.set_currency(currency);
      shop.send(order, {.shopper_id = "c-1"});
    }
    EXPECT_EQ(shop.profile("c-1").revenue(), 250) << home;
    ASSERT_TRUE(shop.bench.restart().ok());
    EXPECT_EQ(shop.profile("c-1").revenue(), 250);
    EXPECT_EQ(shop.bench.host().metric_value("amounts_refused"), 2);
  }
}

TEST(BadInput, AmountsThatNobodyPaysSpoilNoSums) {
  Shop shop(untrained({}));
  v1::OrderCompleted order;
  order.set_order_id("o1");
  order.set_subtotal(10);
  order.set_discount(1e300);
  auto* line = order.add_products();
  line->set_product_id("p");
  line->set_price(1e308);
  line->set_quantity(1e6);
  shop.send(order, {.shopper_id = "c-1"});
  order.clear_products();
  order.set_order_id("o2");
  order.set_discount(10);
  shop.send(order, {.shopper_id = "c-1"});
  const auto profile = shop.profile("c-1");
  EXPECT_DOUBLE_EQ(profile.discount_depth(), 10.0 / 30);
  EXPECT_EQ(profile.price_level(), 0);
}

TEST(BadInput, WhoComesBackAfterErasureOwesNothingOfBefore) {
  Shop shop(untrained({}));
  shop.order("c-1", "o1", 100);
  v1::CustomerErased erased;
  erased.set_customer_id("c-1");
  shop.send(erased, {});
  shop.days_pass(1);
  v1::OrderRefunded refund;
  refund.set_order_id("o1");
  refund.set_total(60);
  shop.send(refund, {.shopper_id = "c-1"});
  shop.order("c-1", "o2", 30);
  v1::OrderCancelled cancelled;
  cancelled.set_order_id("o1");
  shop.send(cancelled, {.shopper_id = "c-1"});
  EXPECT_EQ(shop.profile("c-1").revenue(), 30);
  EXPECT_EQ(shop.profile("c-1").orders(), 1U);
}

TEST(BadInput, ClocksThatRunAheadOrBehindDoNotMoveTime) {
  Shop shop(untrained(with_segment("fresh", "count(orderCompleted, 7d) >= 1")));
  shop.order("ahead", "o1", 10, Shop::kStart + 1'000 * kDayUs);
  EXPECT_TRUE(shop.in("ahead", "fresh"));
  EXPECT_EQ(shop.profile("ahead").last_order_at().seconds(), Shop::kStart / 1'000'000)
      << "nothing was done later than it was told";
  shop.order("behind", "o2", 10, -5);
  EXPECT_FALSE(shop.in("behind", "fresh"));
  EXPECT_EQ(shop.profile("behind").orders(), 1U);
  shop.days_pass(8);
  EXPECT_FALSE(shop.in("ahead", "fresh")) << "leaves on time all the same";
}

TEST(BadInput, WhatIsRefundedInAnotherCurrencyIsWorthWhatItsRateSays) {
  Settings settings;
  (*settings.mutable_rates())["USD"] = 0.5;
  Shop shop(settings);
  v1::OrderCompleted order;
  order.set_currency("EUR");
  order.set_order_id("o1");
  order.set_subtotal(100);
  shop.send(order, {.shopper_id = "c-1"});
  order.set_order_id("o2");
  order.set_currency("USD");
  shop.send(order, {.shopper_id = "c-1"});
  EXPECT_EQ(shop.profile("c-1").revenue(), 150);
  v1::OrderRefunded refund;
  refund.set_order_id("o2");
  refund.set_total(40);
  refund.set_currency("USD");
  shop.send(refund, {.shopper_id = "c-1"});
  EXPECT_EQ(shop.profile("c-1").revenue(), 130);
  refund.set_currency("XAU");  // nobody knows what that is
  shop.send(refund, {.shopper_id = "c-1"});
  refund.set_currency("USD");
  refund.set_total(1e9);  // more than is left of it
  shop.send(refund, {.shopper_id = "c-1"});
  EXPECT_EQ(shop.profile("c-1").revenue(), 100);
  refund.set_order_id("never");
  refund.set_total(-5);
  shop.send(refund, {.shopper_id = "c-1"});
  EXPECT_EQ(shop.profile("c-1").revenue(), 100);
  EXPECT_EQ(shop.bench.host().metric_value("amounts_refused"), 2);
}

TEST(BadInput, JoinsOfPeopleWhoWereJoinedAlreadyChangeNothing) {
  Shop shop;
  known(shop, "c-1");
  known(shop, "c-2");
  shop.view("v-1");
  alias(shop, "v-1", "c-1");
  alias(shop, "c-1", "v-1");  // the other way round: the customer stays
  alias(shop, "v-1", "c-2");  // is somebody's already
  alias(shop, "c-1", "c-1");
  alias(shop, "", "c-1");
  EXPECT_EQ(shop.profile("c-1").deeds().at("productViewed"), 1U);
  EXPECT_EQ(shop.profile("c-1").merged_ids_size(), 1);
  EXPECT_EQ(shop.profile("c-2").deeds().count("productViewed"), 0U);
  const auto listed = shop.bench.ask<Service::ListSegments>({});
  EXPECT_EQ(listed->people(), 2U);
}

TEST(BadInput, ACustomerWithVeryManyOrdersIsOneRecord) {
  Shop shop;
  constexpr int kOrders = 6'000;
  v1::OrderCompleted event;
  event.set_subtotal(10);
  std::vector<souk::testing::RawEvent> batch;
  for (int i = 0; i < kOrders; ++i) {
    event.set_order_id("o" + std::to_string(i));
    batch.push_back(souk::testing::Bench::event(event, {.shopper_id = "whale"}));
    if (batch.size() < 1'000) continue;
    ASSERT_TRUE(shop.bench.fold(batch).ok());
    batch.clear();
  }
  EXPECT_EQ(shop.profile("whale").orders(), static_cast<unsigned>(kOrders));
  EXPECT_EQ(shop.profile("whale").revenue(), 10.0 * kOrders);
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(shop.profile("whale").orders(), static_cast<unsigned>(kOrders));
}

TEST(BadInput, SharesOfWhatWasCancelledAndReturnedAreShares) {
  Shop shop(untrained(with_segment("odd", "discount_share > 1 or return_rate > 1")));
  for (const std::string id : {"o1", "o2"}) {
    v1::OrderCompleted order;
    order.set_order_id(id);
    order.set_total(20);
    order.set_discount(5);
    order.add_products()->set_product_id("p1");
    shop.send(order, {.shopper_id = "c-1"});
  }
  v1::OrderCancelled cancelled;
  cancelled.set_order_id("o1");
  shop.send(cancelled, {.shopper_id = "c-1"});
  v1::ProductReturned returned;
  returned.set_order_id("o2");
  returned.add_products()->set_quantity(1000);
  shop.send(returned, {.shopper_id = "c-1"});
  const auto profile = shop.profile("c-1");
  EXPECT_EQ(profile.orders(), 1U);
  EXPECT_DOUBLE_EQ(profile.discount_share(), 1);
  EXPECT_DOUBLE_EQ(profile.return_rate(), 1);
  EXPECT_FALSE(shop.in("c-1", "odd"));
}

TEST(Report, IsAPageBeforeAnybodyCameAndAfter) {
  Shop shop(untrained({}));
  const auto empty = shop.bench.ask<Service::Report>({});
  ASSERT_TRUE(empty.ok());
  EXPECT_NE(empty->data().find("No orders yet"), std::string::npos);
  for (int i = 0; i < 40; ++i)
    shop.order("c" + std::to_string(i % 25), "o" + std::to_string(i), 20 + i,
               Shop::kStart - (i * 5) * kDayUs);
  Settings settings = untrained(with_segment("odd", "orders >= 2"));
  (*settings.mutable_segments())["odd"].set_name("<b>\"Odd\" & more</b>");
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  for (int day = 0; day < 10; ++day) {
    shop.days_pass(1);
    shop.view("v" + std::to_string(day));
  }
  ASSERT_TRUE(shop.bench.restart().ok());
  const auto page = shop.bench.ask<Service::Report>({});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->content_type(), "text/html; charset=utf-8");
  const std::string& html = page->data();
  EXPECT_EQ(html.find("<b>\"Odd\""), std::string::npos) << "names of the merchant are text";
  EXPECT_NE(html.find("&lt;b&gt;&quot;Odd&quot; &amp; more"), std::string::npos);
  for (const char* foreign : {"http:", "https:", "<script", "@import", "url("})
    EXPECT_EQ(html.find(foreign), std::string::npos) << foreign;
  const auto count = [&](std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = html.find(what); at != std::string::npos; at = html.find(what, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("<svg"), 4U) << "one segment, the grid, value, cohorts";
  EXPECT_EQ(count("<svg"), count("</desc>")) << "each is described in words";
  EXPECT_EQ(count("<polyline"), 1U) << "ten days make a line";
}

TEST(Report, IsAPageWhereOrdersWereWorthNothingOrACoin) {
  for (const double most : {0.0, 1.0, 2.0, 2.5}) {
    Shop shop(untrained({}));
    for (int i = 0; i < 8; ++i)
      shop.order("c" + std::to_string(i), "o" + std::to_string(i), i == 0 ? most : 0,
                 Shop::kStart - i * kDayUs);
    const auto page = shop.bench.ask<Service::Report>({});
    ASSERT_TRUE(page.ok()) << most;
    EXPECT_THAT(page->data(), ::testing::HasSubstr("8 customers")) << most;
    for (const char* wrong : {"nan", "inf\"", "-inf"})
      EXPECT_THAT(page->data(), ::testing::Not(::testing::HasSubstr(wrong))) << most;
  }
}

}  // namespace
}  // namespace souk::segmentation::testing
