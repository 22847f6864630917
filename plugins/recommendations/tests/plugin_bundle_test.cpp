// bundle: sets that really go together, and none where there are none.
#include <gtest/gtest.h>

#include <set>

#include "plugins/recommendations/tests/catalog_shop.hpp"

namespace souk::recommendations::testing {
namespace {

/// A camera with bag and card (all together), a tripod (with the camera only), two kinds of cards.
void fill_with_bundles(Shop& shop) {
  shop.put(made_product("camera", "Cameras", 50'000));
  shop.put(made_product("bag", "Bags", 4'000));
  shop.put(made_product("card", "Cards", 2'000));
  shop.put(made_product("card-2", "Cards", 2'500));
  shop.put(made_product("tripod", "Tripods", 9'000));
  shop.put(made_product("lamp", "Lamps", 3'000));
  shop.orders("all", 20, {"camera", "bag", "card"});
  shop.orders("two", 6, {"camera", "card-2"});
  shop.orders("tri", 8, {"camera", "tripod"});
  shop.orders("lamp", 100, {"lamp"});
}

TEST(Bundle, WhereNothingGoesTogetherThereIsNone) {
  Shop shop;
  shop.put(made_product("a", "A", 100));
  shop.put(made_product("b", "B", 100));
  shop.orders("a", 30, {"a"});
  shop.orders("b", 30, {"b"});
  const auto reply = shop.ask(request_for("bundle", "a"));
  EXPECT_EQ(reply.bundles_size(), 0);
  EXPECT_EQ(reply.items_size(), 0);
  EXPECT_NE(reply.note().find("no set"), std::string::npos) << reply.note();
}

TEST(Bundle, TheBestSetIsTheOneWhoseMembersAllMeet) {
  Shop shop;
  fill_with_bundles(shop);
  const auto reply = shop.ask(request_for("bundle", "camera"));
  ASSERT_GE(reply.bundles_size(), 2);
  const auto& best = reply.bundles(0);
  EXPECT_EQ((std::set<std::string>(best.product_ids().begin(), best.product_ids().end())),
            (std::set<std::string>{"bag", "card"}));
  EXPECT_EQ(best.total_price().amount(), 50'000 + 4'000 + 2'000);
  EXPECT_EQ(best.reason(), "Often bought as a set with The camera: each in 20 orders or more");
  EXPECT_EQ(ids(reply).size(), 2u);
  EXPECT_EQ(reply.note(), "");
  for (int i = 1; i < reply.bundles_size(); ++i)
    EXPECT_LE(reply.bundles(i).score(), reply.bundles(i - 1).score());
}

TEST(Bundle, NoTwoOfTheSameThing) {
  Shop shop;
  fill_with_bundles(shop);
  shop.orders("three", 30, {"camera", "card", "card-2", "bag"});
  const auto reply = shop.ask(request_for("bundle", "camera"));
  ASSERT_GT(reply.bundles_size(), 0);
  for (const auto& bundle : reply.bundles()) {
    int cards = 0;
    for (const auto& id : bundle.product_ids())
      cards += id.starts_with("card") ? 1 : 0;
    EXPECT_LE(cards, 1);
    EXPECT_LE(bundle.product_ids_size(), 3);
  }
}

TEST(Bundle, ASetOfUnknownPriceHasNoTotal) {
  Shop shop;
  fill_with_bundles(shop);
  shop.put(made_product("bag", "Bags"));
  auto reply = shop.ask(request_for("bundle", "camera"));
  ASSERT_GT(reply.bundles_size(), 0);
  EXPECT_FALSE(reply.bundles(0).has_total_price());
  shop.put(made_product("bag", "Bags", 0));  // a gift has a price: none
  reply = shop.ask(request_for("bundle", "camera"));
  EXPECT_EQ(reply.bundles(0).total_price().amount(), 52'000);
}

TEST(Bundle, WhatIsSoldOutIsInNoSet) {
  Shop shop;
  fill_with_bundles(shop);
  shop.stock("bag", 0);
  const auto reply = shop.ask(request_for("bundle", "camera"));
  ASSERT_GT(reply.bundles_size(), 0);
  for (const auto& bundle : reply.bundles()) {
    for (const auto& id : bundle.product_ids())
      EXPECT_NE(id, "bag");
  }
}

TEST(Bundle, ForACartItIsWhatTheCartLacks) {
  Shop shop;
  fill_with_bundles(shop);
  auto request = request_for("bundle", "");
  request.add_cart("camera");
  request.add_cart("card");
  const auto reply = shop.ask(request);
  ASSERT_GT(reply.bundles_size(), 0);
  EXPECT_EQ(reply.bundles(0).product_ids(0), "bag");
  EXPECT_EQ(reply.bundles(0).total_price().amount(), 4'000);
  EXPECT_EQ(ids(reply), (Ids{"bag"}));
}

TEST(Bundle, TheSameQuestionHasTheSameAnswer) {
  Shop shop;
  fill_with_bundles(shop);
  const auto first = shop.ask(request_for("bundle", "camera"));
  const auto second = shop.ask(request_for("bundle", "camera"));
  ASSERT_EQ(first.bundles_size(), second.bundles_size());
  for (int i = 0; i < first.bundles_size(); ++i)
    EXPECT_EQ(first.bundles(i).SerializeAsString(), second.bundles(i).SerializeAsString());
}

}  // namespace
}  // namespace souk::recommendations::testing
