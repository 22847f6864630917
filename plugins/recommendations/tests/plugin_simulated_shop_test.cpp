// A simulated shop whose truth is known: what is really bought together must be found, and what is
// sold out must not be shown.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "plugins/recommendations/tests/simulated_shop.hpp"

namespace souk::recommendations::testing {
namespace {

TEST_F(SimulatedShop, WhatIsReallyBoughtTogetherIsFound) {
  const std::vector<std::string> popular = ask("trending", "");
  double found = 0, found_by_popularity = 0, pairs = 0;
  for (const simulate::Product& product : products()) {
    const auto answer = ask("bought_together", product.id);
    for (const simulate::Link& link : product.complements) {
      const simulate::Product& partner = products()[link.product];
      if (partner.total_stock() <= 0) continue;
      pairs += 1;
      found += static_cast<double>(std::count(answer.begin(), answer.end(), partner.id));
      found_by_popularity +=
          static_cast<double>(std::count(popular.begin(), popular.end(), partner.id));
    }
  }
  ASSERT_GT(pairs, 100);
  const double chance = 10.0 / static_cast<double>(products().size());
  std::printf("true pairs in the first ten: %.1f %%, by popularity %.1f %%, by chance %.1f %%\n",
              100 * found / pairs, 100 * found_by_popularity / pairs, 100 * chance);
  EXPECT_GT(found / pairs, 4 * chance);
  EXPECT_GT(found, 3 * found_by_popularity);
}

TEST_F(SimulatedShop, NothingThatIsSoldOutOrGoneIsShown) {
  std::printf("%zu evenings of products sold out, %zu products shown beside them\n",
              evenings_sold_out_, shown_beside_);
  ASSERT_GT(evenings_sold_out_, 0u) << "a shop in which nothing runs out proves nothing";
  EXPECT_GT(shown_beside_, 100u);
  EXPECT_EQ(shown_though_gone_, 0u);
}

TEST_F(SimulatedShop, AThirdOfTheShopRunsOutAtOnce) {
  std::set<std::string> gone;
  for (std::size_t i = 0; i < products().size(); i += 3) {
    const simulate::Product& product = products()[i];
    gone.insert(product.id);
    for (const simulate::Variant& variant : product.variants) {
      souk::v1::Event event;
      event.mutable_time()->set_seconds(simulation_->now_us() / 1'000'000);
      event.mutable_inventory_set()->set_product_id(product.id);
      if (product.has_variants()) event.mutable_inventory_set()->set_variant_id(variant.id);
      event.mutable_inventory_set()->set_available(0);
      fold_event(event);
    }
  }
  std::size_t shown = 0;
  for (const simulate::Product& product : products()) {
    for (const char* kind : {"for_you", "similar", "bought_together", "trending"}) {
      for (const std::string& id : ask(kind, product.id)) {
        EXPECT_FALSE(gone.contains(id)) << kind << " of " << product.id << " shows " << id;
        ++shown;
      }
    }
  }
  // What is left fills every answer.
  EXPECT_EQ(shown, 4 * 10 * products().size());
}

}  // namespace
}  // namespace souk::recommendations::testing
