// similar and upsell: wrong input and poor shops first.
#include <gtest/gtest.h>

#include "plugins/recommendations/tests/catalog_shop.hpp"

namespace souk::recommendations::testing {
namespace {

TEST(Alternatives, ACatalogOfOneHasNoneAndSaysSo) {
  Shop shop;
  shop.put(made_product("only", "Shoes", 5000));
  for (const char* kind : {"similar", "upsell"}) {
    const auto reply = shop.ask(kind, "", "only");
    EXPECT_EQ(reply.items_size(), 0) << kind;
    EXPECT_NE(reply.note(), "") << kind;
  }
}

TEST(Alternatives, AnUnknownProductIsNoError) {
  Shop shop;
  shop.put(made_product("a", "Shoes", 5000));
  for (const char* kind : {"similar", "upsell"}) {
    const auto reply = shop.ask(kind, "", "nobody-knows");
    EXPECT_TRUE(reply.note().starts_with("unknown product")) << kind << ": " << reply.note();
  }
}

TEST(Similar, ANewProductIsFoundFromItsAttributesAlone) {
  Shop shop;
  shop.put(made_product("boot", "Shoes", 9000, {{"material", "leather"}}, "Acme"));
  shop.put(made_product("hat", "Hats", 3000, {{"material", "leather"}}, "Acme"));
  shop.put(made_product("lamp", "Lamps", 3000));
  shop.put(made_product("twin", "Shoes", 9100, {{"material", "leather"}}, "Acme"));
  const auto reply = shop.ask(request_for("similar", "boot"));
  ASSERT_EQ(ids(reply), (Ids{"twin"}));  // the hat is like it, and no alternative
  EXPECT_EQ(reason_of(reply, "twin"), "Similar to The boot");
  // And of the new one, the old.
  EXPECT_EQ(ids(shop.ask(request_for("similar", "twin"))), (Ids{"boot"}));
}

TEST(Similar, ANewProductEntersAnAnswerThatVisitsFill) {
  Shop shop;
  for (int i = 0; i < 30; ++i)
    shop.put(made_product("s" + std::to_string(i), "Shoes", 5000, {{"fit", std::to_string(i)}}));
  Ids visit;
  for (int i = 0; i < 20; ++i)
    visit.push_back("s" + std::to_string(i));
  shop.visits("v", 40, visit);
  shop.put(made_product("cold", "Shoes", 5000, {{"fit", "0"}}));
  auto request = request_for("similar", "s0");
  request.set_limit(10);
  EXPECT_TRUE(shows(shop.ask(request), "cold"));
}

TEST(Similar, WhatIsRememberedFollowsTheCatalog) {
  Shop shop;
  shop.put(made_product("boot", "Shoes", 9000, {{"material", "leather"}}, "Acme"));
  shop.put(made_product("clog", "Shoes", 9000, {{"material", "wood"}}, "Acme"));
  shop.put(made_product("cap", "Hats", 9000, {{"material", "leather"}}, "Acme"));
  const auto similar = [&] { return ids(shop.ask(request_for("similar", "boot"))); };
  for (int again = 0; again < 2; ++again)
    EXPECT_EQ(similar(), (Ids{"clog"}));
  shop.put(made_product("twin", "Shoes", 9000, {{"material", "leather"}}, "Acme"));
  for (int again = 0; again < 2; ++again)
    EXPECT_EQ(similar(), (Ids{"twin", "clog"}));
  // Of another shelf now.
  shop.put(made_product("clog", "Hats", 9000, {{"material", "wood"}}, "Acme"));
  EXPECT_EQ(similar(), (Ids{"twin"}));
  shop.send(of_product<v1::ProductDeleted>("twin"));
  EXPECT_EQ(similar(), Ids{});
  // The product itself goes to another shelf.
  shop.put(made_product("boot", "Hats", 9000, {{"material", "leather"}}, "Acme"));
  EXPECT_EQ(similar(), (Ids{"cap", "clog"}));
}

TEST(Similar, WithEvidenceBehaviourComesFirst) {
  Shop shop;
  shop.put(made_product("a", "Shoes", 5000, {{"fit", "slim"}}));
  shop.put(made_product("twin", "Shoes", 5000, {{"fit", "slim"}}));
  shop.put(made_product("other", "Shoes", 9900, {{"fit", "wide"}}));
  EXPECT_EQ(ids(shop.ask(request_for("similar", "a"))).front(), "twin");
  shop.visits("v", 60, {"a", "other"});
  EXPECT_EQ(ids(shop.ask(request_for("similar", "a"))).front(), "other");
}

TEST(Similar, ADeletedOrChangedProductIsNotAlikeAnyMore) {
  Shop shop;
  shop.put(made_product("a", "Shoes", 5000, {{"fit", "slim"}}));
  shop.put(made_product("b", "Shoes", 5000, {{"fit", "slim"}}));
  shop.put(made_product("c", "Shoes", 5000, {{"fit", "slim"}}));
  shop.send(of_product<v1::ProductDeleted>("b"));
  shop.put(made_product("c", "Hats", 5000));
  EXPECT_TRUE(ids(shop.ask(request_for("similar", "a"))).empty());
}

TEST(Similar, ASnapshotKeepsWhatIsAlike) {
  Shop shop;
  shop.put(made_product("a", "Shoes", 5000, {{"fit", "slim"}}));
  shop.put(made_product("b", "Shoes", 5000, {{"fit", "slim"}}));
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(ids(shop.ask(request_for("similar", "a"))), (Ids{"b"}));
  EXPECT_EQ(ids(shop.ask(request_for("new_arrivals", ""))).size(), 2u);
}

TEST(Upsell, AProductWithoutPriceHasNoStepUp) {
  Shop shop;
  shop.put(made_product("free", "Shoes", 0));
  shop.put(made_product("unsaid", "Shoes"));
  shop.put(made_product("dear", "Shoes", 5000));
  for (const char* product : {"free", "unsaid"}) {
    const auto reply = shop.ask(request_for("upsell", product));
    EXPECT_EQ(reply.items_size(), 0);
    EXPECT_NE(reply.note().find("no price"), std::string::npos) << reply.note();
  }
  // A price that becomes 0 is no step up of anything either.
  shop.put(made_product("cheap", "Shoes", 4000));
  EXPECT_EQ(ids(shop.ask(request_for("upsell", "cheap"))), (Ids{"dear"}));
  shop.put(made_product("dear", "Shoes", 0));
  EXPECT_TRUE(ids(shop.ask(request_for("upsell", "cheap"))).empty());
}

TEST(Upsell, OnlyDearerOnesOfItsKindWithinReach) {
  Shop shop;
  shop.put(made_product("a", "Phones", 10'000));
  shop.put(made_product("cheaper", "Phones", 9'000));
  shop.put(made_product("same", "Phones", 10'000));
  shop.put(made_product("step", "Phones", 13'000));
  shop.put(made_product("beyond", "Phones", 16'000));
  shop.put(made_product("case", "Cases", 12'000));
  EXPECT_EQ(ids(shop.ask(request_for("upsell", "a"))), (Ids{"step"}));
}

TEST(Upsell, TheReachIsTheShoppersOwn) {
  Shop shop;
  shop.put(made_product("a", "Phones", 10'000));
  shop.put(made_product("step", "Phones", 13'000));
  shop.put(made_product("beyond", "Phones", 18'000));
  shop.put(made_product("seen", "Phones", 19'000));
  shop.view("ada", "seen");
  auto reply = shop.ask(request_for("upsell", "a", "ada"));
  EXPECT_TRUE(shows(reply, "beyond"));
  shop.put(made_product("low", "Phones", 10'500));
  shop.view("bob", "low");
  reply = shop.ask(request_for("upsell", "a", "bob"));
  EXPECT_FALSE(shows(reply, "step"));  // 1.3 times, and this shopper looks at 1.05
}

TEST(Upsell, TheSettingLimitsTheStep) {
  Settings settings;
  settings.set_upsell_max_ratio(1.2);
  Shop shop(settings);
  shop.put(made_product("a", "Phones", 10'000));
  shop.put(made_product("near", "Phones", 11'900));
  shop.put(made_product("far", "Phones", 12'100));
  EXPECT_EQ(ids(shop.ask(request_for("upsell", "a"))), (Ids{"near"}));
}

TEST(Upsell, ItSaysInWhatItIsMore) {
  Shop shop;
  const auto rated = [](v1::Product product, double value, std::uint32_t count) {
    product.mutable_rating()->set_value(value);
    product.mutable_rating()->set_count(count);
    return product;
  };
  shop.put(rated(made_product("a", "Phones", 10'000, {{"memory", "128 GB"}}), 3.5, 40));
  shop.put(rated(made_product("big", "Phones", 12'000, {{"memory", "512 GB"}}), 3.5, 40));
  shop.put(rated(made_product("good", "Phones", 12'000, {{"memory", "128 GB"}}), 4.8, 40));
  shop.put(rated(made_product("plain", "Phones", 12'000, {{"memory", "128 GB"}}), 3.0, 40));
  const auto reply = shop.ask(request_for("upsell", "a"));
  EXPECT_EQ(reason_of(reply, "big"), "A step up from The a: memory 512 gb");
  EXPECT_EQ(reason_of(reply, "good"), "A step up from The a: better rated");
  EXPECT_EQ(reason_of(reply, "plain"), "A step up from The a");
  const Ids order = ids(reply);
  const auto place = [&](const char* id) { return std::find(order.begin(), order.end(), id); };
  EXPECT_LT(place("good"), place("plain"));
}

TEST(Upsell, SettingsOutOfRangeAreRefused) {
  Shop shop;
  for (const double wrong : {0.0, 1.0, 11.0}) {
    Settings settings;
    settings.set_upsell_max_ratio(wrong);
    const Status status = shop.bench.reload(settings);
    EXPECT_EQ(status.code(), Code::invalid_argument) << wrong;
    EXPECT_NE(status.message().find("upsell_max_ratio"), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace souk::recommendations::testing
