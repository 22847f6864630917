// From answers to revenue: what is credited, to whom, once, and what is taken back.
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

using Service = v1::RecommendationsService;

/// A shop in which pads go with pens, and one placement.
class Revenue : public ::testing::Test {
 protected:
  static Settings settings() {
    Settings made;
    made.set_currency("EUR");
    auto& home = (*made.mutable_placements())["home_top"];
    home.add_kinds("bought_together");
    home.add_kinds("trending");
    home.set_limit(4);
    return made;
  }
  void SetUp() override {
    for (const char* id : {"pen", "pad", "ink", "cup", "mug"}) {
      auto product = Shop::product(id);
      product.mutable_price_range()->mutable_min()->set_amount(1000);
      shop_.put(product);
    }
    shop_.orders("o", 12, {"pen", "pad"});
    shop_.orders("other", 20, {"tea"});
    shop_.visits("v", 4, {"ink", "cup", "mug"});
  }
  v1::RecommendReply answer(std::string_view shopper = "ada") {
    auto request = Shop::request("", shopper, "pen");
    request.set_placement("home_top");
    return shop_.ask(request);
  }
  static Envelope by(std::string_view shopper, std::string_view token = {}) {
    return {.shopper_id = std::string(shopper), .attribution_token = std::string(token)};
  }
  void click(std::string_view shopper, std::string_view product, std::string_view token = {}) {
    shop_.send(of_product<v1::ProductClicked>(product), by(shopper, token));
  }
  v1::OrderCompleted order_of(std::string_view id, const std::vector<std::string>& products,
                              double price = 12.5, double quantity = 2) {
    v1::OrderCompleted order;
    order.set_order_id(std::string(id));
    for (const std::string& product : products) {
      auto* line = order.add_products();
      line->set_product_id(product);
      line->set_price(price);
      line->set_quantity(quantity);
    }
    return order;
  }
  v1::RecommendationsReport report(const v1::RecommendationsReportRequest& request = {}) {
    auto got = shop_.bench.ask<Service::Report>(request);
    EXPECT_TRUE(got.ok()) << got.status().message();
    return got.ok() ? *got : v1::RecommendationsReport();
  }
  std::int64_t revenue() {
    const auto total = report().total();
    return total.revenue_size() == 0 ? 0 : total.revenue(0).amount();
  }

  Shop shop_{settings()};
};

TEST_F(Revenue, AnEmptyReportSaysWhatToDo) {
  const auto empty = report();
  EXPECT_EQ(empty.rows_size(), 0);
  EXPECT_NE(empty.note().find("attributionToken"), std::string::npos);
  EXPECT_EQ(empty.attribution_window_s(), 7u * 86'400u);
}

TEST_F(Revenue, DatesThatAreNoneAreRefused) {
  for (const char* date : {"2026-13-01", "2026-02-30", "yesterday", "2026-1-1", "22.11.2026"}) {
    v1::RecommendationsReportRequest request;
    request.set_from(date);
    const Status status = shop_.bench.ask<Service::Report>(request).status();
    EXPECT_EQ(status.code(), Code::invalid_argument) << date;
    EXPECT_NE(status.message().find("YYYY-MM-DD"), std::string::npos);
  }
  v1::RecommendationsReportRequest request;
  request.set_from("2026-02-01");
  request.set_to("2026-01-01");
  EXPECT_EQ(shop_.bench.ask<Service::Report>(request).status().code(), Code::invalid_argument);
}

TEST_F(Revenue, ATokenIsShortAndSaysNothingOfTheShopper) {
  auto request = Shop::request("trending", "a-very-secret-shopper");
  request.set_limit(100);
  for (int i = 0; i < 150; ++i)
    shop_.put("p" + std::to_string(i)), shop_.view_in("more", "p" + std::to_string(i));
  const std::string token = shop_.ask(request).attribution_token();
  EXPECT_LE(token.size(), 512u);
  EXPECT_EQ(token.find("secret"), std::string::npos);
  const auto small = answer().attribution_token();
  EXPECT_LT(small.size(), 90u) << small;
}

TEST_F(Revenue, ShownClickedAddedAndBoughtAreCounted) {
  const auto shown = answer();
  ASSERT_EQ(shown.items(0).product_id(), "pad");
  EXPECT_EQ(shown.placement(), "home_top");
  v1::RecommendationsShown exposure;
  exposure.set_placement("home_top");
  for (const auto& item : shown.items())
    exposure.add_product_ids(item.product_id());
  exposure.add_product_ids("never-recommended");
  const std::string& token = shown.attribution_token();
  shop_.send(exposure, by("ada", token));
  click("ada", "pad", token);
  shop_.send(of_product<v1::ProductViewed>("pad"), by("ada", token));  // the page of that click
  shop_.send(of_product<v1::ProductAdded>("pad"), by("ada"));
  shop_.send(order_of("mine", {"pad", "mug"}), by("ada"));

  const auto done = report();
  ASSERT_EQ(done.rows_size(), 2) << shown.kind();
  const auto& pair = done.rows(0);
  EXPECT_EQ(pair.placement(), "home_top");
  EXPECT_EQ(pair.kind(), "bought_together");
  EXPECT_EQ(pair.served(), 1u);
  EXPECT_EQ(pair.shown(), 1);
  EXPECT_EQ(pair.clicked(), 1);
  EXPECT_EQ(pair.added(), 1);
  EXPECT_EQ(pair.orders(), 1);
  EXPECT_EQ(pair.bought(), 1) << "the mug was shown and not clicked: nothing is due for it";
  ASSERT_EQ(pair.revenue_size(), 1);
  EXPECT_EQ(pair.revenue(0).amount(), 2500);
  EXPECT_EQ(pair.revenue(0).currency(), "EUR");
  EXPECT_DOUBLE_EQ(pair.click_rate(), 1);
  EXPECT_EQ(done.rows(1).kind(), "trending");
  EXPECT_EQ(done.rows(1).shown(), shown.items_size() - 1);
  EXPECT_EQ(done.rows(1).clicked(), 0);
}

TEST_F(Revenue, AnOrderIsCreditedOnceHoweverOftenItIsSent) {
  click("ada", "pad", answer().attribution_token());
  for (int i = 0; i < 3; ++i)
    shop_.send(order_of("mine", {"pad"}), by("ada"));
  EXPECT_EQ(revenue(), 2500);
  // One click pays for one line.
  shop_.send(order_of("another", {"pad"}), by("ada"));
  EXPECT_EQ(revenue(), 2500);
  EXPECT_EQ(report().total().orders(), 1);
}

TEST_F(Revenue, AnOrderThatCarriesTheTokenIsCreditedForItsProductsOnly) {
  const std::string token = answer().attribution_token();
  shop_.send(order_of("mine", {"pad", "pen"}), by("ada", token));
  EXPECT_EQ(revenue(), 2500) << "the pen is what the page was about";
}

TEST_F(Revenue, AfterTheWindowNothingIsDue) {
  const std::string token = answer().attribution_token();
  click("ada", "pad", token);
  ASSERT_TRUE(shop_.bench.advance(24h * 8).ok());
  shop_.send(order_of("mine", {"pad"}), by("ada", token));
  EXPECT_EQ(revenue(), 0);
  EXPECT_EQ(report().total().clicked(), 1);
}

TEST_F(Revenue, AClickWithoutTokenCountsForWhatWasJustShown) {
  const auto shown = answer();
  v1::RecommendationsShown exposure;
  exposure.add_product_ids("pad");
  shop_.send(exposure, by("ada", shown.attribution_token()));
  click("bob", "pad");
  EXPECT_EQ(report().total().clicked(), 0) << "bob was shown nothing";
  click("ada", "pad");
  EXPECT_EQ(report().total().clicked(), 1);
  shop_.send(exposure, by("cid", shown.attribution_token()));
  ASSERT_TRUE(shop_.bench.advance(31min).ok());
  click("cid", "pad");
  EXPECT_EQ(report().total().clicked(), 1) << "too long ago to be a click on it";
}

TEST_F(Revenue, OthersTokensArePassedOverAndFaultyOnesCreditNothing) {
  std::string faulty = answer().attribution_token();
  faulty[faulty.size() / 2] = faulty[faulty.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& token :
       {std::string("q1-from-search"), std::string("r2"), std::string("r2!!!!"), faulty,
        std::string(512, 'r'), "r2" + std::string(510, 'A')}) {
    click("ada", "pad", token);
    shop_.send(order_of("order" + token, {"pad"}), by("ada", token));
  }
  EXPECT_EQ(report().rows_size(), 0);
}

TEST_F(Revenue, WhatComesBackIsTakenBackOnce) {
  const std::string token = answer().attribution_token();
  click("ada", "pad", token);
  shop_.send(order_of("mine", {"pad"}), by("ada"));
  v1::ProductReturned returned;
  returned.set_order_id("mine");
  auto* line = returned.add_products();
  line->set_product_id("pad");
  line->set_quantity(1);
  shop_.send(returned);
  EXPECT_EQ(revenue(), 1250) << "one of two";
  EXPECT_EQ(report().total().bought(), 1);
  shop_.send(returned);
  shop_.send(returned);
  EXPECT_EQ(revenue(), 0);
  EXPECT_EQ(report().total().bought(), 0);
  v1::OrderRefunded refund;
  refund.set_order_id("mine");
  shop_.send(refund);
  EXPECT_EQ(revenue(), 0) << "not twice";
}

TEST_F(Revenue, ACancelledOrderAndALineThatIsDroppedBringNothing) {
  const std::string token = answer().attribution_token();
  click("ada", "pad", token);
  shop_.send(order_of("mine", {"pad"}), by("ada"));
  v1::OrderUpdated update;
  update.set_order_id("mine");
  update.add_products()->set_product_id("cup");
  shop_.send(update, by("ada"));
  EXPECT_EQ(revenue(), 0);
  click("bob", "pad", token);
  shop_.send(order_of("his", {"pad"}), by("bob"));
  EXPECT_EQ(revenue(), 2500);
  v1::OrderCancelled cancelled;
  cancelled.set_order_id("his");
  shop_.send(cancelled, by("bob"));
  EXPECT_EQ(revenue(), 0);
}

TEST_F(Revenue, AClickBeforeSigningInPaysAfterIt) {
  const std::string token = answer("").attribution_token();
  shop_.send(of_product<v1::ProductClicked>("pad"),
             {.session_id = "visit", .attribution_token = token});
  shop_.send(v1::Identified(), {.shopper_id = "ada", .session_id = "visit"});
  shop_.send(order_of("mine", {"pad"}), by("ada"));
  EXPECT_EQ(revenue(), 2500);
}

TEST_F(Revenue, WhoDeclinesMeasuringIsNotCounted) {
  Envelope declined = by("ada", answer().attribution_token());
  declined.flags = SOUK_EVENT_NO_ANALYTICS;
  shop_.send(of_product<v1::ProductClicked>("pad"), declined);
  EXPECT_EQ(report().rows_size(), 0);
}

TEST_F(Revenue, ErasingAPersonLeavesSumsAndNoTouches) {
  click("ada", "pad", answer().attribution_token());
  v1::CustomerErased erased;
  erased.set_customer_id("ada");
  shop_.send(erased);
  EXPECT_EQ(report().total().clicked(), 1);
  shop_.send(order_of("mine", {"pad"}), by("ada"));
  EXPECT_EQ(revenue(), 0);
}

TEST_F(Revenue, DaysAreRowsOfTheirOwn) {
  click("ada", "pad", answer().attribution_token());
  ASSERT_TRUE(shop_.bench.advance(24h).ok());
  click("bob", "pad", answer("bob").attribution_token());
  v1::RecommendationsReportRequest request;
  request.set_by_day(true);
  const auto days = report(request);
  ASSERT_EQ(days.rows_size(), 2);
  EXPECT_EQ(days.rows(0).day(), "2027-01-15");
  EXPECT_EQ(days.rows(1).day(), "2027-01-16");
  request.set_from("2027-01-16");
  EXPECT_EQ(report(request).rows_size(), 1);
  request.set_placement("elsewhere");
  EXPECT_NE(report(request).note(), "");
}

TEST_F(Revenue, TheSnapshotKeepsWhatIsDue) {
  const std::string token = answer().attribution_token();
  click("ada", "pad", token);
  click("bob", "pad", token);
  shop_.send(order_of("his", {"pad"}), by("bob"));
  ASSERT_TRUE(shop_.bench.restart().ok());
  shop_.send(order_of("mine", {"pad"}), by("ada"));
  EXPECT_EQ(revenue(), 5000);
  v1::OrderCancelled cancelled;
  cancelled.set_order_id("his");
  shop_.send(cancelled, by("bob"));
  EXPECT_EQ(revenue(), 2500);
}

}  // namespace
}  // namespace souk::recommendations::testing
