// for_you: what was before counts beside what is now, and what is clicked teaches what counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

using namespace std::chrono_literals;

void shown(Shop& shop, const std::string& shopper, const std::string& token,
           const std::vector<std::string>& products, const std::string& kind = "for_you") {
  v1::RecommendationsShown event;
  event.set_kind(kind);
  for (const std::string& product : products)
    event.add_product_ids(product);
  shop.send(event, {.shopper_id = shopper, .attribution_token = token});
}

void click(Shop& shop, const std::string& shopper, const std::string& token,
           const std::string& product) {
  shop.send(of_product<v1::ProductClicked>(product),
            {.shopper_id = shopper, .attribution_token = token});
}

double part_of(const v1::RecommendReply& reply, const std::string& product,
               const std::string& source) {
  for (const auto& item : reply.items()) {
    for (const auto& part : item.parts()) {
      if (item.product_id() == product && part.source() == source) return part.value();
    }
  }
  return 0;
}

/// Visits lead from the teapot to cups; orders join camera and film.
void stock(Shop& shop) {
  shop.visits("tea", 20, {"teapot", "cups"});
  shop.orders("photo", 20, {"camera", "film"});
  shop.orders("other", 60, {"bread"});
}

/// Shoppers who look at the teapot with a camera in the cart, are shown both, and click `wanted`.
void teach(Shop& shop, int shoppers, const std::string& wanted) {
  for (int i = 0; i < shoppers; ++i) {
    const std::string shopper = "pupil-" + std::to_string(i);
    const std::string token = "r1f" + std::to_string(i);
    shop.add(shopper, "camera");
    shop.view(shopper, "teapot");
    shown(shop, shopper, token, {"cups", "film"});
    click(shop, shopper, token, wanted);
    ASSERT_TRUE(shop.bench.advance(10min).ok());
  }
}

v1::RecommendReply ask_with_cart(Shop& shop) {
  auto request = Shop::request("for_you", "ada");
  request.set_explain(true);
  return shop.ask(request);
}

TEST(ForYouHistory, OrdersOfOthersLeadOnFromOnesOwn) {
  Shop shop;
  for (int i = 0; i < 8; ++i) {
    const std::string shopper = "walker-" + std::to_string(i);
    shop.order(shopper, "first" + std::to_string(i), {"tent"});
    shop.order(shopper, "then" + std::to_string(i), {"stove"});
  }
  shop.order("ada", "mine", {"tent"});
  ASSERT_TRUE(shop.bench.advance(24h * 60).ok());
  auto request = Shop::request("for_you", "ada");
  const auto reply = shop.ask(request);
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).product_id(), "stove");
  EXPECT_EQ(reason_of(reply, "stove"), "Because you bought what it goes with");
}

TEST(ForYouHistory, WithoutConsentNothingIsKept) {
  Shop shop;
  for (int i = 0; i < 8; ++i) {
    for (const char* product : {"tent", "stove"}) {
      shop.send(of_product<v1::ProductViewed>(product),
                {.shopper_id = "w" + std::to_string(i), .flags = SOUK_EVENT_NO_PERSONALIZATION});
    }
  }
  shop.view("ada", "tent");
  ASSERT_TRUE(shop.bench.advance(24h * 60).ok());
  const auto reply = shop.ask("for_you", "ada");
  for (const auto& item : reply.items())
    EXPECT_EQ(item.reason(), "Popular right now");
}

TEST(ForYouBlend, WithoutExposuresItIsAsSetByHand) {
  Shop shop;
  stock(shop);
  shop.add("ada", "camera");
  shop.view("ada", "teapot");
  const auto reply = ask_with_cart(shop);
  ASSERT_GE(reply.items_size(), 2);
  EXPECT_EQ(reply.items(0).product_id(), "cups");
  EXPECT_EQ(part_of(reply, "cups", "popularity"), 0);
}

TEST(ForYouBlend, LearnsFromClicksWhichSourceCounts) {
  Shop shop;
  stock(shop);
  teach(shop, 400, "film");
  shop.add("ada", "camera");
  shop.view("ada", "teapot");
  const auto reply = ask_with_cart(shop);
  ASSERT_GE(reply.items_size(), 2);
  EXPECT_EQ(reply.items(0).product_id(), "film");
  EXPECT_NE(part_of(reply, "film", "popularity"), 0);  // explained
}

TEST(ForYouBlend, OtherKindsAndUnknownTokensTeachNothing) {
  Shop shop;
  stock(shop);
  shop.view("ada", "teapot");
  const auto before = shop.ask("for_you", "ada").items(0).score();
  for (int i = 0; i < 30; ++i) {
    const std::string who = "eve-" + std::to_string(i);
    shop.view(who, "teapot");
    shown(shop, who, "", {"cups"});
    shown(shop, who, "r1t" + std::to_string(i), {"cups"}, "trending");
    shown(shop, who, "r1f" + std::to_string(i), {"nothing-known"});
    click(shop, who, "r1z-never-shown", "film");
  }
  EXPECT_EQ(part_of(ask_with_cart(shop), "cups", "popularity"), 0);
  EXPECT_GT(before, 0);
}

TEST(ForYouBlend, AListThatCarriesTheTokenTeachesToo) {
  Shop shop;
  stock(shop);
  for (int i = 0; i < 60; ++i) {
    const std::string who = "eve-" + std::to_string(i);
    shop.add(who, "camera");
    shop.view(who, "teapot");
    const auto answer = shop.ask("for_you", who);
    ASSERT_TRUE(shows(answer, "film") && shows(answer, "cups"));
    v1::ProductListViewed list;
    for (const auto& item : answer.items())
      list.add_products()->set_product_id(item.product_id());
    shop.send(list, {.shopper_id = who, .attribution_token = answer.attribution_token()});
    click(shop, who, answer.attribution_token(), "film");
    ASSERT_TRUE(shop.bench.advance(1h).ok());
  }
  shop.add("ada", "camera");
  shop.view("ada", "teapot");
  EXPECT_NE(part_of(ask_with_cart(shop), "film", "popularity"), 0);
}

TEST(ForYouBlend, LessonsSurviveARestart) {
  Shop lived, restarted;
  for (Shop* shop : {&lived, &restarted}) {
    stock(*shop);
    teach(*shop, 40, "film");
  }
  ASSERT_TRUE(restarted.bench.restart().ok());
  EXPECT_EQ(lived.bench.snapshot().value(), restarted.bench.snapshot().value());
  for (Shop* shop : {&lived, &restarted})
    teach(*shop, 3, "film");
  EXPECT_EQ(lived.bench.snapshot().value(), restarted.bench.snapshot().value());
}

TEST(ForYouBlend, ErasingAPersonTakesWhatWaitsForClicks) {
  Shop one, two;
  for (Shop* shop : {&one, &two}) {
    stock(*shop);
    shop->view("ada", "teapot");
  }
  shown(one, "ada", "r1f1", {"cups"});
  v1::CustomerErased erased;
  erased.set_customer_id("ada");
  one.send(erased);
  two.send(erased);
  ASSERT_TRUE(one.bench.advance(2h).ok());
  ASSERT_TRUE(two.bench.advance(2h).ok());
  for (Shop* shop : {&one, &two})
    shown(*shop, "bob", "r1f2", {"cups"});  // time passes: what waited long enough is taught
  const auto cups = [](Shop& shop) {
    shop.view("carl", "teapot");
    return ask_with_cart(shop).items(0).score();
  };
  EXPECT_EQ(cups(one), cups(two));
}

}  // namespace
}  // namespace souk::recommendations::testing
