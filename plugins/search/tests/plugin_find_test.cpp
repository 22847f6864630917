// Questions and what they find: wrong ones first.
#include "plugins/search/tests/search_shop.hpp"

namespace souk::search::testing {
namespace {

class FindTest : public ::testing::Test {
 protected:
  FindTest() {
    shop.put("p1", "Red running shoe", "Shoes > Running", 79.90, "Acme");
    shop.put("p2", "Blue running shoe", "Shoes > Running", 120, "Bolt");
    shop.put("p3", "Red office shoe", "Shoes > Office", 60, "Acme");
    shop.put("p4", "Red umbrella", "Accessories", 15, "Rainy");
  }
  SearchShop shop;
};

TEST_F(FindTest, AnUnbalancedFilterIsRefusedAtItsColumn) {
  const Status status =
      shop.refusal(SearchShop::request("red", "brand = \"Acme\" AND (price < 80"));
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("column"), std::string::npos) << status.message();
  EXPECT_NE(status.message().find("filters"), std::string::npos) << status.message();
}

TEST_F(FindTest, AnUnknownAttributeIsRefusedByName) {
  const Status status = shop.refusal(SearchShop::request("red", "brnd = Acme"));
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("brnd"), std::string::npos) << status.message();
  EXPECT_NE(status.message().find("brand"), std::string::npos) << status.message();
}

TEST_F(FindTest, AWrongSortIsRefused) {
  auto request = SearchShop::request("red");
  request.set_sort("colour sideways");
  EXPECT_EQ(shop.refusal(request).code(), Code::invalid_argument);
}

TEST_F(FindTest, AFieldThatNoProductHasIsRefused) {
  auto request = SearchShop::request("red");
  request.add_fields("weightiness");
  const Status status = shop.refusal(request);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("title"), std::string::npos) << status.message();
}

TEST_F(FindTest, APlaceThatIsNoneIsRefused) {
  auto request = SearchShop::request("red");
  request.set_around("north of here");
  EXPECT_EQ(shop.refusal(request).code(), Code::invalid_argument);
}

TEST_F(FindTest, AFacetFilterWithoutAValueIsRefused) {
  auto request = SearchShop::request("red");
  request.add_facet_filters("brand");
  EXPECT_EQ(shop.refusal(request).code(), Code::invalid_argument);
}

TEST_F(FindTest, AnEmptyCatalogSaysSo) {
  SearchShop empty;
  const auto reply = empty.ask("shoe");
  EXPECT_EQ(reply.total(), 0u);
  EXPECT_EQ(reply.note(), "the catalog is empty");
}

TEST_F(FindTest, AnEmptyQueryListsEverything) {
  EXPECT_EQ(shop.ask("").total(), 4u);
  EXPECT_EQ(shop.ask("   ").total(), 4u);
}

TEST_F(FindTest, TenKilobytesAreCutAndAnswered) {
  std::string longest = "red ";
  while (longest.size() < 10'000)
    longest += "shoe umbrella ";
  EXPECT_GT(shop.ask(longest).total(), 0u);
}

TEST_F(FindTest, ControlCharactersRightToLeftAndEmojiAreText) {
  shop.put("p5", "נעל ריצה אדומה", "Shoes");
  shop.put("p6", "Party hat 🎉", "Fun");
  EXPECT_EQ(ids(shop.ask("נעל")), std::vector<std::string>{"p5"});
  EXPECT_EQ(ids(shop.ask("🎉")), std::vector<std::string>{"p6"});
  EXPECT_EQ(ids(shop.ask(std::string("umbrella\x00\x01\x7f", 11))), std::vector<std::string>{"p4"});
  EXPECT_EQ(ids(shop.ask("red\tumbrella\r\n")), std::vector<std::string>{"p4"});
}

TEST_F(FindTest, APageFarBehindTheLastIsEmptyAndSaysSo) {
  auto request = SearchShop::request("shoe");
  request.set_page(1'000'000'000);
  const auto reply = shop.ask(request);
  EXPECT_EQ(reply.hits_size(), 0);
  EXPECT_EQ(reply.total(), 3u);
  EXPECT_NE(reply.note().find("behind the last"), std::string::npos) << reply.note();
}

TEST_F(FindTest, WordsFindWhatHasThem) {
  EXPECT_EQ(shop.ask("red shoe").hits(0).product_id().substr(0, 1), "p");
  const auto reply = shop.ask("running");
  EXPECT_EQ(reply.total(), 2u);
  EXPECT_TRUE(shows(reply, "p1"));
  EXPECT_TRUE(shows(reply, "p2"));
}

TEST_F(FindTest, WhatIsLeftOutAloneLeavesTheRest) {
  EXPECT_EQ(ids(shop.ask("-red")), std::vector<std::string>{"p2"});
  EXPECT_EQ(shop.ask("-\"running shoe\"").total(), 2u);
  EXPECT_EQ(shop.ask("-red -running").total(), 0u);
  EXPECT_EQ(shop.ask("-zebra").total(), 4u);
  auto request = SearchShop::request("-office");
  request.add_facets("brand");
  request.add_facet_filters("brand:Acme");
  const auto reply = shop.ask(request);
  EXPECT_EQ(ids(reply), std::vector<std::string>{"p1"});
  EXPECT_EQ(count_of(reply, "brand", "Acme"), 1u);
  EXPECT_EQ(count_of(reply, "brand", "Bolt"), 1u);
}

TEST_F(FindTest, ATypingErrorIsForgivenAndSaid) {
  const auto reply = shop.ask("umbrela");
  EXPECT_EQ(ids(reply), std::vector<std::string>{"p4"});
  EXPECT_EQ(reply.corrected(), "umbrella");
}

TEST_F(FindTest, FiltersFacetsAndSorts) {
  auto request = SearchShop::request("shoe", "price < 100");
  request.add_facets("brand");
  request.add_facets("categories");
  request.set_sort("price asc");
  const auto reply = shop.ask(request);
  EXPECT_EQ(ids(reply), (std::vector<std::string>{"p3", "p1"}));
  EXPECT_EQ(count_of(reply, "brand", "Acme"), 2u);
  EXPECT_EQ(count_of(reply, "brand", "Bolt"), 0u);
  EXPECT_EQ(count_of(reply, "categories", "Shoes"), 2u);
  EXPECT_EQ(count_of(reply, "categories", "Shoes > Office"), 1u);
}

TEST_F(FindTest, AChosenFacetCountsWhatElseCouldBeChosen) {
  auto request = SearchShop::request("shoe");
  request.add_facets("brand");
  request.add_facet_filters("brand:Acme");
  const auto reply = shop.ask(request);
  EXPECT_EQ(reply.total(), 2u);
  EXPECT_EQ(count_of(reply, "brand", "Acme"), 2u);
  EXPECT_EQ(count_of(reply, "brand", "Bolt"), 1u);
}

TEST_F(FindTest, PagesFollowOneAnother) {
  auto request = SearchShop::request("");
  request.set_limit(3);
  const auto first = shop.ask(request);
  request.set_page(1);
  const auto second = shop.ask(request);
  EXPECT_EQ(first.pages(), 2u);
  EXPECT_EQ(first.hits_size(), 3);
  ASSERT_EQ(second.hits_size(), 1);
  EXPECT_FALSE(shows(first, second.hits(0).product_id()));
}

TEST_F(FindTest, HighlightsEscapeWhatIsNoMark) {
  shop.put("p7", "Nuts & <b>bolts</b>", "Tools");
  const auto reply = shop.ask("bolts");
  ASSERT_GE(reply.hits_size(), 1);
  EXPECT_EQ(reply.hits(0).highlights().at("title"), "Nuts &amp; &lt;b&gt;<em>bolts</em>&lt;/b&gt;");
}

TEST_F(FindTest, AnAnswerHasANumberOfItsOwn) {
  const auto first = shop.ask("red");
  const auto second = shop.ask("red");
  EXPECT_EQ(first.query_id().size(), 32u);
  EXPECT_NE(first.query_id(), second.query_id());
}

TEST_F(FindTest, WhatNothingHasSaysWhy) {
  const auto words = shop.ask("xylophone");
  EXPECT_EQ(words.total(), 0u);
  EXPECT_NE(words.note(), "");
  const auto filters = shop.ask("red", "price < 1");
  EXPECT_EQ(filters.note(), "no product passes the filters");
}

TEST_F(FindTest, SomeOfTheWordsAreBetterThanNothing) {
  const auto reply = shop.ask("red zeppelin shoe");
  EXPECT_GT(reply.total(), 0u);
  EXPECT_NE(reply.note(), "");
}

TEST_F(FindTest, PricesInTheQueryOrderAndAreShown) {
  const auto reply = shop.ask("shoe under 70");
  ASSERT_GE(reply.intents_size(), 1);
  EXPECT_EQ(reply.intents(0).filter(), "price <= 70");
  EXPECT_EQ(reply.hits(0).product_id(), "p3");
  EXPECT_EQ(reply.total(), 3u);
}

TEST(SearchGroups, OneOfEachGroupIsShownAndTheOthersCounted) {
  Settings settings;
  settings.set_group_by("family");
  SearchShop shop(settings);
  for (int i = 0; i < 6; ++i) {
    auto product = SearchShop::product("p" + std::to_string(i), "Teapot", "Shop", 10 + i);
    if (i < 4) (*product.mutable_attributes())["family"] = i < 3 ? "a" : "b";
    shop.put(product);
  }
  auto request = SearchShop::request("teapot");
  EXPECT_EQ(shop.ask(request).total(), 6u);
  request.set_distinct(1);
  const auto reply = shop.ask(request);
  EXPECT_EQ(reply.total(), 4u);
  ASSERT_EQ(reply.hits_size(), 4);
  request.set_sort("price desc");
  const auto sorted = shop.ask(request);
  EXPECT_EQ(ids(sorted), (std::vector<std::string>{"p5", "p4", "p3", "p2"}));
  EXPECT_EQ(sorted.hits(3).group_size(), 2u);
  EXPECT_EQ(sorted.hits(0).group_size(), 0u);
  request.set_limit(3);
  request.set_page(1);
  EXPECT_EQ(ids(shop.ask(request)), std::vector<std::string>{"p2"});
}

TEST_F(FindTest, ExplainNamesEachFactor) {
  auto request = SearchShop::request("red shoe");
  request.set_explain(true);
  const auto reply = shop.ask(request);
  ASSERT_GE(reply.hits_size(), 1);
  ASSERT_GE(reply.hits(0).factors_size(), 1);
  EXPECT_EQ(reply.hits(0).factors(0).name(), "text");
  EXPECT_NE(reply.hits(0).reason(), "");
  EXPECT_GT(reply.explanation().last_sequence(), 0u);
}

}  // namespace
}  // namespace souk::search::testing
