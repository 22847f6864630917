// buy_again, returns and cancelled orders, through the library.
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

constexpr std::int64_t kRepurchaseDayUs = 86'400LL * 1'000'000;

class Repurchase : public ::testing::Test {
 protected:
  void order_on(int day, std::string_view shopper, const std::vector<std::string>& products) {
    v1::OrderCompleted event;
    event.set_order_id("o" + std::to_string(++orders_));
    for (const std::string& product : products)
      event.add_products()->set_product_id(product);
    shop.bench.host().set_now_us(Shop::kStart + day * kRepurchaseDayUs);
    shop.send(event, {.shopper_id = std::string(shopper),
                      .time_us = Shop::kStart + day * kRepurchaseDayUs});
  }
  void on_day(int day) { shop.bench.host().set_now_us(Shop::kStart + day * kRepurchaseDayUs); }

  /// Forty shoppers buy coffee every four weeks and a machine once; whoever buys the machine buys
  /// descaler three weeks later.
  void town() {
    for (const char* id : {"coffee", "machine", "descaler", "mug"})
      shop.put(id);
    for (int day = 0; day <= 112; ++day) {
      for (int s = 0; s < 40; ++s) {
        const std::string shopper = "s" + std::to_string(s);
        if (day % 28 == s % 28) order_on(day, shopper, {"coffee"});
        if (day == s) order_on(day, shopper, {"machine"});
        if (day == s + 21) order_on(day, shopper, {"descaler"});
        if (day == (s * 37) % 110) order_on(day, shopper, {"mug"});
      }
    }
  }

  Shop shop;
  int orders_ = 0;
};

TEST_F(Repurchase, NobodyAndNothingGetAReason) {
  const auto nobody = shop.ask("buy_again");
  EXPECT_TRUE(nobody.items().empty());
  EXPECT_FALSE(nobody.note().empty());
  shop.put("coffee");
  order_on(0, "ada", {"coffee"});
  const auto early = shop.ask("buy_again", "ada");
  EXPECT_TRUE(early.items().empty());
  EXPECT_NE(early.note().find("due"), std::string::npos) << early.note();
}

TEST_F(Repurchase, WhatIsDueIsShownWithItsInterval) {
  town();
  for (const int day : {120, 148, 176})
    order_on(day, "ada", {"coffee"});
  on_day(178);
  EXPECT_FALSE(shows(shop.ask("buy_again", "ada"), "coffee"));
  on_day(203);
  const auto due = shop.ask("buy_again", "ada");
  ASSERT_TRUE(shows(due, "coffee")) << due.note();
  EXPECT_EQ(reason_of(due, "coffee"), "You buy this about every 4 weeks");
  EXPECT_FALSE(shows(due, "machine"));
  on_day(1500);
  EXPECT_FALSE(shows(shop.ask("buy_again", "ada"), "coffee"));
}

TEST_F(Repurchase, WhatNobodyBuysTwiceIsNeverDue) {
  town();
  order_on(120, "ada", {"machine", "mug"});
  for (const int day : {130, 150, 200, 300}) {
    on_day(day);
    EXPECT_FALSE(shows(shop.ask("buy_again", "ada"), "machine")) << day;
    EXPECT_FALSE(shows(shop.ask("buy_again", "ada"), "mug")) << day;
  }
}

TEST_F(Repurchase, WhatFollowsThreeWeeksLaterIsFound) {
  town();
  order_on(120, "ada", {"machine"});
  on_day(123);
  EXPECT_FALSE(shows(shop.ask("buy_again", "ada"), "descaler"));
  on_day(141);
  const auto due = shop.ask("buy_again", "ada");
  ASSERT_TRUE(shows(due, "descaler")) << due.note();
  EXPECT_NE(reason_of(due, "descaler").find("The machine"), std::string::npos)
      << reason_of(due, "descaler");
  EXPECT_FALSE(shows(due, "mug"));
}

TEST_F(Repurchase, TheWholeNextOrderHoldsOldAndNew) {
  town();
  order_on(120, "ada", {"coffee", "machine"});
  on_day(121);
  auto request = Shop::request("buy_again", "ada");
  request.set_include_seen(true);
  const auto next = shop.ask(request);
  EXPECT_TRUE(shows(next, "coffee"));
  EXPECT_TRUE(shows(next, "descaler"));
  for (int i = 1; i < next.items_size(); ++i)
    EXPECT_LE(next.items(i).score(), next.items(i - 1).score());
}

TEST_F(Repurchase, WhatWasReturnedIsNotShownUntilItIsBoughtAgain) {
  town();
  for (const int day : {120, 148, 176})
    order_on(day, "ada", {"coffee"});
  v1::ProductReturned back;
  back.set_order_id("o" + std::to_string(orders_));
  back.add_products()->set_product_id("coffee");
  shop.send(back);
  on_day(204);
  auto request = Shop::request("buy_again", "ada");
  request.set_explain(true);
  request.set_include_seen(true);
  const auto reply = shop.ask(request);
  EXPECT_FALSE(shows(reply, "coffee"));
  EXPECT_EQ(left_out(reply, "returned"), 1u);
  EXPECT_FALSE(shows(shop.ask("for_you", "ada"), "coffee"));
  EXPECT_TRUE(shows(shop.ask("for_you", "somebody"), "coffee"));
  order_on(205, "ada", {"coffee"});
  on_day(206);
  EXPECT_TRUE(shows(shop.ask(request), "coffee"));
}

TEST_F(Repurchase, WhatCameBackFromACancelledOrderIsUnboughtOnce) {
  town();
  for (const bool returned_first : {true, false}) {
    const std::string shopper = returned_first ? "ada" : "bob";
    for (const int day : {120, 148})
      order_on(day, shopper, {"coffee"});
    v1::ProductReturned back;
    back.set_order_id("o" + std::to_string(orders_));
    back.add_products()->set_product_id("coffee");
    v1::OrderCancelled cancelled;
    cancelled.set_order_id(back.order_id());
    if (returned_first) shop.send(back);
    shop.send(cancelled, {.shopper_id = shopper});
    if (!returned_first) shop.send(back);
    order_on(176, shopper, {"coffee"});
    on_day(177);
    auto request = Shop::request("buy_again", shopper);
    request.set_include_seen(true);
    const auto next = shop.ask(request);
    ASSERT_TRUE(shows(next, "coffee"));
    // Bought on days 120 and 176: twice, so there is an interval to speak of.
    EXPECT_NE(reason_of(next, "coffee").find("You buy this about every"), std::string::npos)
        << reason_of(next, "coffee");
  }
}

TEST_F(Repurchase, ARefundSaysWhatCameBack) {
  for (const char* id : {"a", "b", "c"})
    shop.put(id);
  order_on(0, "ada", {"a", "b", "c"});
  v1::OrderRefunded part;
  part.set_order_id("o1");
  part.set_total(5);  // a part of the price: nothing came back
  shop.send(part);
  auto request = Shop::request("trending", "ada");
  request.set_include_seen(true);
  EXPECT_EQ(ids(shop.ask(request)).size(), 3u);
  part.add_products()->set_product_id("a");
  shop.send(part);
  EXPECT_FALSE(shows(shop.ask(request), "a"));
  EXPECT_TRUE(shows(shop.ask(request), "b"));
  v1::OrderRefunded whole;
  whole.set_order_id("o1");
  shop.send(whole);
  EXPECT_TRUE(shop.ask(request).items().empty());
  v1::OrderRefunded unknown;
  unknown.set_order_id("never");
  shop.send(unknown);
}

TEST_F(Repurchase, ACancelledOrderIsTakenBackFromPairsAndTrends) {
  for (int i = 0; i < 3; ++i)
    order_on(i, "s" + std::to_string(i), {"shoe", "sock"});
  for (int i = 0; i < 8; ++i)
    order_on(i, "t" + std::to_string(i), {"pot" + std::to_string(i)});
  EXPECT_TRUE(shows(shop.ask("trending"), "shoe"));
  const auto pairs = [&] {
    auto request = Shop::request("bought_together", {}, "shoe");
    request.set_explain(true);
    std::uint32_t partners = 0;
    const auto reply = shop.ask(request);
    for (const auto& item : reply.items()) {
      for (const auto& part : item.parts())
        partners += part.source() == "co_purchase" ? 1 : 0;
    }
    return partners;
  };
  EXPECT_EQ(pairs(), 1u);
  for (int i = 1; i <= 3; ++i) {
    v1::OrderCancelled event;
    event.set_order_id("o" + std::to_string(i));
    shop.send(event);
    shop.send(event);  // twice is once
  }
  EXPECT_EQ(pairs(), 0u);
  EXPECT_FALSE(shows(shop.ask("trending"), "shoe"));
}

}  // namespace
}  // namespace souk::recommendations::testing
