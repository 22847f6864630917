// Vectors of the merchant's own model: wrong ones first, then what they find and how they rank.
#include <cmath>
#include <limits>

#include "plugins/search/tests/search_shop.hpp"
#include "souk/v1/plugin.souk.hpp"

namespace souk::search::testing {
namespace {

using Ids = std::vector<std::string>;

v1::Product with_vector(const std::string& id, const std::string& title,
                        const std::vector<float>& vector) {
  v1::Product made = SearchShop::product(id, title);
  for (const float value : vector)
    made.add_vector(value);
  return made;
}

v1::SearchRequest asks(std::string_view q, const std::vector<float>& vector) {
  v1::SearchRequest request = SearchShop::request(q);
  request.set_impersonal(true);
  for (const float value : vector)
    request.add_vector(value);
  return request;
}

/// Three lamps and two blankets, of which the vectors know that both are for evenings.
void furnish(SearchShop& shop) {
  shop.put(with_vector("lamp", "Reading lamp", {1, 0, 0.1F, 0}));
  shop.put(with_vector("bulb", "Bulb for a lamp", {0.2F, 1, 0, 0}));
  shop.put(with_vector("torch", "Torch", {0.9F, 0.3F, 0, 0}));
  shop.put(with_vector("plaid", "Woollen plaid", {0, 0, 1, 0.2F}));
  shop.put(with_vector("throw", "Cosy throw", {0, 0.1F, 0.9F, 0.3F}));
  for (int i = 0; i < 30; ++i)
    shop.put(
        with_vector("x" + std::to_string(i), "Thing", {-1, 0.01F * static_cast<float>(i), 0, 0}));
}

std::string health_of(SearchShop& shop, std::string_view part) {
  v1::PluginHealth health;
  const auto bytes = shop.bench.health();
  if (!bytes.ok() || !health.ParseFromString(bytes.value())) return "no health";
  for (const auto& note : health.notes()) {
    if (note.part() == part) return note.text();
  }
  return "none";
}

TEST(SearchVector, WrongOnesAreRefusedAndSayWhy) {
  SearchShop shop;
  furnish(shop);
  const auto refused = [&shop](const std::vector<float>& vector) {
    const Status status = shop.refusal(asks("lamp", vector));
    EXPECT_EQ(status.code(), Code::invalid_argument);
    return status.message();
  };
  EXPECT_NE(refused({1, 2, 3}).find("3 numbers, the products' have 4"), std::string::npos);
  EXPECT_NE(refused({0, 0, 0, 0}).find("no direction"), std::string::npos);
  EXPECT_NE(refused({1, NAN, 0, 0}).find("at place 2"), std::string::npos);
  EXPECT_NE(refused({std::numeric_limits<float>::infinity(), 0, 0, 0}).find("at place 1"),
            std::string::npos);
}

TEST(SearchVector, ProductsWithUselessVectorsAreFoundByTheirWords) {
  SearchShop shop;
  furnish(shop);
  shop.put(with_vector("nan", "Broken lamp", {1, NAN, 0, 0}));
  shop.put(with_vector("zero", "Empty lamp", {0, 0, 0, 0}));
  shop.put(with_vector("short", "Short lamp", {1, 0}));
  EXPECT_TRUE(shows(shop.ask("broken lamp"), "nan"));
  const auto reply = shop.ask(asks("lamp", {1, 0, 0, 0}));
  EXPECT_TRUE(shows(reply, "zero"));
  EXPECT_TRUE(shows(reply, "short"));
  EXPECT_EQ(ids(reply).front(), "lamp");
  const std::string said = health_of(shop, "vectors");
  EXPECT_NE(said.find("35 products"), std::string::npos) << said;
  EXPECT_NE(said.find("2 came with one that has no direction"), std::string::npos) << said;
}

TEST(SearchVector, NoneInTheCatalogIsSaid) {
  SearchShop shop;
  shop.put("lamp", "Reading lamp");
  auto request = asks("lamp", {1, 0});
  request.set_explain(true);
  const auto reply = shop.ask(request);
  EXPECT_EQ(ids(reply), Ids{"lamp"});
  ASSERT_GT(reply.explanation().notes_size(), 0);
  EXPECT_NE(reply.explanation().notes(0).find("no product has a vector"), std::string::npos);
}

TEST(SearchVector, FindsWithoutTheWordsAndRanksWithThem) {
  SearchShop shop;
  furnish(shop);
  EXPECT_EQ(ids(shop.ask(asks("plaid", {}))), Ids{"plaid"});
  const auto near = ids(shop.ask(asks("plaid", {0, 0, 1, 0.3F})));
  ASSERT_GE(near.size(), 2U);
  EXPECT_EQ(near[0], "plaid");
  EXPECT_EQ(near[1], "throw");
  // Of two that have the word, that which is meant comes first.
  EXPECT_EQ(ids(shop.ask(asks("lamp", {0.1F, 1, 0, 0}))).front(), "bulb");
  EXPECT_EQ(ids(shop.ask(asks("lamp", {1, 0, 0, 0}))).front(), "lamp");
  // Alone, without words.
  const auto alone = ids(shop.ask(asks("", {0, 0, 1, 0.3F})));
  ASSERT_GE(alone.size(), 2U);
  EXPECT_EQ(alone[0], "plaid");
  EXPECT_EQ(alone[1], "throw");
}

TEST(SearchVector, IsExplainedFilteredAndCanBeSwitchedOff) {
  SearchShop shop;
  furnish(shop);
  auto request = asks("plaid", {0, 0, 1, 0.3F});
  request.set_explain(true);
  const auto reply = shop.ask(request);
  ASSERT_GE(reply.hits_size(), 2);
  double product = 1;
  for (const auto& factor : reply.hits(1).factors())
    product *= factor.value();
  EXPECT_NEAR(product / reply.hits(1).score(), 1, 0.01);
  EXPECT_NE(reply.hits(1).reason().find("close in meaning"), std::string::npos);
  EXPECT_EQ(reply.hits(0).product().vector_size(), 0);  // not returned
  request.set_filters("id != throw");
  EXPECT_FALSE(shows(shop.ask(request), "throw"));
  Settings off;
  off.mutable_ranking()->set_vectors(0);
  ASSERT_TRUE(shop.bench.reload(off).ok());
  request.clear_filters();
  EXPECT_EQ(ids(shop.ask(request)), Ids{"plaid"});
}

TEST(SearchVector, SurvivesMergesAndRestarts) {
  SearchShop shop;
  furnish(shop);
  ASSERT_TRUE(shop.bench.restart().ok());
  EXPECT_EQ(ids(shop.ask(asks("lamp", {0.1F, 1, 0, 0}))).front(), "bulb");
  // A changed vector counts with the next answer.
  shop.put(with_vector("lamp", "Reading lamp", {0, 1, 0, 0}));
  EXPECT_EQ(ids(shop.ask(asks("lamp", {0, 1, 0, 0}))).front(), "lamp");
}

}  // namespace
}  // namespace souk::search::testing
