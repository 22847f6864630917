// Algolia Recommend: wrong requests first, then what is made of the answers of another plugin.
#include <gmock/gmock.h>

#include "plugins/search/tests/search_shop.hpp"
#include "souk/v1/algolia.souk.hpp"
#include "souk/v1/recommendations.souk.hpp"

namespace souk::search::testing {
namespace {

using Recommend = v1::RecommendationsService::Recommend;
using Ids = std::vector<std::string>;

class AlgoliaRecommendTest : public ::testing::Test {
 protected:
  AlgoliaRecommendTest() {
    shop.put("p1", "Red running shoe", "Shoes > Running", 79.90, "Acme");
    shop.put("p2", "Blue running shoe", "Shoes > Running", 120, "Bolt");
    shop.put("p3", "Red office shoe", "Shoes > Office", 60, "Acme");
    shop.put("p4", "Red umbrella", "Accessories", 15, "Rainy");
  }

  /// From now on the other plugin recommends these, each with half the score of the one before.
  void recommend(const Ids& products) {
    shop.bench.serve<Recommend>(
        [this, products](const v1::RecommendRequest& request) -> Result<v1::RecommendReply> {
          asked.push_back(request);
          v1::RecommendReply reply;
          double score = 8;
          for (const std::string& id : products) {
            auto* item = reply.add_items();
            item->set_product_id(id);
            item->set_score(score);
            score /= 2;
          }
          return reply;
        });
  }
  Result<v1::HttpBody> ask(std::string body) {
    v1::AlgoliaRequest request;
    request.mutable_body()->set_data(std::move(body));
    return shop.bench.ask<v1::AlgoliaSearchService::Recommendations>(request);
  }
  std::string answer(const std::string& members) {
    const auto reply =
        ask(R"({"requests":[{"indexName":"products","threshold":0,)" + members + "}]}");
    EXPECT_TRUE(reply.ok()) << members << ": " << reply.status().message();
    return reply.ok() ? reply->data() : std::string();
  }
  std::string refused(const std::string& members) {
    const Status status = ask("{\"requests\":[{" + members + "}]}").status();
    EXPECT_EQ(status.code(), Code::invalid_argument) << members;
    return status.message();
  }
  static Ids ids(std::string_view json) {
    constexpr std::string_view kName = "\"objectID\":\"";
    Ids all;
    for (std::size_t at = json.find(kName); at != std::string_view::npos; at = json.find(kName)) {
      json.remove_prefix(at + kName.size());
      all.emplace_back(json.substr(0, json.find('"')));
    }
    return all;
  }
  static bool has(std::string_view json, std::string_view part) {
    return json.find(part) != std::string_view::npos;
  }

  SearchShop shop;
  std::vector<v1::RecommendRequest> asked;
};

TEST_F(AlgoliaRecommendTest, WhatCannotBeReadIsRefusedAndNobodyIsAsked) {
  recommend({"p2"});
  EXPECT_EQ(ask("{").status().code(), Code::invalid_argument);
  EXPECT_EQ(ask(R"({"requests":7})").status().code(), Code::invalid_argument);
  EXPECT_EQ(ask(R"({"requests":[7]})").status().code(), Code::invalid_argument);
  EXPECT_TRUE(has(refused(R"("objectID":"p1")"), "model"));
  EXPECT_TRUE(has(refused(R"("model":"trending-facets")"), "facetName"));
  EXPECT_TRUE(has(refused(R"("model":"related-products")"), "objectID"));
  const std::string p1 = R"("model":"related-products","objectID":"p1",)";
  EXPECT_TRUE(has(refused(p1 + R"("threshold":101)"), "threshold"));
  EXPECT_TRUE(has(refused(p1 + R"("threshold":"high")"), "threshold"));
  EXPECT_TRUE(has(refused(p1 + R"("maxRecommendations":-1)"), "maxRecommendations"));
  EXPECT_TRUE(has(refused(p1 + R"("queryParameters":{"page":-1})"), "page"));
  EXPECT_TRUE(has(refused(p1 + R"("fallbackParameters":{"facetFilters":1})"), "facetFilters"));
  EXPECT_TRUE(asked.empty());
}

TEST_F(AlgoliaRecommendTest, WithoutAPluginThatRecommendsItSaysSo) {
  const Status status = ask(R"({"requests":[{"model":"trending-items","threshold":0}]})").status();
  EXPECT_EQ(status.code(), Code::unavailable);  // over HTTP {"message":…,"status":503}
  EXPECT_TRUE(has(status.message(), "Recommendations are not available")) << status.message();
}

TEST_F(AlgoliaRecommendTest, AFailureIsToldAsItIs) {
  shop.bench.serve<Recommend>([](const v1::RecommendRequest&) -> Result<v1::RecommendReply> {
    return Status(Code::deadline_exceeded, "too late");
  });
  const Status status = ask(R"({"requests":[{"model":"trending-items","threshold":0}]})").status();
  EXPECT_EQ(status.code(), Code::deadline_exceeded);
  EXPECT_EQ(status.message(), "too late");
}

TEST_F(AlgoliaRecommendTest, NothingAskedIsNothingAnswered) {
  const auto reply = ask(R"({"requests":[]})");
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ(reply->data(), R"({"results":[]})");
}

TEST_F(AlgoliaRecommendTest, ModelsBecomeKindsInTheirOrder) {
  recommend({"p2"});
  const auto reply = ask(R"({"requests":[
      {"model":"bought-together","objectID":"p1","threshold":0},
      {"model":"related-products","objectID":"p1","threshold":0,
       "queryParameters":{"userToken":"s1"}},
      {"model":"looking-similar","objectID":"p3","threshold":0},
      {"model":"trending-items","facetName":"hierarchicalCategories.lvl0","facetValue":"Shoes"}]})");
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  ASSERT_EQ(asked.size(), 3u);  // what looks alike is told here, from words and values
  EXPECT_EQ(asked[0].kind(), "bought_together");
  EXPECT_EQ(asked[0].product_id(), "p1");
  EXPECT_EQ(asked[1].kind(), "similar");
  EXPECT_EQ(asked[1].shopper_id(), "s1");
  EXPECT_EQ(asked[2].kind(), "trending");
  EXPECT_EQ(asked[2].category(), "Shoes");
  EXPECT_EQ(ids(reply->data()), (Ids{"p2", "p2", "p1", "p2", "p4", "p2"})) << reply->data();
}

TEST_F(AlgoliaRecommendTest, WhatLooksAlikeNeedsNobodyElse) {
  const std::string json = answer(R"("model":"looking-similar","objectID":"p1")");
  const Ids alike = ids(json);
  ASSERT_EQ(alike.size(), 3u) << json;
  EXPECT_EQ(alike.front(), "p2") << "a running shoe of the same category";
  EXPECT_TRUE(has(json, R"("_score":100})")) << json;
  EXPECT_EQ(ids(answer(R"("model":"looking-similar","objectID":"p1","maxRecommendations":1)")),
            Ids{"p2"});
  EXPECT_EQ(ids(answer(R"("model":"looking-similar","objectID":"none")")), Ids{});
}

TEST_F(AlgoliaRecommendTest, TrendingFacetsAreTheValuesOfWhatTrends) {
  recommend({"p2", "p1", "p3", "p4"});  // 8, 4, 2, 1
  const std::string brands = answer(R"("model":"trending-facets","facetName":"brand")");
  EXPECT_TRUE(has(brands, R"([{"_score":100,"facetName":"brand","facetValue":"Bolt"},)"
                          R"({"_score":75,"facetName":"brand","facetValue":"Acme"},)"))
      << brands;
  const auto high =
      ask(R"({"requests":[{"model":"trending-facets","facetName":"brand","threshold":80}]})");
  ASSERT_TRUE(high.ok()) << high.status().message();
  EXPECT_TRUE(has(high->data(), "Bolt") && !has(high->data(), "Acme")) << high->data();
  const std::string levels = answer(
      R"("model":"trending-facets","facetName":"hierarchicalCategories.lvl0","maxRecommendations":1)");
  EXPECT_TRUE(has(levels, R"("facetValue":"Shoes"}])")) << levels;
}

TEST_F(AlgoliaRecommendTest, HitsAreRecordsWithAScoreOfAHundred) {
  recommend({"p3", "p2", "p4"});
  const std::string json = answer(R"("model":"related-products","objectID":"p1")");
  EXPECT_EQ(ids(json), (Ids{"p3", "p2", "p4"}));
  EXPECT_TRUE(has(json, R"("name":"Red office shoe")")) << json;
  EXPECT_TRUE(has(json, R"("_score":100},{)") && has(json, R"("_score":25}])")) << json;
  EXPECT_THAT(json, ::testing::MatchesRegex(R"(.*"processingTimeMS":[1-9][0-9]*\}\]\})"));
}

TEST_F(AlgoliaRecommendTest, ThresholdAndNumberLimitWhatIsShown) {
  recommend({"p3", "p2", "p4"});
  const std::string p1 = R"("model":"related-products","objectID":"p1",)";
  EXPECT_EQ(ids(answer(p1 + R"("maxRecommendations":2)")), (Ids{"p3", "p2"}));
  const auto half = ask("{\"requests\":[{" + p1 + R"("threshold":50}]})");
  ASSERT_TRUE(half.ok());
  EXPECT_EQ(ids(half->data()), (Ids{"p3", "p2"}));
}

TEST_F(AlgoliaRecommendTest, FiltersHoldAndWhatIsNotInTheCatalogIsLeftOut) {
  recommend({"gone", "p3", "p1", "p2", "p4", "p4"});
  const std::string p1 = R"("model":"bought-together","objectID":"p1",)";
  EXPECT_EQ(ids(answer(p1 + R"("queryParameters":{"filters":"price < 100"})")), (Ids{"p3", "p4"}));
  EXPECT_EQ(ids(answer(p1 + R"("queryParameters":{"facetFilters":["brand:Bolt"]})")), Ids{"p2"});
  EXPECT_EQ(ids(answer(R"("model":"trending-items","facetName":"brand","facetValue":"Rainy")")),
            Ids{"p4"});
  EXPECT_EQ(asked.back().limit(), 100u);
}

TEST_F(AlgoliaRecommendTest, AFallbackFillsWhatIsMissing) {
  recommend({"p4"});
  const std::string p1 = R"("model":"bought-together","objectID":"p1",)";
  const std::string json =
      answer(p1 + R"("maxRecommendations":3,"fallbackParameters":{"filters":"brand:Acme"})");
  EXPECT_EQ(ids(json), (Ids{"p4", "p3"})) << "never the product itself";
  EXPECT_TRUE(has(json, R"("_score":0}])")) << json;
  EXPECT_EQ(ids(answer(p1 + R"("maxRecommendations":1,"fallbackParameters":{"query":"shoe"})")),
            Ids{"p4"});
}

}  // namespace
}  // namespace souk::search::testing
