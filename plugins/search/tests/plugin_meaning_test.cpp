// Products that mean what is asked for, without its words.
#include <array>

#include "plugins/search/tests/search_shop.hpp"

namespace souk::search::testing {
namespace {

/// Topics whose products share words; each product has some of its topic's.
constexpr std::array<std::array<const char*, 8>, 4> kTopics = {{
    {"warm", "winter", "cosy", "fleece", "snuggle", "evening", "knitted", "blanket"},
    {"garden", "spade", "soil", "seed", "plant", "pot", "watering", "compost"},
    {"coffee", "espresso", "brew", "bean", "grinder", "cup", "filter", "barista"},
    {"running", "marathon", "sole", "track", "jogging", "lace", "sprint", "trainer"},
}};

std::string topic_id(std::size_t topic, std::size_t n) {
  return "t" + std::to_string(topic) + "-" + std::to_string(n);
}

v1::Product topic_product(std::size_t topic, std::size_t n) {
  auto made = SearchShop::product(topic_id(topic, n), "Article " + std::to_string(n));
  std::string text;
  // Five of eight words, others with each product.
  for (std::size_t i = 0; i < 5; ++i)
    text.append(kTopics[topic][(n + i * (1 + n % 3)) % 8]).append(" ");
  made.mutable_description()->set_plain(text);
  return made;
}

void fill(SearchShop& shop) {
  for (std::size_t n = 0; n < 40; ++n) {
    for (std::size_t topic = 0; topic < kTopics.size(); ++topic)
      shop.put(topic_product(topic, n));
  }
}

void learn(SearchShop& shop) {
  while (shop.bench.host().run_jobs() > 0) {
  }
}

bool has_factor(const v1::SearchHit& hit, std::string_view name) {
  return std::any_of(hit.factors().begin(), hit.factors().end(),
                     [&](const auto& factor) { return factor.name() == name; });
}

TEST(Meaning, AShopOfAFewProductsLearnsNothingAndAnswers) {
  SearchShop shop;
  shop.put("p1", "Teapot");
  EXPECT_EQ(shop.bench.host().jobs_waiting(), 0u);
  EXPECT_EQ(shop.ask("teapot for winter").total(), 1u);
}

TEST(Meaning, ProductsWithoutTextOrAllTheSameTeachNothing) {
  SearchShop shop;
  for (int i = 0; i < 100; ++i)
    shop.put("p" + std::to_string(i), i < 50 ? "" : "Teapot");
  learn(shop);
  EXPECT_EQ(shop.ask("teapot").total(), 50u);
  EXPECT_EQ(shop.ask("something warm").total(), 0u);
}

TEST(Meaning, ATrainingThatIsDroppedLeavesTheWords) {
  SearchShop shop;
  fill(shop);
  shop.bench.host().drop_jobs();
  const auto reply = shop.ask("warm winter evening snuggle blanket");
  EXPECT_TRUE(std::all_of(reply.hits().begin(), reply.hits().end(),
                          [](const auto& hit) { return hit.product_id().starts_with("t0"); }));
}

TEST(Meaning, VagueWordsFindTheirTopic) {
  SearchShop shop;
  fill(shop);
  auto request = SearchShop::request("cosy knitted to snuggle by evening");
  request.set_limit(40);
  request.set_explain(true);
  const auto before = shop.ask(request);
  learn(shop);
  const auto reply = shop.ask(request);
  EXPECT_GT(reply.total(), before.total());
  EXPECT_GE(reply.total(), 35u);
  std::size_t of_topic = 0;
  bool by_meaning = false;
  for (const auto& hit : reply.hits()) {
    of_topic += hit.product_id().starts_with("t0") ? 1 : 0;
    by_meaning = by_meaning || (has_factor(hit, "meaning") && !has_factor(hit, "text"));
    double score = 1;
    for (const auto& factor : hit.factors())
      score *= factor.value();
    EXPECT_NEAR(score, hit.score(), 1e-3) << hit.product_id();
  }
  EXPECT_EQ(of_topic, static_cast<std::size_t>(reply.hits_size()));
  EXPECT_TRUE(by_meaning);
  // Whoever has all words stays before those that have not.
  EXPECT_EQ(reply.hits(0).product_id(), before.hits(0).product_id());
  // Quoted words are meant as they stand.
  EXPECT_EQ(shop.ask("\"cosy to snuggle\"").total(), 0u);
  shop.put("p1", "Ceramic teapot");
  EXPECT_EQ(shop.ask("teapot").total(), 1u) << "of which nothing was learned";
}

TEST(Meaning, ANewProductHasItsPlaceAtOnce) {
  SearchShop shop;
  fill(shop);
  learn(shop);
  auto fresh = SearchShop::product("fresh", "Novelty");
  fresh.mutable_description()->set_plain("fleece knitted warm evening");
  shop.put(fresh);
  EXPECT_EQ(shop.bench.host().jobs_waiting(), 0u) << "one product is no reason to learn again";
  auto request = SearchShop::request("cosy snuggle");
  request.set_limit(100);
  EXPECT_TRUE(shows(shop.ask(request), "fresh"));
  shop.remove("fresh");
  EXPECT_FALSE(shows(shop.ask(request), "fresh"));
}

TEST(Meaning, WhatAnAccountMayNotSeeIsNotFound) {
  SearchShop shop;
  fill(shop);
  auto hidden = SearchShop::product("hidden", "Secret");
  hidden.mutable_description()->set_plain("fleece knitted warm evening winter");
  hidden.add_only_account_ids("acme");
  shop.put(hidden);
  learn(shop);
  auto request = SearchShop::request("cosy snuggle");
  request.set_limit(100);
  const auto reply = shop.ask(request);
  EXPECT_FALSE(shows(reply, "hidden"));
  request.set_filters("id = t0-1");
  EXPECT_LE(shop.ask(request).total(), 1u) << "filters hold for meanings too";
}

TEST(Meaning, CanBeSwitchedOff) {
  Settings settings;
  settings.set_latent(false);
  SearchShop shop(settings);
  fill(shop);
  EXPECT_EQ(shop.bench.host().jobs_waiting(), 0u);
  learn(shop);
  const auto reply = shop.ask("cosy knitted to snuggle by evening");
  EXPECT_LT(reply.total(), 35u);
}

TEST(Meaning, ClicksTeachWordsThatNoProductHas) {
  SearchShop shop;
  fill(shop);
  for (int i = 0; i < 40; ++i) {
    const std::string id = "s" + std::to_string(i);
    shop.search_of("anna" + std::to_string(i), "throw plaid", id);
    for (const int n : {1 + i % 8, 9 + i % 8})
      shop.click("anna" + std::to_string(i), topic_id(0, static_cast<std::size_t>(n)), id, 1);
  }
  learn(shop);
  auto request = SearchShop::request("plaid");
  request.set_limit(100);
  const auto reply = shop.ask(request);
  std::size_t never_clicked = 0;
  for (const auto& id : ids(reply)) {
    EXPECT_TRUE(id.starts_with("t0")) << id;
    never_clicked += id > "t0-2" ? 1 : 0;
  }
  EXPECT_GT(never_clicked, 5u);
}

const v1::SearchIntent* category_intent(const v1::SearchReply& reply) {
  for (const auto& intent : reply.intents()) {
    if (intent.evidence().starts_with("category of ")) return &intent;
  }
  return nullptr;
}

TEST(CategoryOfAQuestion, IsNotReadFromAFewProductsOrNone) {
  SearchShop shop;
  shop.put("p1", "Laptop bag", "Bags");
  EXPECT_EQ(category_intent(shop.ask("laptop bag")), nullptr);
  EXPECT_EQ(category_intent(shop.ask("")), nullptr);
  EXPECT_EQ(category_intent(shop.ask("zzz")), nullptr);
}

TEST(CategoryOfAQuestion, IsWhereTheProductsAreThatAnswerIt) {
  SearchShop shop;
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i);
    shop.put("l" + n, "Laptop " + n, "Computers > Laptops", 900);
    shop.put("b" + n, "Bag for a laptop, model " + n, "Luggage > Carriers", 40);
    shop.put("s" + n, "Shoe " + n, "Clothing > Shoes", 70);
  }
  const auto bags = shop.ask("laptop bag");
  ASSERT_NE(category_intent(bags), nullptr);
  EXPECT_NE(category_intent(bags)->filter().find("Luggage > Carriers"), std::string::npos);
  EXPECT_EQ(category_intent(bags)->words(), "laptop bag");
  EXPECT_TRUE(category_intent(bags)->soft());
  EXPECT_TRUE(bags.hits(0).product_id().starts_with("b"));
}

TEST(CategoryOfAQuestion, IsWhatShoppersTake) {
  SearchShop shop;
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i);
    shop.put("c" + n, "Runner " + n, i % 2 == 0 ? "Carpets" : "Shoes");
    shop.put("o" + n, "Pot " + n, "Kitchen");
  }
  EXPECT_EQ(category_intent(shop.ask("runner")), nullptr);
  for (int i = 0; i < 12; ++i) {
    const std::string query = "q" + std::to_string(i);
    shop.search_of("anna" + query, "runner", query, {"c1", "c2", "c3"});
    shop.click("anna" + query, "c" + std::to_string(2 * (i % 4) + 1), query);
  }
  const auto reply = shop.ask("runner");
  ASSERT_NE(category_intent(reply), nullptr);
  EXPECT_NE(category_intent(reply)->filter().find("Shoes"), std::string::npos);
  EXPECT_NE(category_intent(reply)->evidence().find("clicked"), std::string::npos);
}

TEST(CategoryOfAQuestion, BlackOfficeShoesUnderEighty) {
  SearchShop shop;
  for (int i = 0; i < 24; ++i) {
    const std::string n = std::to_string(i);
    auto shoe = SearchShop::product("s" + n, i % 2 == 0 ? "Office shoe " + n : "Shoe " + n,
                                    "Clothing > Shoes", 40 + 5 * i);
    (*shoe.mutable_attributes())["color"] = i % 3 == 0 ? "black" : "brown";
    shop.put(shoe);
    shop.put("d" + n, "Office desk " + n, "Furniture > Desks", 60);
  }
  const auto reply = shop.ask("black office shoes under 80");
  std::string filters;
  for (const auto& intent : reply.intents())
    filters.append(intent.filter()).append(";");
  EXPECT_NE(filters.find("black"), std::string::npos) << filters;
  EXPECT_NE(filters.find("Shoes"), std::string::npos) << filters;
  EXPECT_NE(filters.find("price <= 80"), std::string::npos) << filters;
  EXPECT_EQ(filters.find("office"), std::string::npos) << filters;
  ASSERT_GT(reply.hits_size(), 0);
  EXPECT_EQ(reply.hits(0).product_id(), "s0");
}

}  // namespace
}  // namespace souk::search::testing
