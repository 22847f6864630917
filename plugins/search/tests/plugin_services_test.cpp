// What other plugins say of a shopper: absent ones and failures first, then what it changes.
#include "plugins/search/tests/search_shop.hpp"
#include "souk/v1/algolia.souk.hpp"
#include "souk/v1/recommendations.souk.hpp"
#include "souk/v1/segmentation.souk.hpp"

namespace souk::search::testing {
namespace {

using Recommend = v1::RecommendationsService::Recommend;
using Profile = v1::SegmentationService::Profile;

class SearchServicesTest : public ::testing::Test {
 protected:
  SearchServicesTest() {
    for (int i = 1; i <= 6; ++i) {
      const std::string n = std::to_string(i);
      shop.put("p" + n, "Teapot", i % 2 == 0 ? "Kitchen > Teapots" : "Gifts > Teapots", 10 * i,
               i % 3 == 0 ? "Acme" : "Bolt");
    }
  }

  void recommends(const std::vector<std::string>& products) {
    shop.bench.serve<Recommend>(
        [this, products](const v1::RecommendRequest& request) -> Result<v1::RecommendReply> {
          ++recommended;
          EXPECT_EQ(request.kind(), "for_you");
          v1::RecommendReply reply;
          for (const std::string& id : products)
            reply.add_items()->set_product_id(id);
          return reply;
        });
  }
  void segments(const v1::CustomerProfile& profile) {
    shop.bench.serve<Profile>(
        [this, profile](const v1::ProfileRequest& request) -> Result<v1::CustomerProfile> {
          ++profiled;
          EXPECT_EQ(request.id(), "anna");
          return profile;
        });
  }
  static v1::SearchRequest asks() {
    v1::SearchRequest request = SearchShop::request("teapot");
    request.set_shopper_id("anna");
    request.set_explain(true);
    return request;
  }
  static std::string notes(const v1::SearchReply& reply) {
    std::string all;
    for (const std::string& note : reply.explanation().notes())
      all += note + "\n";
    return all;
  }
  static bool asked(const v1::SearchReply& reply, std::string_view service) {
    const auto& sources = reply.explanation().sources();
    return std::find(sources.begin(), sources.end(), service) != sources.end();
  }
  static double factor(const v1::SearchReply& reply, std::string_view product,
                       std::string_view name) {
    for (const auto& hit : reply.hits()) {
      for (const auto& one : hit.factors()) {
        if (hit.product_id() == product && one.name() == name) return one.value();
      }
    }
    return 1;
  }
  /// The first product of an Algolia search with these members.
  std::string first_hit(const std::string& members) {
    v1::AlgoliaRequest request;
    request.mutable_body()->set_data(R"({"requests":[{"indexName":"products",)" + members + "}]}");
    const auto reply = shop.bench.ask<v1::AlgoliaSearchService::Queries>(request);
    EXPECT_TRUE(reply.ok()) << reply.status().message();
    return reply.ok() ? first_id(reply->data()) : std::string();
  }
  static std::string first_id(const std::string& json) {
    constexpr std::string_view kName = "\"objectID\":\"";
    const std::size_t at = json.find(kName);
    return at == std::string::npos ? "" : json.substr(at + kName.size(), 2);
  }
  void later() { shop.bench.host().set_now_us(SearchShop::kStart + 60'000'000); }

  SearchShop shop;
  int recommended = 0, profiled = 0;
};

TEST_F(SearchServicesTest, WithoutThemItSaysSoAndRanksAsBefore) {
  v1::SearchRequest neutral = asks();
  neutral.clear_shopper_id();
  const auto reply = shop.ask(asks());
  EXPECT_EQ(ids(reply), ids(shop.ask(neutral)));
  EXPECT_NE(notes(reply).find("segmentation"), std::string::npos) << notes(reply);
  EXPECT_NE(notes(reply).find("recommendations"), std::string::npos);
  EXPECT_FALSE(asked(reply, "segmentation"));
}

TEST_F(SearchServicesTest, AFaultOfOneIsSaidAndTheOtherCounts) {
  recommends({"p5"});
  shop.bench.serve<Profile>([](const v1::ProfileRequest&) -> Result<v1::CustomerProfile> {
    return Status(Code::deadline_exceeded, "took too long");
  });
  const auto reply = shop.ask(asks());
  EXPECT_EQ(ids(reply).front(), "p5");
  EXPECT_NE(notes(reply).find("took too long: ranked without segments"), std::string::npos)
      << notes(reply);
}

TEST_F(SearchServicesTest, NobodyInParticularIsNotAskedAbout) {
  recommends({"p5"});
  segments({});
  v1::SearchRequest request = asks();
  request.set_impersonal(true);
  EXPECT_FALSE(asked(shop.ask(request), "recommendations"));
  request = asks();
  request.clear_shopper_id();
  shop.ask(request);
  EXPECT_EQ(recommended + profiled, 0);
}

TEST_F(SearchServicesTest, WhatIsRecommendedComesFirstAndIsAskedOncePerHalfMinute) {
  recommends({"p5", "gone"});
  segments({});
  for (int i = 0; i < 3; ++i) {
    const auto reply = shop.ask(asks());
    EXPECT_EQ(ids(reply).front(), "p5");
    EXPECT_GT(factor(reply, "p5", "recommended"), 1.2);
    EXPECT_EQ(factor(reply, "p1", "recommended"), 1);
    EXPECT_TRUE(asked(reply, "recommendations"));
  }
  EXPECT_EQ(recommended, 1);
  EXPECT_EQ(profiled, 1);
  later();
  shop.ask(asks());
  EXPECT_EQ(recommended, 2);
}

TEST_F(SearchServicesTest, WhatWasSaidOfWhoIsErasedIsForgotten) {
  recommends({"p5"});
  segments({});
  shop.ask(asks());
  v1::CustomerErased erased;
  erased.set_customer_id("anna");
  shop.send(erased);
  shop.ask(asks());
  EXPECT_EQ(recommended, 2);
}

TEST_F(SearchServicesTest, ProfileAndPriceBandCountAndZeroSwitchesOff) {
  v1::CustomerProfile profile;
  auto* brand = profile.add_brands();
  brand->set_name("Acme");
  brand->set_share(1);
  profile.set_price_level(60);
  segments(profile);
  recommends({});
  auto reply = shop.ask(asks());
  EXPECT_EQ(ids(reply).front(), "p6");  // Acme, and 60
  EXPECT_GT(factor(reply, "p6", "profile"), factor(reply, "p3", "profile"));
  EXPECT_GT(factor(reply, "p3", "profile"), factor(reply, "p1", "profile"));
  Settings off;
  off.mutable_ranking()->set_segments(0);
  off.mutable_ranking()->set_recommendations(0);
  ASSERT_TRUE(shop.bench.reload(off).ok());
  later();
  reply = shop.ask(asks());
  EXPECT_EQ(factor(reply, "p6", "profile"), 1);
  EXPECT_EQ(profiled, 1);
}

TEST_F(SearchServicesTest, ItsSegmentsSeeWhatTheyTake) {
  v1::SegmentEntered entered;
  entered.set_segment_id("gift-givers");
  shop.send(entered, {.shopper_id = "berta"});
  for (int i = 0; i < 60; ++i) {
    const bool gift = i % 3 == 0;
    const std::string person = gift ? "berta" : "s" + std::to_string(i);
    const std::string id = "q" + std::to_string(i);
    shop.search_of(person, "teapot", id, {"p1", "p2", "p3"});
    shop.click(person, gift ? "p3" : "p1", id, gift ? 3 : 1);
  }
  v1::CustomerProfile profile;
  profile.add_segments()->set_segment_id("gift-givers");
  segments(profile);
  // Of Anna's segments no event has told this plugin.
  EXPECT_GT(factor(shop.ask(asks()), "p3", "segment"), 1);
}

TEST_F(SearchServicesTest, RulesHoldForSegmentsAndForWhatShoppersAreWorth) {
  Settings settings;
  auto* rule = settings.mutable_rules()->add_rules();
  rule->set_id("best");
  rule->add_contexts("value:high");
  rule->add_queries("teapot");
  auto* pin = rule->add_pin();
  pin->set_product_id("p4");
  pin->set_position(1);
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  v1::CustomerProfile profile;
  profile.mutable_prediction()->set_value_percentile(92);
  segments(profile);
  EXPECT_EQ(ids(shop.ask(asks())).front(), "p4");
  v1::SearchRequest other = asks();
  other.clear_shopper_id();
  EXPECT_NE(ids(shop.ask(other)).front(), "p4");
}

TEST_F(SearchServicesTest, SearchesOfAlgoliasClientsAskThemToo) {
  const std::string neutral = first_hit(R"("query":"teapot")");
  EXPECT_EQ(first_hit(R"("query":"teapot","userToken":"anna")"), neutral);  // nobody is there
  recommends({"p5"});
  segments({});
  shop.bench.host().set_now_us(SearchShop::kStart + 600'000'000);
  for (const char* impersonal :
       {R"("query":"userToken")", R"("query":"teapot","userToken":"")",
        R"("query":"teapot","userToken":["anna"])", R"("query":"teapot","params":"userToken=")"}) {
    EXPECT_EQ(first_hit(impersonal) == "p5", false) << impersonal;
  }
  EXPECT_EQ(recommended + profiled, 0);
  EXPECT_EQ(first_hit(R"("query":"teapot","userToken":"anna")"), "p5");
  EXPECT_EQ(first_hit(R"("params":"query=teapot&userToken=anna")"), "p5");
  EXPECT_EQ(first_hit(R"("query":"teapot","userToken":"anna","enablePersonalization":false)"),
            neutral);
  EXPECT_EQ(recommended, 1);
  EXPECT_EQ(profiled, 1);
}

TEST_F(SearchServicesTest, ASingleAlgoliaSearchAsksThemAndRulesHoldForSegments) {
  Settings settings;
  auto* rule = settings.mutable_rules()->add_rules();
  rule->set_id("gifts");
  rule->add_contexts("segment:gift-givers");
  rule->add_pin()->set_product_id("p3");
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  v1::CustomerProfile profile;
  profile.add_segments()->set_segment_id("gift-givers");
  segments(profile);
  v1::AlgoliaIndexRequest request;
  request.set_index("products");
  request.mutable_body()->set_data(R"({"params":"query=teapot&userToken=an%6Ea"})");
  const auto reply = shop.bench.ask<v1::AlgoliaSearchService::Query>(request);
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ(first_id(reply->data()), "p3") << reply->data();
}

}  // namespace
}  // namespace souk::search::testing
