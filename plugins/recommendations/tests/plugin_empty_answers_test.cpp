// No answer is empty without a word: every kind, in every shop that has little to say.
#include <functional>

#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

constexpr const char* kKinds[] = {
    "for_you",   "similar",  "bought_together", "bundle",          "upsell",   "cross_sell",
    "buy_again", "trending", "new_arrivals",    "recently_viewed", "discover", "complete_the_look",
    "size"};

struct Situation {
  const char* name;
  std::function<void(Shop&)> fill;
  std::function<void(v1::RecommendRequest&)> change;
};

void fill_shop(Shop& shop) {
  for (const char* id : {"a", "b", "c", "d"})
    shop.put(id, "Shop > Things");
  shop.visits("v", 6, {"a", "b", "c"});
  shop.orders("o", 6, {"a", "b"});
  shop.view("ada", "a");
}

const Situation kSituations[] = {
    {"an empty store", [](Shop&) {}, [](v1::RecommendRequest&) {}},
    {"an unknown shopper", fill_shop,
     [](v1::RecommendRequest& request) { request.set_shopper_id("nobody-knows"); }},
    {"an unknown product", fill_shop,
     [](v1::RecommendRequest& request) { request.set_product_id("never-heard-of"); }},
    {"a catalog of one", [](Shop& shop) { shop.put("a"); }, [](v1::RecommendRequest&) {}},
    {"a catalog of one with views",
     [](Shop& shop) {
       shop.put("a");
       shop.visits("v", 3, {"a"});
     },
     [](v1::RecommendRequest&) {}},
    {"no orders",
     [](Shop& shop) {
       shop.put("a");
       shop.put("b");
       shop.visits("v", 3, {"a", "b"});
     },
     [](v1::RecommendRequest&) {}},
    {"a filter that matches nothing", fill_shop,
     [](v1::RecommendRequest& request) { request.set_filter("brand = Unheard"); }},
    {"a price that nothing has", fill_shop,
     [](v1::RecommendRequest& request) { request.set_max_price(1); }},
    {"an unknown category", fill_shop,
     [](v1::RecommendRequest& request) { request.set_category("No such thing"); }},
    {"everything sold out",
     [](Shop& shop) {
       fill_shop(shop);
       for (const char* id : {"a", "b", "c", "d"})
         shop.stock(id, 0);
     },
     [](v1::RecommendRequest&) {}},
    {"everything excluded", fill_shop,
     [](v1::RecommendRequest& request) {
       for (const char* id : {"a", "b", "c", "d"})
         request.add_exclude(id);
     }},
    {"an unknown segment", fill_shop,
     [](v1::RecommendRequest& request) { request.set_segment("nobody"); }},
};

TEST(EmptyAnswers, EachSaysWhy) {
  for (const Situation& situation : kSituations) {
    Shop shop;
    situation.fill(shop);
    for (const char* kind : kKinds) {
      auto request = Shop::request(kind, "ada", "a");
      request.set_explain(true);
      situation.change(request);
      const auto reply = shop.ask(request);
      SCOPED_TRACE(std::string(kind) + " in " + situation.name + ": " + reply.note());
      EXPECT_NE(reply.attribution_token(), "");
      EXPECT_EQ(reply.kind(), kind);
      if (reply.items_size() < 10) EXPECT_NE(reply.note(), "");
    }
  }
}

TEST(EmptyAnswers, TheNoteNamesTheReason) {
  const std::pair<std::size_t, const char*> expected[] = {
      {0, "no products, views or orders have been seen yet"},
      {6, "brand \"Unheard\", which no product has"},
      {7, "price"},
      {8, "no product has this category"},
      {9, "out_of_stock"},
      {10, "excluded"},
  };
  for (const auto& [index, said] : expected) {
    const Situation& situation = kSituations[index];
    Shop shop;
    situation.fill(shop);
    auto request = Shop::request("trending");
    situation.change(request);
    const auto reply = shop.ask(request);
    EXPECT_EQ(reply.items_size(), 0) << situation.name;
    EXPECT_NE(reply.note().find(said), std::string::npos) << situation.name << ": " << reply.note();
  }
}

TEST(EmptyAnswers, AShopThatNobodyHasVisitedShowsWhatIsNew) {
  Shop shop;
  for (const char* id : {"old", "sold-out", "hidden", "new"}) {
    auto product = Shop::product(id, "Shop > Things");
    product.set_hidden(std::string_view(id) == "hidden");
    product.mutable_published_at()->set_seconds(Shop::kStart / 1'000'000 -
                                                (std::string_view(id) == "old" ? 900'000 : 90'000));
    shop.put(product);
  }
  shop.stock("sold-out", 0);
  for (const char* kind : {"for_you", "trending"}) {
    const auto reply = shop.ask(kind, "ada");
    EXPECT_EQ(ids(reply), (std::vector<std::string>{"new", "old"})) << kind;
    EXPECT_EQ(reason_of(reply, "new"), "New in the shop");
    EXPECT_EQ(reply.note().find("no views or orders have been seen yet"), 0u) << reply.note();
  }
  auto request = Shop::request("trending");
  request.set_category("Shop > Other");
  EXPECT_EQ(shop.ask(request).items_size(), 0);
  EXPECT_NE(shop.ask(request).note(), "");
  // What is wanted comes before what is only new.
  shop.view("bob", "old");
  EXPECT_EQ(ids(shop.ask("trending")), (std::vector<std::string>{"old", "new"}));
  EXPECT_EQ(reason_of(shop.ask("trending"), "old"), "Popular right now");
}

}  // namespace
}  // namespace souk::recommendations::testing
