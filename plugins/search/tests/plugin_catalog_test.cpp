// Products come, change and go: what is found follows at once, and only for whom it is meant.
#include "plugins/search/tests/search_shop.hpp"

namespace souk::search::testing {
namespace {

TEST(SearchCatalog, AProductIsFoundAsSoonAsItsEventIsFolded) {
  SearchShop shop;
  shop.put("p1", "Teapot");
  EXPECT_TRUE(shows(shop.ask("teapot"), "p1"));
  shop.put("p1", "Kettle");
  EXPECT_FALSE(shows(shop.ask("teapot"), "p1"));
  EXPECT_TRUE(shows(shop.ask("kettle"), "p1"));
  shop.remove("p1");
  EXPECT_EQ(shop.ask("kettle").total(), 0u);
}

TEST(SearchCatalog, WhatIsHiddenIsNotThere) {
  SearchShop shop;
  auto product = SearchShop::product("p1", "Teapot");
  product.set_hidden(true);
  shop.put(product);
  EXPECT_EQ(shop.ask("teapot").total(), 0u);
  product.set_hidden(false);
  shop.put(product);
  EXPECT_EQ(shop.ask("teapot").total(), 1u);
  product.set_hidden(true);
  shop.put(product);
  EXPECT_EQ(shop.ask("").total(), 0u);
}

TEST(SearchCatalog, ManySmallBatchesBecomeFewSegmentsAndLoseNothing) {
  SearchShop shop;
  for (int i = 0; i < 300; ++i)
    shop.put("p" + std::to_string(i), "Teapot number" + std::to_string(i));
  for (int i = 0; i < 300; i += 3)
    shop.put("p" + std::to_string(i), "Kettle number" + std::to_string(i));
  for (int i = 0; i < 300; i += 5)
    shop.remove("p" + std::to_string(i));
  EXPECT_EQ(shop.ask("kettle").total(), 80u);
  EXPECT_EQ(shop.ask("teapot").total(), 160u);
  EXPECT_EQ(shop.ask("").total(), 240u);
}

TEST(SearchCatalog, StockDecidesWhatComesLastOrNotAtAll) {
  SearchShop shop;
  shop.put("p1", "Teapot teapot teapot");
  shop.put("p2", "A teapot for guests");
  shop.stock("p1", 0);
  EXPECT_EQ(ids(shop.ask("teapot")), (std::vector<std::string>{"p2", "p1"}));
  EXPECT_EQ(ids(shop.ask("teapot", "available = true")), std::vector<std::string>{"p2"});
  EXPECT_FALSE(shop.ask("teapot").hits(1).product().availability().available());
  Settings settings;
  settings.set_sold_out("hide");
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  EXPECT_EQ(ids(shop.ask("teapot")), std::vector<std::string>{"p2"});
  shop.stock("p1", 4);
  EXPECT_EQ(shop.ask("teapot", "stock >= 4").total(), 1u);
}

TEST(SearchCatalog, AnAccountSeesWhatIsItsOwnAndNothingElseIsCountedOrCorrectedTo) {
  SearchShop shop;
  auto secret = SearchShop::product("p1", "Zirconium teapot", "Shop", 5, "Secretive");
  secret.add_only_account_ids("northwind");
  shop.put(secret);
  auto barred = SearchShop::product("p2", "Plain teapot");
  barred.add_excluded_account_ids("northwind");
  shop.put(barred);
  auto request = SearchShop::request("teapot");
  request.add_facets("brand");
  EXPECT_EQ(ids(shop.ask(request)), std::vector<std::string>{"p2"});
  EXPECT_EQ(count_of(shop.ask(request), "brand", "Secretive"), 0u);
  EXPECT_EQ(shop.ask("zirconiun").corrected(), "");
  EXPECT_EQ(shop.ask("zirconium").total(), 0u);
  EXPECT_EQ(ids(shop.ask(request, "northwind")), std::vector<std::string>{"p1"});
  EXPECT_EQ(shop.ask(SearchShop::request("zirconiun"), "northwind").corrected(), "zirconium");
}

TEST(SearchCatalog, AnAccountPaysItsPriceInFiltersSortsFacetsAndHits) {
  SearchShop shop;
  shop.put("p1", "Teapot one", "Shop", 50);
  shop.put("p2", "Teapot two", "Shop", 40);
  v1::AccountUpserted account;
  account.mutable_account()->set_id("northwind");
  account.mutable_account()->set_price_list_id("wholesale");
  shop.send(account);
  v1::PriceListSet list;
  list.mutable_price_list()->set_id("wholesale");
  auto* entry = list.mutable_price_list()->add_entries();
  entry->set_product_id("p1");
  entry->mutable_price()->set_amount(3000);
  shop.send(list);
  auto request = SearchShop::request("teapot");
  request.set_sort("price asc");
  request.add_facets("price");
  const auto shopper = shop.ask(request);
  EXPECT_EQ(ids(shopper), (std::vector<std::string>{"p2", "p1"}));
  const auto buyer = shop.ask(request, "northwind");
  EXPECT_EQ(ids(buyer), (std::vector<std::string>{"p1", "p2"}));
  EXPECT_EQ(buyer.hits(0).product().price_range().min().amount(), 3000);
  EXPECT_EQ(buyer.facets(0).min(), 30);
  request.set_filters("price < 35");
  EXPECT_EQ(shop.ask(request, "northwind").total(), 1u);
  EXPECT_EQ(shop.ask(request).total(), 0u);
}

TEST(SearchCatalog, CostsAndListsOfAccountsAreNotShown) {
  SearchShop shop;
  auto product = SearchShop::product("p1", "Teapot");
  auto* variant = product.add_variants();
  variant->set_id("v1");
  variant->mutable_cost()->set_amount(100);
  product.add_excluded_account_ids("northwind");
  shop.put(product);
  const auto reply = shop.ask("teapot");
  ASSERT_EQ(reply.hits_size(), 1);
  EXPECT_FALSE(reply.hits(0).product().variants(0).has_cost());
  EXPECT_EQ(reply.hits(0).product().excluded_account_ids_size(), 0);
}

TEST(SearchCatalog, RoomIsLimitedAndWhatHadNoneIsCounted) {
  Settings settings;
  settings.set_max_products(100);
  SearchShop shop(settings);
  for (int i = 0; i < 120; ++i)
    shop.put("p" + std::to_string(i), "Teapot");
  EXPECT_EQ(shop.ask("").total(), 100u);
  const auto health = shop.bench.health();
  ASSERT_TRUE(health.ok());
  EXPECT_NE(health->find("20 products had no room"), std::string::npos);
}

TEST(SearchCatalog, WhatAnImportLeftBecomesOnePieceWhenNothingMoreComes) {
  Settings settings;
  settings.set_latent(false);
  SearchShop shop(settings);
  constexpr int kOfBatch = 500;
  for (int batch = 0; batch < 5; ++batch) {
    std::vector<souk::testing::RawEvent> events(kOfBatch);
    for (int i = 0; i < kOfBatch; ++i) {
      v1::ProductUpserted event;
      *event.mutable_product() =
          SearchShop::product("p" + std::to_string(batch * kOfBatch + i), "Teapot");
      events[static_cast<std::size_t>(i)].type = "souk.v1.ProductUpserted";
      events[static_cast<std::size_t>(i)].payload = event.SerializeAsString();
    }
    ASSERT_TRUE(shop.bench.fold(events).ok());
  }
  EXPECT_GT(shop.bench.host().run_jobs(), 0u);
  EXPECT_EQ(shop.ask("teapot").total(), 2500u);
  const auto health = shop.bench.health();
  ASSERT_TRUE(health.ok());
  EXPECT_NE(health->find("2500 products in 1 segments"), std::string::npos);
  EXPECT_NE(health->find("bytes a product beside its record"), std::string::npos);
}

TEST(SearchCatalog, AFacetWithAMillionValuesListsAFew) {
  SearchShop shop;
  // One product may have 500 values of an attribute; two thousand products are a million.
  v1::ProductUpserted event;
  for (int i = 0; i < 20; ++i) {
    auto product = SearchShop::product("p" + std::to_string(i), "Teapot");
    for (int j = 0; j < 500; ++j)
      product.add_tags("tag-" + std::to_string(i * 500 + j));
    shop.put(product);
  }
  auto request = SearchShop::request("teapot");
  request.add_facets("tags");
  request.set_max_values(7);
  const auto reply = shop.ask(request);
  ASSERT_EQ(reply.facets_size(), 1);
  EXPECT_EQ(reply.facets(0).values_size(), 7);
  EXPECT_TRUE(reply.facets(0).more());
}

TEST(SearchCatalog, SnapshotsAreTheSameWhateverTheWayThere) {
  SearchShop one;
  SearchShop other;
  for (SearchShop* shop : {&one, &other}) {
    for (int i = 0; i < 40; ++i)
      shop->put("p" + std::to_string(i), "Teapot " + std::to_string(i));
    shop->remove("p7");
    shop->stock("p8", 0);
    shop->search_of("s1", "teapot", "q1", {"p1", "p2"});
    shop->click("s1", "p2", "q1", 2);
  }
  ASSERT_TRUE(other.bench.restart().ok());
  const auto first = one.bench.snapshot();
  const auto second = other.bench.snapshot();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(other.ask("teapot").total(), 39u);
  EXPECT_EQ(ids(one.ask("teapot 3")), ids(other.ask("teapot 3")));
}

}  // namespace
}  // namespace souk::search::testing
