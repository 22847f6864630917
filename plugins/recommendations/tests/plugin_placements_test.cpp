// Placements, pages, and what is kept discreet.
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

using Service = v1::RecommendationsService;
using Placement = souk::recommendations::v1::Placement;

Placement placement(const std::vector<std::string>& kinds, std::uint32_t limit,
                    std::uint32_t enough = 0) {
  Placement made;
  for (const std::string& kind : kinds)
    made.add_kinds(kind);
  made.set_limit(limit);
  if (enough > 0) made.set_min_items(enough);
  return made;
}

Status refused(const std::string& name, const Placement& placement) {
  Settings settings;
  (*settings.mutable_placements())[name] = placement;
  souk::testing::Bench bench(plugin_entry());
  return bench.begin_life(settings);
}

TEST(PlacementSettings, AMistakeNamesThePlaceAndWhatIsAllowed) {
  struct Mistake {
    std::string name;
    Placement placement;
    const char* said;
  };
  Placement filter = placement({}, 4);
  filter.set_filter("prise < 3");
  Placement boost = placement({}, 4);
  boost.set_boost("brand = a => 500");
  Placement diversity = placement({}, 4);
  diversity.set_diversity(2);
  const Mistake mistakes[] = {
      {"home", placement({"trendy"}, 4), "placements.home.kinds: there is no kind \"trendy\""},
      {"home", placement({}, 101), "placements.home.limit: it is 101, allowed is 1 to 100"},
      {"home", placement({}, 4, 8),
       "placements.home.min_items: it is 8, allowed is 1 to its limit"},
      {"home", filter, "placements.home.filter: column 1: 'prise' is no fact"},
      {"home", boost, "placements.home.boost: column 14: the factor is 500"},
      {"home", diversity, "placements.home.diversity: it is 2"},
      {"home top", placement({}, 4), "letters, digits, _ and -"},
      {std::string(49, 'x'), placement({}, 4), "at most 48"},
  };
  for (const Mistake& mistake : mistakes) {
    const Status status = refused(mistake.name, mistake.placement);
    EXPECT_EQ(status.code(), Code::invalid_argument) << mistake.said;
    EXPECT_NE(status.message().find(mistake.said), std::string::npos) << status.message();
  }
}

/// Shoes with socks, and a crowd around lamps.
class Placements : public ::testing::Test {
 protected:
  static Settings settings() {
    Settings made;
    auto& all = *made.mutable_placements();
    all["home_top"] = placement({"for_you", "trending"}, 3, 2);
    all["home_mid"] = placement({"trending"}, 3);
    all["product"] = placement({"bought_together", "similar", "trending"}, 4, 1);
    all["full"] = placement({"bought_together", "similar", "trending"}, 4);
    all["strict"] = placement({"similar", "bought_together"}, 4);
    all["cheap"] = placement({"trending"}, 5);
    all["cheap"].set_filter("price < 10");
    all["cheap"].set_boost("brand = Bolt => 10");
    return made;
  }
  void SetUp() override {
    int cents = 500;
    for (const char* id : {"shoe", "sock", "lace", "lamp", "bulb", "shade"}) {
      auto product = Shop::product(id);
      product.mutable_price_range()->mutable_min()->set_amount(cents);
      product.set_brand(cents > 600 ? "Bolt" : "Acme");
      cents += 150;
      shop_.put(product);
    }
    shop_.orders("o", 12, {"shoe", "sock"});
    shop_.orders("x", 20, {"bulb"});
    shop_.visits("s", 10, {"shoe", "lace"});
    shop_.visits("l", 30, {"lamp", "shade"});
  }
  static v1::RecommendRequest at(std::string_view name, std::string_view product = {}) {
    auto request = Shop::request("", "ada", product);
    request.set_placement(std::string(name));
    return request;
  }
  Shop shop_{settings()};
};

TEST_F(Placements, AnUnknownOneIsRefusedWithTheNearest) {
  const Status status = shop_.refusal(at("home_topp"));
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("did you mean home_top?"), std::string::npos) << status.message();
  Shop without;
  EXPECT_NE(without.refusal(at("home")).message().find("settings of the plugin name none"),
            std::string::npos);
}

TEST_F(Placements, KindsThatCannotBeAskedAreSkippedAndNoneLeftIsRefused) {
  EXPECT_EQ(shop_.ask(at("product")).kind(), "trending") << "there is no product on this page";
  Shop other(settings());
  auto request = at("strict");
  request.clear_shopper_id();
  const Status status = other.refusal(request);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("similar needs the product"), std::string::npos);
}

TEST_F(Placements, TheChainEndsWhereThereIsEnough) {
  const auto enough = shop_.ask(at("product", "shoe"));
  EXPECT_EQ(enough.placement(), "product");
  EXPECT_EQ(enough.kind(), "bought_together");
  EXPECT_EQ(ids(enough), std::vector<std::string>{"sock"}) << "one is enough here";
  EXPECT_NE(enough.note(), "");

  const auto full = shop_.ask(at("full", "shoe"));
  ASSERT_EQ(full.items_size(), 4);
  EXPECT_EQ(full.items(0).product_id(), "sock");
  EXPECT_EQ(full.items(1).product_id(), "lace");
  for (int i = 1; i < full.items_size(); ++i)
    EXPECT_LE(full.items(i).score(), full.items(i - 1).score());
}

TEST_F(Placements, TheRequestComesFirst) {
  auto request = at("product", "shoe");
  request.set_limit(2);
  request.set_kind("trending");
  const auto reply = shop_.ask(request);
  EXPECT_EQ(reply.kind(), "trending");
  EXPECT_EQ(reply.placement(), "product");
  EXPECT_EQ(reply.items_size(), 2);
}

TEST_F(Placements, BothFiltersHoldAndBothBoostsMultiply) {
  const auto cheap = shop_.ask(at("cheap"));
  EXPECT_FALSE(shows(cheap, "bulb"));  // 11.00
  EXPECT_FALSE(shows(cheap, "shade"));
  EXPECT_EQ(cheap.items(0).product_id(), "sock") << "of Bolt, and ordered most";
  auto request = at("cheap");
  request.set_filter("NOT product = lamp");
  const auto less = shop_.ask(request);
  EXPECT_FALSE(shows(less, "lamp"));
  EXPECT_FALSE(shows(less, "shade"));
}

TEST_F(Placements, APageHasNoProductTwiceInTheOrderOfThePage) {
  v1::RecommendPageRequest request;
  request.add_placements("home_mid");
  request.add_placements("home_top");
  request.set_shopper_id("ada");
  auto page = shop_.bench.ask<Service::RecommendPage>(request);
  ASSERT_TRUE(page.ok()) << page.status().message();
  ASSERT_EQ(page->placements_size(), 2);
  EXPECT_EQ(page->placements(0).placement(), "home_mid");
  EXPECT_EQ(page->placements(0).items_size(), 3);
  EXPECT_GE(page->placements(1).items_size(), 2);
  for (const auto& item : page->placements(1).items())
    EXPECT_FALSE(shows(page->placements(0), item.product_id())) << item.product_id();
  EXPECT_NE(page->placements(0).attribution_token(), page->placements(1).attribution_token());

  request.add_placements("nowhere");
  EXPECT_EQ(shop_.bench.ask<Service::RecommendPage>(request).status().code(),
            Code::invalid_argument);
}

/// A shop that sells something one would not want to meet again on the home page.
class Discretion : public ::testing::Test {
 protected:
  static void fill(Shop& shop) {
    shop.put("test", "Health > Pregnancy tests");
    shop.put("folic", "Health > Vitamins");
    shop.put("cot", "Nursery");
    for (const char* id : {"tea", "mug"})
      shop.put(id, "Kitchen");
    shop.visits("m", 8, {"test", "folic", "cot"});
    shop.visits("k", 8, {"tea", "mug"});
    shop.orders("o", 12, {"test", "cot"});
    shop.orders("other", 30, {"tea"});
  }
};

TEST_F(Discretion, WhatWasDoneWithItFollowsNobodyToOtherPages) {
  Shop shop;
  fill(shop);
  shop.view("ada", "test");
  shop.order("ada", "hers", {"test"});
  auto request = Shop::request("for_you", "ada");
  request.set_explain(true);
  const auto reply = shop.ask(request);
  EXPECT_FALSE(shows(reply, "test"));
  for (const auto& item : reply.items()) {
    EXPECT_NE(item.because_product_id(), "test");
    EXPECT_EQ(item.reason().find("test"), std::string::npos) << item.reason();
    EXPECT_EQ(item.reason().find("Often"), std::string::npos)
        << item.product_id() << " would give her away: " << item.reason();
  }
  EXPECT_FALSE(shows(shop.ask("recently_viewed", "ada"), "test"));
  EXPECT_FALSE(shows(shop.ask("buy_again", "ada"), "test"));
}

TEST_F(Discretion, OnItsOwnPageItIsAProductLikeOthers) {
  Shop shop;
  fill(shop);
  EXPECT_TRUE(shows(shop.ask("similar", "", "test"), "folic"));
}

TEST_F(Discretion, TheMerchantSaysWhatIsSensitive) {
  Settings none;
  none.add_sensitive_categories("none");
  Shop open(none);
  fill(open);
  open.view("ada", "test");
  EXPECT_TRUE(shows(open.ask("recently_viewed", "ada"), "test"));

  Settings own;
  own.add_sensitive_categories("kitchen");
  own.add_sensitive_categories("Health > Vitamins");
  Shop strict(own);
  fill(strict);
  for (const char* id : {"test", "folic", "tea"})
    strict.view("ada", id);
  EXPECT_EQ(ids(strict.ask("recently_viewed", "ada")), std::vector<std::string>{"test"});
}

TEST_F(Discretion, AReasonNeedsThreePeopleBehindIt) {
  Shop shop;
  for (const char* id : {"a", "b"})
    shop.put(id);
  shop.visits("two", 2, {"a", "b"});
  EXPECT_EQ(reason_of(shop.ask("similar", "", "a"), "b"), "Goes with what you are looking at");
  shop.visits("third", 1, {"a", "b"});
  EXPECT_EQ(reason_of(shop.ask("similar", "", "a"), "b"),
            "Often viewed with what you are looking at");
}

}  // namespace
}  // namespace souk::recommendations::testing
