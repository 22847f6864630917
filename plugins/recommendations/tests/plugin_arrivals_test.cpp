// new_arrivals and discover: empty shops first.
#include <gtest/gtest.h>

#include <set>

#include "plugins/recommendations/tests/catalog_shop.hpp"

namespace souk::recommendations::testing {
namespace {

constexpr std::int64_t kDayUs = 86'400LL * 1'000'000;

v1::Product published(v1::Product product, std::int64_t time_us) {
  product.mutable_published_at()->set_seconds(time_us / 1'000'000);
  return product;
}

TEST(NewArrivals, WhereNothingIsNewItSaysSo) {
  Shop shop;
  EXPECT_NE(shop.ask("new_arrivals").note(), "");
  shop.put(published(made_product("old", "Shoes", 100), Shop::kStart - 400 * kDayUs));
  const auto reply = shop.ask("new_arrivals");
  EXPECT_EQ(reply.items_size(), 0);
  EXPECT_NE(reply.note(), "");
}

TEST(NewArrivals, AProductIsThereAtOnceAndGoesWithItsDays) {
  Settings settings;
  settings.set_new_arrivals_days(10);
  Shop shop(settings);
  shop.put(made_product("cold", "Shoes", 100));
  const auto reply = shop.ask("new_arrivals");
  EXPECT_EQ(ids(reply), (Ids{"cold"}));
  EXPECT_EQ(reason_of(reply, "cold"), "New in the shop");
  shop.bench.host().set_now_us(Shop::kStart + 11 * kDayUs);
  EXPECT_TRUE(ids(shop.ask("new_arrivals")).empty());
}

TEST(NewArrivals, PublishedAtDecidesAndMayChange) {
  Shop shop;
  shop.put(published(made_product("a", "Shoes", 100), Shop::kStart - 100 * kDayUs));
  shop.put(published(made_product("b", "Shoes", 100), Shop::kStart - 5 * kDayUs));
  EXPECT_EQ(ids(shop.ask("new_arrivals")), (Ids{"b"}));
  shop.put(published(made_product("a", "Shoes", 100), Shop::kStart - 4 * kDayUs));
  shop.put(published(made_product("b", "Shoes", 100), Shop::kStart - 200 * kDayUs));
  EXPECT_EQ(ids(shop.ask("new_arrivals")), (Ids{"a"}));
  shop.send(of_product<v1::ProductDeleted>("a"));
  EXPECT_TRUE(ids(shop.ask("new_arrivals")).empty());
}

TEST(NewArrivals, WhatFitsThisShopperComesFirst) {
  Shop shop;
  shop.put(published(made_product("seen", "Shoes > Boots", 100, {{"style", "rugged"}}),
                     Shop::kStart - 400 * kDayUs));
  for (int i = 0; i < 12; ++i)
    shop.put(made_product("n" + std::to_string(i), "Home > Lamps", 100));
  shop.put(made_product("fits", "Shoes > Boots", 100, {{"style", "rugged"}}));
  shop.view("ada", "seen");
  const auto reply = shop.ask(request_for("new_arrivals", "", "ada"));
  EXPECT_EQ(ids(reply).front(), "fits");
  EXPECT_EQ(reason_of(reply, "fits"), "New, and like what you looked at");
}

TEST(NewArrivals, ACategoryLimitsThem) {
  Shop shop;
  shop.put(made_product("a", "Shoes > Boots", 100));
  shop.put(made_product("b", "Home > Lamps", 100));
  auto request = request_for("new_arrivals", "");
  request.set_category("Shoes");
  EXPECT_EQ(ids(shop.ask(request)), (Ids{"a"}));
}

TEST(NewArrivals, WhatIsShownAndNotClickedGivesWay) {
  Shop shop;
  for (int i = 0; i < 20; ++i)
    shop.put(made_product("n" + std::to_string(i), "Shoes", 100));
  auto all = request_for("new_arrivals", "");
  all.set_limit(20);
  const std::string token = shop.ask(all).attribution_token();
  // n0 to n9 are shown again and again; of those only n3 is clicked.
  for (int i = 0; i < 60; ++i) {
    v1::RecommendationsShown event;
    event.set_kind("new_arrivals");
    for (int n = 0; n < 10; ++n)
      event.add_product_ids("n" + std::to_string(n));
    Envelope envelope{.shopper_id = "s" + std::to_string(i)};
    envelope.attribution_token = token;
    shop.send(event, envelope);
    shop.send(of_product<v1::ProductClicked>("n3"), envelope);
  }
  int unshown = 0;
  int clicked = 0;
  constexpr int kAsked = 20;
  auto request = request_for("new_arrivals", "");
  for (int i = 0; i < kAsked; ++i) {
    shop.bench.host().set_now_us(Shop::kStart + i);
    const auto found = ids(shop.ask(request));
    ASSERT_EQ(found.size(), 5u);
    for (const auto& id : found) {
      clicked += id == "n3" ? 1 : 0;
      unshown += id.size() == 3 ? 1 : 0;  // n10 to n19
    }
  }
  EXPECT_EQ(clicked, kAsked);
  EXPECT_EQ(unshown, 4 * kAsked);
  // Known after a restart too.
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(ids(shop.ask(request)).front(), "n3");
}

TEST(Discover, AnEmptyShopSaysSo) {
  Shop shop;
  const auto reply = shop.ask("discover", "ada");
  EXPECT_EQ(reply.items_size(), 0);
  EXPECT_NE(reply.note(), "");
}

/// Strangers go from shoes to socks, and from lamps to bulbs.
void fill(Shop& shop) {
  shop.put("shoe", "Shoes");
  shop.put("boot", "Shoes");
  for (const char* sock : {"sock-a", "sock-b", "sock-c"})
    shop.put(sock, "Socks");
  shop.put("lamp", "Lamps");
  shop.put("bulb", "Bulbs");
  shop.visits("s", 30, {"shoe", "boot", "sock-a"});
  shop.visits("t", 10, {"boot", "sock-b", "sock-c"});
  shop.visits("l", 40, {"lamp", "bulb"});
}

TEST(Discover, ACategoryThatOthersWentOnTo) {
  Shop shop;
  fill(shop);
  shop.view("ada", "shoe");
  const auto reply = shop.ask(request_for("discover", "", "ada"));
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).product_id(), "sock-a");
  EXPECT_EQ(reason_of(reply, "sock-a"), "New to you: Socks");
  EXPECT_FALSE(shows(reply, "boot"));
  EXPECT_FALSE(shows(reply, "shoe"));
}

TEST(Discover, NotMoreThanTwoOfACategory) {
  Shop shop;
  fill(shop);
  shop.view("ada", "shoe");
  auto request = request_for("discover", "", "ada");
  request.set_limit(2);
  const auto reply = shop.ask(request);
  int socks = 0;
  for (const auto& id : ids(reply))
    socks += id.starts_with("sock") ? 1 : 0;
  EXPECT_LE(socks, 2);
}

TEST(Discover, NothingOfWhatWasSeen) {
  Shop shop;
  fill(shop);
  for (const char* product : {"shoe", "sock-a", "lamp"})
    shop.view("ada", product);
  const auto reply = shop.ask(request_for("discover", "", "ada"));
  EXPECT_EQ(ids(reply), (Ids{"bulb"}));
}

}  // namespace
}  // namespace souk::recommendations::testing
