// The simulated shop's truth against what goes with a product and what may stand in its place.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "plugins/recommendations/tests/simulated_shop.hpp"

namespace souk::recommendations::testing {
namespace {

using Ids = std::vector<std::string>;

class TruthOfShop : public SimulatedShop {
 protected:
  static void SetUpTestSuite() {
    if (host_ == nullptr) SimulatedShop::SetUpTestSuite();
  }
  static void TearDownTestSuite() {}

  static bool on_sale(const simulate::Product& product) {
    return product.live && product.total_stock() > 0;
  }
  /// What is linked and could be shown.
  static std::set<std::string> linked(const std::vector<simulate::Link>& links) {
    std::set<std::string> found;
    for (const simulate::Link& link : links) {
      if (on_sale(products()[link.product])) found.insert(products()[link.product].id);
    }
    return found;
  }
  static double hits(const Ids& answer, const std::set<std::string>& truth, std::size_t first) {
    double found = 0;
    for (std::size_t i = 0; i < std::min(first, answer.size()); ++i)
      found += truth.contains(answer[i]) ? 1 : 0;
    return found;
  }
};

TEST_F(TruthOfShop, CrossSellFindsTrueComplements) {
  const Ids popular = ask("trending", "");
  double crossed = 0;
  double together = 0;
  double by_popularity = 0;
  double all = 0;
  double same_category = 0;
  std::map<std::string, std::uint16_t> leaf;
  for (const auto& product : products())
    leaf[product.id] = product.leaf;
  for (const auto& product : products()) {
    if (!product.live) continue;
    const auto truth = linked(product.complements);
    const Ids answer = ask("cross_sell", product.id);
    for (const auto& id : answer)
      same_category += leaf[id] == product.leaf ? 1 : 0;
    all += static_cast<double>(truth.size());
    crossed += hits(answer, truth, 10);
    together += hits(ask("bought_together", product.id), truth, 10);
    by_popularity += hits(popular, truth, 10);
  }
  std::printf(
      "true complements in the first ten: cross_sell %.1f %%, bought_together %.1f %%, "
      "popularity %.1f %%\n",
      100 * crossed / all, 100 * together / all, 100 * by_popularity / all);
  EXPECT_EQ(same_category, 0);
  EXPECT_GT(crossed, 4 * by_popularity);
  EXPECT_GE(crossed, together);
}

TEST_F(TruthOfShop, SimilarFindsTrueSubstitutes) {
  double found = 0;
  double by_popularity = 0;
  double asked = 0;
  for (const auto& product : products()) {
    const auto truth = linked(product.substitutes);
    if (!product.live || truth.empty()) continue;
    const Ids answer = ask("similar", product.id);
    ASSERT_FALSE(std::count(answer.begin(), answer.end(), product.id));
    const double possible = std::min<double>(5, static_cast<double>(truth.size()));
    asked += possible;
    found += std::min(possible, hits(answer, truth, 5));
    by_popularity += std::min(possible, hits(ask("trending", ""), truth, 5));
  }
  std::printf("true substitutes among the first five: similar %.1f %%, popularity %.1f %%\n",
              100 * found / asked, 100 * by_popularity / asked);
  EXPECT_GT(found / asked, 0.5);
  EXPECT_GT(found, 5 * by_popularity);
}

TEST_F(TruthOfShop, TheLookIsCompletedByWhatGoesWithIt) {
  const Ids popular = ask("trending", "");
  double found = 0;
  double by_popularity = 0;
  double all = 0;
  for (const auto& product : products()) {
    const auto& path = simulation_->shop().catalog.leaf_category(product.leaf).path;
    if (!product.live || !path.starts_with("Apparel")) continue;
    std::set<std::string> truth;
    for (const auto& id : linked(product.complements))
      truth.insert(id);
    all += static_cast<double>(truth.size());
    const Ids answer = ask("complete_the_look", product.id);
    found += hits(answer, truth, 10);
    by_popularity += hits(popular, truth, 10);
  }
  std::printf(
      "true complements of clothes in the first ten: complete_the_look %.1f %%, "
      "popularity %.1f %%\n",
      100 * found / all, 100 * by_popularity / all);
  EXPECT_GT(found / all, 0.6);
  EXPECT_GT(found, 3 * by_popularity);
}

}  // namespace
}  // namespace souk::recommendations::testing
