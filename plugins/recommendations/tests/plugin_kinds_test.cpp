// Each kind of recommendation, from questions that are wrong to the first click of a stranger.
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

using ::std::vector;
using Ids = vector<std::string>;

TEST(Questions, AnUnknownKindIsRefusedWithThoseThatExist) {
  Shop shop;
  const Status status = shop.refusal(Shop::request("bought_apart"));
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("bought_apart"), std::string::npos);
  for (const char* kind :
       {"kind", "for_you", "similar", "bought_together", "trending", "recently_viewed"}) {
    EXPECT_NE(status.message().find(kind), std::string::npos) << kind;
  }
}

TEST(Questions, AKindThatNeedsAProductSaysSo) {
  Shop shop;
  EXPECT_EQ(shop.refusal(Shop::request("similar")).code(), Code::invalid_argument);
  EXPECT_EQ(shop.refusal(Shop::request("bought_together")).code(), Code::invalid_argument);
  // A shopper may have a cart: asking for it is no mistake, even when it is empty.
  EXPECT_TRUE(shop.refusal(Shop::request("bought_together", "ada")).ok());
}

TEST(Questions, ALimitBeyondWhatIsAllowedIsRefused) {
  Shop shop;
  auto request = Shop::request("trending");
  request.set_limit(101);
  const Status status = shop.refusal(request);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("1 to 100"), std::string::npos) << status.message();
}

TEST(Questions, GarbageIsRefused) {
  Shop shop;
  const auto answer = shop.bench.RawBench::ask(0, "\xff\xff\xff");
  EXPECT_EQ(answer.status, SOUK_E_INVALID_ARGUMENT);
}

TEST(Questions, WithoutKindAndLimitItIsTenForYou) {
  Shop shop;
  for (int i = 0; i < 30; ++i)
    shop.view_in("v", "p" + std::to_string(i));
  const auto reply = shop.ask(v1::RecommendRequest());
  EXPECT_EQ(reply.items_size(), 10);
}

TEST(ColdStart, AShopWithoutEventsAnswersNothingAndSaysWhy) {
  Shop shop;
  for (const char* kind : {"for_you", "trending", "recently_viewed"}) {
    const auto reply = shop.ask(kind, "ada");
    EXPECT_EQ(reply.items_size(), 0) << kind;
    EXPECT_NE(reply.note(), "") << kind;
    EXPECT_NE(reply.attribution_token(), "") << kind;
  }
}

TEST(ColdStart, AnUnknownProductFallsBackAndSaysSo) {
  Shop shop;
  shop.visits("v", 3, {"a", "b"});
  const auto reply = shop.ask("similar", "", "never-seen");
  EXPECT_EQ(reply.items_size(), 2);
  EXPECT_EQ(reply.note().find("unknown product: showing what is trending"), 0u) << reply.note();
}

TEST(ForYou, AClickChangesTheNextAnswer) {
  Shop shop;
  shop.visits("tea", 5, {"teapot", "cups"});
  shop.visits("run", 5, {"shoes", "socks"});
  shop.view("ada", "teapot");
  auto reply = shop.ask("for_you", "ada");
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).product_id(), "cups");
  EXPECT_EQ(reply.items(0).reason(), "Often viewed with what you are looking at");

  shop.view("ada", "shoes");
  reply = shop.ask("for_you", "ada");
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).product_id(), "socks");
}

TEST(ForYou, TheVisitMayComeWithTheQuestion) {
  Shop shop;
  shop.visits("tea", 5, {"teapot", "cups"});
  auto request = Shop::request("for_you");
  request.add_session_items("teapot");
  auto reply = shop.ask(request);
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).product_id(), "cups");
  EXPECT_FALSE(shows(reply, "teapot"));

  request.set_include_seen(true);
  EXPECT_TRUE(shows(shop.ask(request), "teapot"));
}

TEST(ForYou, AVisitWithoutAShopperIsEnough) {
  Shop shop;
  shop.visits("tea", 5, {"teapot", "cups"});
  shop.view_in("mine", "teapot");
  v1::RecommendRequest request;
  request.set_session_id("mine");
  const auto reply = shop.ask(request);
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).product_id(), "cups");
}

TEST(ForYou, EarlierVisitsAndOrdersCountWhenThisOneSaysLittle) {
  Shop shop;
  shop.visits("tea", 5, {"teapot", "cups"});
  shop.visits("run", 5, {"shoes", "socks"});
  shop.orders("o", 5, {"camera", "film"});
  shop.orders("other", 20, {"bread"});
  shop.view("ada", "teapot");
  shop.order("ada", "mine", {"camera"});
  ASSERT_TRUE(shop.bench.advance(24h).ok());
  shop.view("ada", "shoes");
  auto request = Shop::request("for_you", "ada");
  request.set_explain(true);
  const auto reply = shop.ask(request);
  EXPECT_EQ(reply.items(0).product_id(), "socks");
  EXPECT_EQ(reason_of(reply, "cups"), "Because you looked at something like it");
  EXPECT_EQ(reason_of(reply, "film"), "Because you bought what it goes with");
}

TEST(Similar, NeighboursOfTheProductWithoutItself) {
  Shop shop;
  shop.visits("v", 6, {"a", "b"});
  shop.visits("w", 6, {"c", "d"});
  const auto reply = shop.ask("similar", "", "a");
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).product_id(), "b");
  EXPECT_FALSE(shows(reply, "a"));
}

TEST(Similar, WithoutNeighboursItIsTheSameCategoryAndThenTheShop) {
  Shop shop;
  shop.put("a", "Tea > Pots");
  shop.put("b", "Tea > Cups");
  shop.put("c", "Tea > Pots");
  shop.put("d", "Shoes");
  shop.visits("d", 9, {"d"});
  shop.visits("b", 5, {"b"});
  shop.visits("c", 2, {"c"});
  const auto reply = shop.ask("similar", "", "a");
  EXPECT_EQ(ids(reply), (Ids{"c", "d", "b"}));
  EXPECT_EQ(reason_of(reply, "c"), "Similar to The a");
  EXPECT_EQ(reason_of(reply, "d"), "Popular right now");
  EXPECT_GE(reply.items(0).score(), reply.items(1).score());
  EXPECT_NE(reply.note(), "");
}

TEST(BoughtTogether, PairsThatGoTogetherComeFirstWithTheirNumber) {
  Shop shop;
  shop.orders("pair", 12, {"camera", "film"});
  shop.orders("noise", 30, {"bread"});
  shop.visits("v", 5, {"camera", "bag"});
  const auto reply = shop.ask("bought_together", "", "camera");
  ASSERT_GE(reply.items_size(), 2);
  EXPECT_EQ(reply.items(0).product_id(), "film");
  EXPECT_EQ(reply.items(0).reason(), "Bought together in 12 orders");
}

TEST(BoughtTogether, FewOrdersAreNotNumbered) {
  Shop shop;
  shop.put("camera");
  shop.put("film");
  shop.put("bread");
  shop.orders("pair", 5, {"camera", "film"});
  shop.orders("noise", 20, {"bread"});
  EXPECT_EQ(reason_of(shop.ask("bought_together", "", "camera"), "film"),
            "Often bought with The camera");
}

TEST(BoughtTogether, TheCartIsTheSeedWhenNoProductIsNamed) {
  Shop shop;
  shop.orders("pair", 12, {"camera", "film"});
  shop.orders("noise", 30, {"bread"});
  shop.add("ada", "camera");
  EXPECT_EQ(shop.ask("bought_together", "ada").items(0).product_id(), "film");

  auto request = Shop::request("bought_together");
  request.add_cart("film");
  EXPECT_EQ(shop.ask(request).items(0).product_id(), "camera");
}

TEST(Trending, NewDemandOvertakesOld) {
  Shop shop;
  shop.visits("old", 10, {"a"});
  EXPECT_EQ(shop.ask("trending").items(0).product_id(), "a");
  ASSERT_TRUE(shop.bench.advance(24h * 12).ok());  // four half-lives
  shop.visits("new", 3, {"b"});
  EXPECT_EQ(ids(shop.ask("trending")), (Ids{"b", "a"}));
  EXPECT_EQ(shop.ask("trending").items(0).reason(), "Popular right now");
}

TEST(Trending, InACategoryAndWhatLiesBelowIt) {
  Shop shop;
  shop.put("pot", "Tea > Pots");
  shop.put("cup", "Tea > Cups");
  shop.put("shoe", "Shoes");
  shop.visits("s", 9, {"shoe"});
  shop.visits("c", 5, {"cup"});
  shop.visits("p", 3, {"pot"});
  auto request = Shop::request("trending");
  request.set_category("Tea");
  EXPECT_EQ(ids(shop.ask(request)), (Ids{"cup", "pot"}));
  request.set_category("Tea > Pots");
  EXPECT_EQ(ids(shop.ask(request)), (Ids{"pot"}));
  request.set_category("Toys");
  EXPECT_EQ(shop.ask(request).items_size(), 0);
  EXPECT_EQ(shop.ask(request).note(), "no product has this category");
}

TEST(RecentlyViewed, NewestFirstAndEachOnce) {
  Shop shop;
  shop.view("ada", "a");
  shop.view("ada", "b");
  ASSERT_TRUE(shop.bench.advance(24h).ok());
  shop.view("ada", "c");
  shop.view("ada", "a");
  const auto reply = shop.ask("recently_viewed", "ada");
  EXPECT_EQ(ids(reply), (Ids{"a", "c", "b"}));
  EXPECT_EQ(reply.items(0).reason(), "You looked at this recently");
  // Nothing stands in for it.
  EXPECT_EQ(shop.ask("recently_viewed", "bob").items_size(), 0);
  EXPECT_EQ(shop.ask("recently_viewed", "bob").note(),
            "this shopper has not looked at anything yet");
}

TEST(Answers, NoProductTwiceScoresNeverRiseAndTheLimitHolds) {
  Shop shop;
  for (int i = 0; i < 40; ++i) {
    const std::string own = "p" + std::to_string(i);
    shop.visits("v" + std::to_string(i), 2, {"start", own});
    shop.orders("o" + std::to_string(i), 2, {"start", own});
  }
  for (const char* kind : {"for_you", "similar", "bought_together", "trending"}) {
    for (const std::uint32_t limit : {1u, 7u, 35u, 100u}) {
      auto request = Shop::request(kind, "ada", "start");
      request.set_limit(limit);
      const auto reply = shop.ask(request);
      auto all = ids(reply);
      EXPECT_LE(all.size(), limit);
      if (limit < 40) EXPECT_EQ(all.size(), limit) << kind;
      for (int i = 1; i < reply.items_size(); ++i)
        EXPECT_LE(reply.items(i).score(), reply.items(i - 1).score()) << kind << " at " << i;
      std::sort(all.begin(), all.end());
      EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << kind;
    }
  }
}

TEST(Answers, ExplainSaysWhereItComesFrom) {
  Shop shop;
  shop.visits("v", 5, {"a", "b"});
  shop.view("ada", "a");
  auto request = Shop::request("for_you", "ada");
  EXPECT_FALSE(shop.ask(request).has_explanation());
  EXPECT_EQ(shop.ask(request).items(0).parts_size(), 0);
  request.set_explain(true);
  const auto reply = shop.ask(request);
  ASSERT_TRUE(reply.has_explanation());
  EXPECT_EQ(reply.explanation().sources(0), "session_neighbours");
  EXPECT_EQ(reply.explanation().shopper_events(), 1u);
  EXPECT_GT(reply.explanation().last_sequence(), 0u);
  EXPECT_EQ(left_out(reply, "seen_in_this_visit"), 1u);
  EXPECT_EQ(reply.items(0).parts(0).source(), "session_neighbours");
  EXPECT_GT(reply.items(0).parts(0).value(), 0);
}

TEST(Answers, TokensAreOpaqueAndDiffer) {
  Shop shop;
  shop.visits("v", 5, {"a", "b"});
  const std::string one = shop.ask("for_you", "ada").attribution_token();
  const std::string two = shop.ask("for_you", "ada").attribution_token();
  EXPECT_NE(one, two);
  EXPECT_EQ(one.find("ada"), std::string::npos);
  EXPECT_EQ(one.substr(0, 2), "r2");
}

}  // namespace
}  // namespace souk::recommendations::testing
