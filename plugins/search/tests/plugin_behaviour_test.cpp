// What shoppers do changes the order of products, for all and for themselves, and can be forgotten.
#include "plugins/search/tests/search_shop.hpp"

namespace souk::search::testing {
namespace {

void put_teapots(SearchShop& shop) {
  shop.put("p1", "Teapot classic", "Kitchen > Teapots", 20, "Acme");
  shop.put("p2", "Teapot classic", "Kitchen > Teapots", 22, "Bolt");
  shop.put("p3", "Teapot classic", "Kitchen > Teapots", 24, "Cosy");
}

TEST(SearchBehaviour, ClicksWithoutASearchChangeNoQuery) {
  SearchShop shop;
  put_teapots(shop);
  shop.click("s1", "p3", "never-given");
  v1::SearchAnalyticsRequest request;
  const auto figures = shop.bench.ask<v1::SearchService::Analytics>(request);
  ASSERT_TRUE(figures.ok());
  EXPECT_EQ(figures->clicks(), 0u);
  EXPECT_NE(figures->note(), "");
}

TEST(SearchBehaviour, WhatIsTakenForAQueryComesFirstForIt) {
  SearchShop shop;
  put_teapots(shop);
  for (int i = 0; i < 20; ++i) {
    const std::string id = "q" + std::to_string(i);
    shop.search_of("s" + id, "teapot", id, {"p1", "p2", "p3"});
    shop.click("s" + id, "p3", id, 3);
  }
  auto request = SearchShop::request("teapot");
  request.set_explain(true);
  const auto reply = shop.ask(request);
  EXPECT_EQ(reply.hits(0).product_id(), "p3");
  bool named = false;
  for (const auto& factor : reply.hits(0).factors())
    named = named || (factor.name() == "clicks and orders" && factor.value() > 1);
  EXPECT_TRUE(named);
}

TEST(SearchBehaviour, AClickFarDownSaysMoreThanOneOnTop) {
  SearchShop shop;
  put_teapots(shop);
  // Both are clicked as often; p3 from the third place.
  for (int i = 0; i < 20; ++i) {
    const std::string id = "q" + std::to_string(i);
    shop.search_of("s" + id, "teapot", id, {"p1", "p2", "p3"});
    shop.click("s" + id, i % 2 == 0 ? "p1" : "p3", id, i % 2 == 0 ? 1 : 3);
  }
  const auto all = ids(shop.ask("teapot"));
  EXPECT_LT(std::find(all.begin(), all.end(), "p3"), std::find(all.begin(), all.end(), "p1"));
}

TEST(SearchBehaviour, ProductsThatAreTakenAreFoundEvenWithoutTheWord) {
  SearchShop shop;
  put_teapots(shop);
  EXPECT_EQ(shop.ask("brewpot").total(), 0u);
  for (int i = 0; i < 10; ++i) {
    const std::string id = "q" + std::to_string(i);
    shop.search_of("s" + id, "brewpot", id, {"p1", "p2"});
    shop.click("s" + id, "p2", id, 2);
  }
  EXPECT_TRUE(shows(shop.ask("brewpot"), "p2"));
}

TEST(SearchBehaviour, AShopperFindsTheOwnBrandFirst) {
  SearchShop shop;
  put_teapots(shop);
  shop.put("c1", "Cup", "Kitchen > Cups", 5, "Cosy");
  shop.put("c2", "Saucer", "Kitchen > Cups", 5, "Cosy");
  for (int i = 0; i < 6; ++i) {
    v1::ProductViewed view;
    view.set_product_id(i % 2 == 0 ? "c1" : "c2");
    shop.send(view, {.shopper_id = "anna", .session_id = "visit-1"});
  }
  auto request = SearchShop::request("teapot");
  request.set_shopper_id("anna");
  EXPECT_EQ(shop.ask(request).hits(0).product_id(), "p3");
  request.set_impersonal(true);
  EXPECT_EQ(ids(shop.ask(request)), ids(shop.ask("teapot")));
  request.set_impersonal(false);
  // Who is erased is nobody in particular again.
  v1::CustomerErased erased;
  erased.set_customer_id("anna");
  shop.send(erased);
  EXPECT_EQ(ids(shop.ask(request)), ids(shop.ask("teapot")));
  const auto snapshot = shop.bench.snapshot();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(snapshot->find("anna"), std::string::npos);
}

TEST(SearchBehaviour, WhoDeclinesIsNotRemembered) {
  SearchShop shop;
  put_teapots(shop);
  for (int i = 0; i < 6; ++i) {
    v1::ProductViewed view;
    view.set_product_id("p3");
    shop.send(view, {.shopper_id = "anna", .flags = SOUK_EVENT_NO_PERSONALIZATION});
  }
  auto request = SearchShop::request("teapot");
  request.set_shopper_id("anna");
  EXPECT_EQ(ids(shop.ask(request)), ids(shop.ask("teapot")));
}

TEST(SearchBehaviour, AnOrderThatIsSentTwiceCountsOnce) {
  SearchShop shop;
  put_teapots(shop);
  shop.search_of("s1", "teapot", "q1", {"p1"});
  shop.click("s1", "p1", "q1", 1);
  for (int i = 0; i < 2; ++i) {
    v1::OrderCompleted order;
    order.set_order_id("o1");
    order.add_products()->set_product_id("p1");
    shop.send(order, {.shopper_id = "s1"});
  }
  const auto figures = shop.bench.ask<v1::SearchService::Analytics>(v1::SearchAnalyticsRequest());
  ASSERT_TRUE(figures.ok());
  EXPECT_EQ(figures->orders(), 1u);
  ASSERT_EQ(figures->top_size(), 1);
  EXPECT_EQ(figures->top(0).query(), "teapot");
  EXPECT_EQ(figures->top(0).clicks(), 1u);
  EXPECT_EQ(figures->top(0).conversion_rate(), 1);
}

TEST(SearchBehaviour, ASearchIsClickedAndBoughtFromOnceHoweverMuchIsTaken) {
  SearchShop shop;
  put_teapots(shop);
  // One search with an id, one that its visit alone tells of; three clicks each.
  shop.search_of("s1", "teapot", "q1", {"p1", "p2", "p3"});
  shop.search_of("s2", "teapot", "", {"p1", "p2", "p3"});
  for (const char* product : {"p1", "p2", "p3"}) {
    shop.click("s1", product, "q1", 1);
    v1::ProductClicked click;
    click.set_product_id(product);
    click.set_list_id("search");
    shop.send(click, {.shopper_id = "s2"});
  }
  v1::OrderCompleted order;
  order.set_order_id("o1");
  order.add_products()->set_product_id("p1");
  order.add_products()->set_product_id("p2");
  shop.send(order, {.shopper_id = "s1"});
  const auto of_teapot = [&shop] {
    return shop.bench.ask<v1::SearchService::Analytics>(v1::SearchAnalyticsRequest())->top(0);
  };
  EXPECT_EQ(of_teapot().searches(), 2u);
  EXPECT_EQ(of_teapot().clicks(), 2u);
  EXPECT_EQ(of_teapot().click_rate(), 1);
  EXPECT_EQ(of_teapot().orders(), 1u);
  EXPECT_EQ(of_teapot().conversion_rate(), 0.5);
  // Nor does a restart make a click of the same search another's.
  ASSERT_TRUE(shop.bench.restart().ok());
  shop.click("s1", "p3", "q1", 3);
  EXPECT_EQ(of_teapot().clicks(), 2u);
  // Who searches again may click again.
  ASSERT_TRUE(shop.bench.advance(std::chrono::seconds(1)).ok());
  shop.search_of("s2", "teapot", "", {"p1", "p2", "p3"});
  v1::ProductClicked again;
  again.set_product_id("p1");
  again.set_list_id("search");
  shop.send(again, {.shopper_id = "s2"});
  EXPECT_EQ(of_teapot().searches(), 3u);
  EXPECT_EQ(of_teapot().clicks(), 3u);
}

TEST(SearchBehaviour, ASearchThatOnlyClicksTellOfIsOneSearch) {
  SearchShop shop;
  put_teapots(shop);
  const auto reply = shop.ask("teapot");
  ASSERT_NE(reply.query_id(), "");
  shop.click("s1", "p1", reply.query_id(), 1);
  shop.click("s1", "p2", reply.query_id(), 2);
  const auto figures = shop.bench.ask<v1::SearchService::Analytics>(v1::SearchAnalyticsRequest());
  ASSERT_TRUE(figures.ok());
  ASSERT_EQ(figures->top_size(), 1);
  EXPECT_EQ(figures->top(0).searches(), 1u);
  EXPECT_EQ(figures->top(0).clicks(), 1u);
  EXPECT_EQ(figures->top(0).click_rate(), 1);
}

TEST(SearchBehaviour, AnalyticsKnowWhatFoundNothingAndWhen) {
  SearchShop shop;
  put_teapots(shop);
  shop.search_of("s1", "Samowar", "q1", {}, 0);
  v1::SearchAnalyticsRequest request;
  request.set_from("yesterday");
  EXPECT_EQ(shop.bench.ask<v1::SearchService::Analytics>(request).status().code(),
            Code::invalid_argument);
  request.set_from("2027-01-15");
  auto figures = shop.bench.ask<v1::SearchService::Analytics>(request);
  ASSERT_TRUE(figures.ok());
  ASSERT_EQ(figures->no_results_size(), 1);
  EXPECT_EQ(figures->no_results(0).query(), "samowar");
  request.set_from("2027-01-16");
  figures = shop.bench.ask<v1::SearchService::Analytics>(request);
  ASSERT_TRUE(figures.ok());
  EXPECT_EQ(figures->searches(), 0u);
}

TEST(SearchBehaviour, QueriesThatLeadToTheSameAreProposedAsSynonyms) {
  SearchShop shop;
  put_teapots(shop);
  for (int i = 0; i < 8; ++i) {
    const std::string id = "q" + std::to_string(i);
    shop.search_of("s" + id, i % 2 == 0 ? "teapot" : "brewpot", id, {"p1", "p2"});
    shop.click("s" + id, "p2", id, 2);
  }
  const auto reply =
      shop.bench.ask<v1::SearchService::ProposeSynonyms>(v1::ProposeSynonymsRequest());
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply->proposals_size(), 1);
  EXPECT_GT(reply->proposals(0).similarity(), 0.9);
  Settings settings;
  settings.mutable_synonyms()->add_synonyms("teapot, brewpot");
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  EXPECT_EQ(shop.bench.ask<v1::SearchService::ProposeSynonyms>(v1::ProposeSynonymsRequest())
                ->proposals_size(),
            0);
}

TEST(SearchSuggest, CompletesWithWhatOthersAskedAndThisAccountCanFind) {
  SearchShop shop;
  put_teapots(shop);
  auto secret = SearchShop::product("p9", "Teasmade");
  secret.add_only_account_ids("northwind");
  shop.put(secret);
  for (int i = 0; i < 4; ++i) {
    shop.search_of("s" + std::to_string(i), "Teapot", "a" + std::to_string(i));
    shop.search_of("s" + std::to_string(i), "teasmade", "b" + std::to_string(i));
  }
  shop.search_of("s1", "teapot of my aunt Berta", "c1");
  v1::SuggestRequest request;
  request.set_q("tea");
  const auto reply = shop.bench.ask<v1::SearchService::Suggest>(request);
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply->queries_size(), 1);
  EXPECT_EQ(reply->queries(0).query(), "teapot");
  EXPECT_EQ(reply->queries(0).highlighted(), "tea<em>pot</em>");
  EXPECT_EQ(reply->queries(0).results(), 3u);
  EXPECT_EQ(reply->products_size(), 3);
  ASSERT_GE(reply->categories_size(), 1);
  const auto account = shop.bench.ask<v1::SearchService::Suggest>(request, "northwind");
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account->queries_size(), 2);
}

TEST(SearchSynonyms, OneWayTwoWaysAndCircles) {
  Settings settings;
  for (const char* line : {"telly => television", "sofa, couch, settee", "a => b", "b => a", "=>",
                           ",,", "mobile phone => smartphone"}) {
    settings.mutable_synonyms()->add_synonyms(line);
  }
  SearchShop shop(settings);
  shop.put("p1", "Television");
  shop.put("p2", "Telly stand");
  shop.put("p3", "Couch");
  shop.put("p4", "Smartphone");
  EXPECT_EQ(shop.ask("telly").total(), 2u);
  EXPECT_EQ(ids(shop.ask("television")), std::vector<std::string>{"p1"});
  EXPECT_EQ(ids(shop.ask("settee")), std::vector<std::string>{"p3"});
  EXPECT_TRUE(shows(shop.ask("mobile phone"), "p4"));
  EXPECT_EQ(shop.ask("a b").total(), 0u);
}

TEST(SearchSynonyms, EventsOfTheAlgoliaApiCountAndAreTakenBack) {
  SearchShop shop;
  shop.put("p3", "Couch");
  v1::SearchSynonymsSet event;
  event.set_index("products");
  auto* record = event.add_records();
  record->set_id("1");
  record->set_json(R"({"objectID":"1","type":"synonym","synonyms":["sofa","couch"]})");
  auto* broken = event.add_records();
  broken->set_id("2");
  broken->set_json("{not json");
  shop.send(event);
  EXPECT_EQ(shop.ask("sofa").total(), 1u);
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(shop.ask("sofa").total(), 1u);
  v1::SearchSynonymsSet clear;
  clear.set_index("products");
  clear.set_clear(true);
  shop.send(clear);
  EXPECT_EQ(shop.ask("sofa").total(), 0u);
}

}  // namespace
}  // namespace souk::search::testing
