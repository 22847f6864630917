// What must never be shown, each rule by itself: the product is there, then it is not.
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

using Ids = std::vector<std::string>;

/// Two products that go together by every measure, both in the catalog.
class Eligibility : public ::testing::Test {
 protected:
  Eligibility() {
    shop.put("a", "Tea > Pots");
    shop.put("b", "Tea > Cups");
    shop.visits("v", 12, {"a", "b"});
    shop.orders("o", 12, {"a", "b"});
    shop.view("ada", "a");
  }
  v1::RecommendReply explained(std::string_view kind) {
    auto request = Shop::request(kind, "ada", kind == "for_you" ? "" : "a");
    request.set_explain(true);
    return shop.ask(request);
  }
  /// "b" is in no answer of any kind, and the answers say why.
  void expect_left_out(const std::string& why) {
    for (const char* kind : {"for_you", "similar", "bought_together", "trending"}) {
      const auto reply = explained(kind);
      EXPECT_FALSE(shows(reply, "b")) << kind;
      EXPECT_EQ(left_out(reply, why), 1u) << kind;
      EXPECT_NE(reply.note(), "") << kind;
    }
  }
  void expect_shown() {
    for (const char* kind : {"for_you", "similar", "bought_together", "trending"})
      EXPECT_TRUE(shows(explained(kind), "b")) << kind;
  }

  Shop shop;
};

TEST_F(Eligibility, AllIsShownAtFirst) { expect_shown(); }

TEST_F(Eligibility, AHiddenProduct) {
  auto hidden = Shop::product("b", "Tea > Cups");
  hidden.set_hidden(true);
  shop.put(hidden);
  expect_left_out("hidden");
  shop.put("b", "Tea > Cups");
  expect_shown();
}

TEST_F(Eligibility, ADeletedProduct) {
  shop.send(of_product<v1::ProductDeleted>("b"));
  expect_left_out("deleted");
  shop.put("b", "Tea > Cups");
  expect_shown();
}

TEST_F(Eligibility, AProductWithoutStock) {
  shop.stock("b", 0);
  expect_left_out("out_of_stock");
  shop.stock("b", 3);
  expect_shown();
  shop.stock("b", -1);
  expect_left_out("out_of_stock");
}

TEST_F(Eligibility, StockOfAllPlacesCounts) {
  shop.stock("b", 0, "", "berlin");
  expect_left_out("out_of_stock");
  shop.stock("b", 2, "", "hamburg");
  expect_shown();
  shop.stock("b", -2, "", "berlin");
  expect_left_out("out_of_stock");
}

TEST_F(Eligibility, OneVariantInStockIsEnough) {
  auto sizes = Shop::product("b", "Tea > Cups");
  sizes.add_variants()->set_id("s");
  sizes.add_variants()->set_id("m");
  shop.put(sizes);
  shop.stock("b", 0, "s");
  expect_shown();
  shop.stock("b", 0, "m");
  expect_left_out("out_of_stock");
  shop.stock("b", 1, "s");
  expect_shown();
}

TEST_F(Eligibility, AProductThatIsGoneAsAWholeHasNoVariantLeft) {
  shop.stock("b", 4, "s");
  shop.stock("b", 0);
  expect_left_out("out_of_stock");
  shop.stock("b", 4);
  expect_shown();
}

TEST_F(Eligibility, ALevelIsTheSameWhateverItIsCalled) {
  v1::InventorySet event;
  event.set_id("sku-17");
  event.set_product_id("b");
  event.set_variant_id("s");
  event.set_available(3);
  shop.send(event);
  shop.stock("b", 0, "s");
  expect_left_out("out_of_stock");
}

TEST_F(Eligibility, AVariantThatIsSoldNoMoreDoesNotCount) {
  auto sizes = Shop::product("b", "Tea > Cups");
  sizes.add_variants()->set_id("s");
  auto* gone = sizes.add_variants();
  gone->set_id("m");
  gone->mutable_availability()->set_status(v1::Availability::discontinued);
  shop.put(sizes);
  shop.stock("b", 0, "s");
  shop.stock("b", 5, "m");
  expect_left_out("out_of_stock");
}

TEST_F(Eligibility, TheCatalogsWordOnAvailability) {
  auto product = Shop::product("b", "Tea > Cups");
  product.mutable_availability()->set_available(false);
  shop.put(product);
  expect_left_out("out_of_stock");
  // New goods arrive.
  shop.stock("b", 5);
  expect_shown();
  // On back-order it may be bought without stock.
  shop.stock("b", 0);
  product.mutable_availability()->clear_available();
  product.mutable_availability()->set_status(v1::Availability::backorder);
  shop.put(product);
  expect_shown();
  product.mutable_availability()->set_status(v1::Availability::discontinued);
  shop.put(product);
  shop.stock("b", 5);
  expect_left_out("out_of_stock");
}

TEST_F(Eligibility, AStockLevelThatIsNoLongerKept) {
  shop.stock("b", 0);
  expect_left_out("out_of_stock");
  v1::InventoryDeleted event;
  event.set_inventory_id("b");
  shop.send(event);
  expect_shown();
}

TEST_F(Eligibility, AStockLevelThatIsNotCounted) {
  v1::InventorySet event;
  event.set_id("b");  // the product is named by the level's id alone
  event.set_available(0);
  shop.send(event);
  expect_left_out("out_of_stock");
  event.clear_available();
  shop.send(event);
  expect_shown();
}

TEST_F(Eligibility, WhatIsInTheCart) {
  shop.add("ada", "b", 2);
  expect_left_out("in_cart");
  auto removed = of_product<v1::ProductRemoved>("b");
  removed.set_quantity(1);
  shop.send(removed, {.shopper_id = "ada"});
  expect_left_out("in_cart");
  removed.clear_quantity();
  shop.send(removed, {.shopper_id = "ada"});
  // It was looked at by being added, so only where that does not matter.
  EXPECT_TRUE(shows(explained("bought_together"), "b"));
}

TEST_F(Eligibility, TheCartAsItWasSeenLast) {
  v1::CartViewed cart;
  cart.add_products()->set_product_id("b");
  shop.send(cart, {.shopper_id = "ada"});
  expect_left_out("in_cart");
  shop.send(v1::CartViewed(), {.shopper_id = "ada"});
  expect_shown();
}

TEST_F(Eligibility, TheCartThatTheQuestionNames) {
  auto request = Shop::request("similar", "ada", "a");
  request.add_cart("b");
  EXPECT_FALSE(shows(shop.ask(request), "b"));
}

TEST_F(Eligibility, WhatWasJustBought) {
  shop.order("ada", "mine", {"b"});
  expect_left_out("just_bought");
  ASSERT_TRUE(shop.bench.advance(29 * 24h).ok());
  expect_left_out("just_bought");
  ASSERT_TRUE(shop.bench.advance(2 * 24h).ok());
  expect_shown();
}

TEST_F(Eligibility, WhatIsBoughtAgainAndAgainIsShownAtOnce) {
  shop.order("ada", "first", {"b"});
  shop.order("ada", "second", {"b"});
  expect_shown();
}

TEST_F(Eligibility, AnOrderThatIsSentTwiceIsOneOrder) {
  shop.order("ada", "first", {"b"});
  shop.order("ada", "first", {"b"});
  expect_left_out("just_bought");
}

TEST_F(Eligibility, ACancelledOrderWasNoPurchase) {
  shop.order("ada", "first", {"b"});
  v1::OrderCancelled cancelled;
  cancelled.set_order_id("first");
  shop.send(cancelled, {.shopper_id = "ada"});
  expect_shown();
}

TEST_F(Eligibility, AnOrderWhoseCancellationCameFirst) {
  v1::OrderCancelled cancelled;
  cancelled.set_order_id("first");
  shop.send(cancelled, {.shopper_id = "ada"});
  shop.order("ada", "first", {"b"});
  expect_shown();
}

TEST_F(Eligibility, AnOrderFromWhichAProductWasTaken) {
  shop.order("ada", "first", {"b", "c"});
  v1::OrderUpdated updated;
  updated.set_order_id("first");
  updated.add_products()->set_product_id("c");
  shop.send(updated, {.shopper_id = "ada"});
  expect_shown();
}

TEST_F(Eligibility, AnOrderFromTheBackOffice) {
  v1::OrderCompleted event;
  event.set_order_id("first");
  event.mutable_record()->set_shopper_id("ada");
  event.mutable_record()->add_lines()->set_product_id("b");
  event.mutable_record()->mutable_placed_at()->set_seconds(Shop::kStart / 1'000'000 - 86'400 * 20);
  shop.send(event);
  expect_left_out("just_bought");
  ASSERT_TRUE(shop.bench.advance(11 * 24h).ok());
  expect_shown();
}

TEST_F(Eligibility, TheProductOfThePageAndThoseNamedByTheQuestion) {
  auto request = Shop::request("similar", "", "a");
  request.add_exclude("b");
  request.add_exclude("never-seen");
  request.set_explain(true);
  const auto reply = shop.ask(request);
  EXPECT_EQ(reply.items_size(), 0);
  EXPECT_EQ(left_out(reply, "excluded"), 1u);
  EXPECT_EQ(left_out(reply, "viewed_now"), 1u);
}

TEST_F(Eligibility, WhatThisVisitHasShown) {
  shop.view("ada", "b");
  auto request = Shop::request("for_you", "ada");
  request.set_explain(true);
  EXPECT_EQ(left_out(shop.ask(request), "seen_in_this_visit"), 2u);
  request.set_include_seen(true);
  EXPECT_TRUE(shows(shop.ask(request), "b"));
}

TEST_F(Eligibility, SeenMayComeBackSoldOutMayNot) {
  shop.view("ada", "b");
  shop.stock("b", 0);
  auto request = Shop::request("for_you", "ada");
  request.set_include_seen(true);
  EXPECT_FALSE(shows(shop.ask(request), "b"));
}

TEST_F(Eligibility, AProductThatTheCatalogDoesNotHold) {
  shop.visits("x", 9, {"a", "mystery"});
  auto request = Shop::request("similar", "", "a");
  request.set_explain(true);
  auto reply = shop.ask(request);
  EXPECT_FALSE(shows(reply, "mystery"));
  EXPECT_EQ(left_out(reply, "not_in_catalog"), 1u);

  Settings settings;
  settings.set_unknown_products("show");
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  EXPECT_TRUE(shows(shop.ask(request), "mystery"));
}

TEST_F(Eligibility, OnlyACategoryThatWasAskedFor) {
  auto request = Shop::request("similar", "ada", "a");
  request.set_category("Tea > Cups");
  EXPECT_EQ(ids(shop.ask(request)), (Ids{"b"}));
  request.set_category("Tea > Pots");
  EXPECT_EQ(shop.ask(request).items_size(), 0);
}

TEST_F(Eligibility, RecentlyViewedObeysTheSameRules) {
  shop.view("ada", "b");
  EXPECT_TRUE(shows(shop.ask("recently_viewed", "ada"), "b"));
  shop.stock("b", 0);
  EXPECT_FALSE(shows(shop.ask("recently_viewed", "ada"), "b"));
}

TEST(Filters, WhatIsLeftOutIsReplaced) {
  Shop shop;
  // Three hundred products go with "a"; all but the weakest are sold out.
  for (int i = 0; i < 300; ++i) {
    const std::string id = "p" + std::to_string(i);
    shop.put(id);
    shop.visits("v" + std::to_string(i) + "-", 1, {"a", id});
    if (i >= 4) shop.stock(id, 0);
  }
  shop.put("a");
  for (const char* kind : {"similar", "trending"}) {
    auto request = Shop::request(kind, "", "a");
    request.set_limit(4);
    EXPECT_EQ(shop.ask(request).items_size(), 4) << kind;
  }
}

}  // namespace
}  // namespace souk::recommendations::testing
