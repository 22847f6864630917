// cross_sell and complete_the_look: poor shops first.
#include <gtest/gtest.h>

#include "plugins/recommendations/tests/catalog_shop.hpp"

namespace souk::recommendations::testing {
namespace {

TEST(Complements, AStoreWithoutOrdersSaysSo) {
  Shop shop;
  shop.put("shoe", "Shoes");
  shop.put("sock", "Socks");
  for (const char* kind : {"cross_sell", "complete_the_look", "bundle"}) {
    const auto reply = shop.ask(request_for(kind, "shoe"));
    EXPECT_TRUE(ids(reply).empty()) << kind;
    EXPECT_NE(reply.note(), "") << kind;
    EXPECT_EQ(reply.bundles_size(), 0) << kind;
  }
}

TEST(Complements, AnUnknownProductAndACartOfAThousandAreNoError) {
  Shop shop;
  shop.put("shoe", "Shoes");
  shop.put("sock", "Socks");
  shop.orders("o", 20, {"shoe", "sock"});
  for (const char* kind : {"cross_sell", "complete_the_look", "bundle"}) {
    const auto reply = shop.ask(request_for(kind, "nobody-knows"));
    EXPECT_NE(reply.note(), "") << kind;
    auto request = request_for(kind, kind == std::string_view("complete_the_look") ? "shoe" : "");
    for (int i = 0; i < 1000; ++i)
      request.add_cart(i % 2 == 0 ? "shoe" : "x" + std::to_string(i));
    const auto of_cart = shop.ask(request);
    EXPECT_TRUE(shows(of_cart, "sock") || of_cart.note() != "") << kind;
  }
}

/// Orders of shoes with socks and laces, and orders of lamps alone.
void fill_with_complements(Shop& shop) {
  shop.put(made_product("shoe", "Shoes", 9000));
  shop.put(made_product("boot", "Shoes", 9900));
  shop.put(made_product("sock", "Socks", 900));
  shop.put(made_product("lace", "Laces", 300));
  shop.put(made_product("lamp", "Lamps", 4000));
  shop.orders("sl", 15, {"shoe", "sock", "lace"});
  shop.orders("sb", 15, {"shoe", "boot"});
  shop.orders("la", 60, {"lamp"});
}

TEST(CrossSell, OnlyOtherCategoriesComplement) {
  Shop shop;
  fill_with_complements(shop);
  auto request = request_for("cross_sell", "shoe");
  request.set_limit(2);
  const auto reply = shop.ask(request);
  ASSERT_EQ(reply.items_size(), 2);
  EXPECT_TRUE(shows(reply, "lace"));
  EXPECT_TRUE(shows(reply, "sock"));
  EXPECT_EQ(reply.note(), "");
  EXPECT_TRUE(shows(shop.ask(request_for("bought_together", "shoe")), "boot"));
  EXPECT_FALSE(shows(shop.ask(request_for("cross_sell", "shoe")), "boot"));
}

TEST(CrossSell, ANewProductHasTheComplementsOfItsCategory) {
  Shop shop;
  fill_with_complements(shop);
  shop.put(made_product("sneaker", "Shoes", 8000));
  auto request = request_for("cross_sell", "sneaker");
  request.set_limit(2);
  const auto reply = shop.ask(request);
  ASSERT_EQ(reply.items_size(), 2);
  EXPECT_TRUE(shows(reply, "sock"));
  EXPECT_TRUE(shows(reply, "lace"));
  EXPECT_EQ(reason_of(reply, "sock"), "Goes with The sneaker");
  EXPECT_FALSE(shows(reply, "lamp"));
}

TEST(CrossSell, OfACategoryTheOneThatLooksLikeItComesFirst) {
  Shop shop;
  shop.put(made_product("bag", "Bags", 9000, {{"colour", "red"}}, "Acme"));
  shop.put(made_product("old-bag", "Bags", 9000));
  shop.put(made_product("purse-a", "Purses", 3000, {{"colour", "red"}}, "Acme"));
  shop.put(made_product("purse-b", "Purses", 3000, {{"colour", "blue"}}, "Other"));
  shop.put(made_product("lamp", "Lamps", 4000));
  shop.orders("a", 10, {"old-bag", "purse-b"});
  shop.orders("b", 10, {"old-bag", "purse-a"});
  shop.orders("l", 60, {"lamp"});
  const auto reply = shop.ask(request_for("cross_sell", "bag"));
  ASSERT_GE(reply.items_size(), 2);
  EXPECT_EQ(reply.items(0).product_id(), "purse-a");
  EXPECT_EQ(reply.items(1).product_id(), "purse-b");
}

TEST(CrossSell, ForACartNothingThatStandsInIt) {
  Shop shop;
  fill_with_complements(shop);
  auto request = request_for("cross_sell", "");
  request.add_cart("shoe");
  request.add_cart("sock");
  request.set_limit(1);
  EXPECT_EQ(ids(shop.ask(request)), (Ids{"lace"}));
}

TEST(CrossSell, CartsThatBecameNoOrderCountToo) {
  Shop shop;
  shop.put(made_product("shoe", "Shoes", 9000));
  shop.put(made_product("sock-a", "Socks", 900));
  shop.put(made_product("sock-b", "Socks", 900));
  shop.put(made_product("lamp", "Lamps", 900));
  shop.orders("a", 8, {"shoe", "sock-a"});
  shop.orders("b", 8, {"shoe", "sock-b"});
  shop.orders("l", 40, {"lamp"});
  for (int i = 0; i < 20; ++i) {
    const std::string who = "adds" + std::to_string(i);
    shop.add(who, "shoe");
    shop.add(who, "sock-b");
  }
  EXPECT_EQ(ids(shop.ask(request_for("cross_sell", "shoe"))).front(), "sock-b");
}

TEST(CompleteTheLook, WithoutOrdersItIsWhatLooksAlikeInTheDepartment) {
  Shop shop;
  const Attributes red{{"colour", "red"}, {"gender", "women"}};
  shop.put(made_product("dress", "Apparel > Dresses", 9000, red, "Acme"));
  shop.put(made_product("dress-2", "Apparel > Dresses", 9000, red, "Acme"));
  shop.put(made_product("bag", "Apparel > Bags", 9000, red, "Acme"));
  shop.put(
      made_product("tie", "Apparel > Ties", 900, {{"colour", "red"}, {"gender", "men"}}, "Acme"));
  shop.put(made_product("pan", "Home > Pans", 900, red, "Acme"));
  const auto reply = shop.ask(request_for("complete_the_look", "dress"));
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).product_id(), "bag");
  EXPECT_EQ(reason_of(reply, "bag"), "Completes the look of The dress");
  EXPECT_FALSE(shows(reply, "dress-2"));
  EXPECT_FALSE(shows(reply, "pan"));
  if (shows(reply, "tie")) {
    EXPECT_LT(reply.items(reply.items_size() - 1).score(), reply.items(0).score() / 5);
  }
}

TEST(CompleteTheLook, AnOutfitHasOneOfEachFirst) {
  Shop shop;
  shop.put(made_product("dress", "Apparel > Dresses", 9000));
  for (const char* bag : {"bag-a", "bag-b"})
    shop.put(made_product(bag, "Apparel > Bags", 5000));
  shop.put(made_product("hat", "Apparel > Hats", 5000));
  shop.put(made_product("lamp", "Home > Lamps", 5000));
  shop.orders("a", 30, {"dress", "bag-a"});
  shop.orders("b", 30, {"dress", "bag-b"});
  shop.orders("h", 12, {"dress", "hat"});
  shop.orders("l", 90, {"lamp"});
  const auto found = ids(shop.ask(request_for("complete_the_look", "dress")));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[1], "hat");
}

TEST(CompleteTheLook, WhichColoursGoTogetherIsLearned) {
  Shop shop;
  const auto coloured = [](std::string_view id, std::string_view category, const char* colour) {
    return made_product(id, category, 5000, {{"colour", colour}});
  };
  // In this shop, blue goes with brown.
  shop.put(coloured("shirt-blue", "Apparel > Shirts", "blue"));
  shop.put(coloured("shirt-new", "Apparel > Shirts", "blue"));
  shop.put(coloured("shirt-red", "Apparel > Shirts", "red"));
  shop.put(coloured("belt-brown", "Apparel > Belts", "brown"));
  shop.put(coloured("belt-blue", "Apparel > Belts", "blue"));
  shop.put(made_product("lamp", "Home > Lamps", 5000));
  shop.orders("bb", 60, {"shirt-blue", "belt-brown"});
  shop.orders("rb", 60, {"shirt-red", "belt-blue"});
  shop.orders("l", 200, {"lamp"});
  const auto found = ids(shop.ask(request_for("complete_the_look", "shirt-new")));
  ASSERT_GE(found.size(), 2u);
  EXPECT_EQ(found[0], "belt-brown");
  EXPECT_EQ(found[1], "belt-blue");
}

}  // namespace
}  // namespace souk::recommendations::testing
