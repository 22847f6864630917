// Is it a believable shop? The figures against their ranges, and the structure that models must
// find.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tools/simulate/accounts.hpp"
#include "tools/simulate/figures.hpp"
#include "tools/simulate/shop.hpp"
#include "tools/simulate/subscriptions.hpp"
#include "tools/simulate/tests/run.hpp"

namespace souk::simulate {
namespace {

using simdjson::dom::element;

SimulationSettings usual_shop(std::uint64_t seed) {
  SimulationSettings settings;
  settings.seed = seed;
  settings.days = 90;
  return settings;
}

class Figures : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Figures, AreThoseOfRealShops) {
  auto simulation = testing::make(usual_shop(GetParam()));
  simulation->skip_to_day(90);
  for (const Figure& figure : figures(*simulation)) {
    EXPECT_TRUE(figure.believable()) << figure.name << " is " << figure.value
                                     << ", real shops: " << figure.low << " to " << figure.high;
    EXPECT_GT(figure.value, 0.0) << figure.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Figures, ::testing::Values(1, 2, 3, 4, 5));

/// What a model could learn from the stream, counted.
struct Learnt {
  std::map<std::string, int> views;
  std::map<std::string, int> bought;
  int steps = 0;              // from one viewed product to the next within a visit
  int steps_to_similar = 0;   // … that are a true substitute or complement
  int baskets = 0;            // orders with two lines or more
  int baskets_with_pair = 0;  // … with a true complement pair
  int orders_of_accounts = 0;
};

Learnt learn(const Simulation& simulation, const std::string& text) {
  Learnt learnt;
  const auto& products = simulation.shop().catalog.products();
  const auto index_of = [](std::string_view id) {
    return std::stoul(std::string(id.substr(1))) - 1;
  };
  const auto linked = [&](std::size_t from, std::size_t to, bool complements_only) {
    const auto is_to = [&](const Link& link) { return link.product == to; };
    const auto& complements = products[from].complements;
    const auto& substitutes = products[from].substitutes;
    if (std::any_of(complements.begin(), complements.end(), is_to)) return true;
    return !complements_only && std::any_of(substitutes.begin(), substitutes.end(), is_to);
  };
  std::map<std::string, std::size_t> last_of_session;
  simdjson::dom::parser parser;
  for (const std::string_view line : testing::lines_of(text)) {
    const element event = parser.parse(line.data(), line.size());
    element body;
    if (event["productViewed"].get(body) == simdjson::SUCCESS) {
      const std::string id(body["productId"].get_string().value());
      ++learnt.views[id];
      const std::string session(event["sessionId"].get_string().value());
      const auto before = last_of_session.find(session);
      if (before != last_of_session.end()) {
        ++learnt.steps;
        if (linked(before->second, index_of(id), false)) ++learnt.steps_to_similar;
      }
      last_of_session[session] = index_of(id);
    } else if (event["orderCompleted"].get(body) == simdjson::SUCCESS) {
      std::string_view account;
      if (event["accountId"].get(account) == simdjson::SUCCESS) {
        ++learnt.orders_of_accounts;
        continue;
      }
      std::vector<std::size_t> basket;
      for (const element bought : body["products"].get_array()) {
        basket.push_back(index_of(bought["productId"].get_string().value()));
      }
      if (basket.size() < 2) continue;
      ++learnt.baskets;
      bool pair = false;
      for (const std::size_t x : basket) {
        for (const std::size_t y : basket)
          pair = pair || linked(x, y, true);
      }
      if (pair) ++learnt.baskets_with_pair;
    }
  }
  return learnt;
}

TEST(Shop, ModelsHaveSomethingToFind) {
  auto simulation = testing::make(usual_shop(6));
  std::string text;
  simulation->run_days(60, [&](std::string_view line) { text += line; });
  const Learnt learnt = learn(*simulation, text);
  // Twelve of two thousand products are substitutes: chance would give under one in a hundred.
  EXPECT_GT(learnt.steps_to_similar, learnt.steps / 4);
  EXPECT_LT(learnt.steps_to_similar, learnt.steps * 4 / 5);
  EXPECT_GT(learnt.baskets, 100);
  EXPECT_GT(learnt.baskets_with_pair, learnt.baskets / 3);
  EXPECT_GT(learnt.orders_of_accounts, 20);
  // Zipf: a tenth of the products draws about half of the looks, and the tail is looked at too.
  std::vector<int> views;
  int total = 0;
  for (const auto& [id, count] : learnt.views) {
    views.push_back(count);
    total += count;
  }
  std::sort(views.rbegin(), views.rend());
  int head = 0;
  for (std::size_t i = 0; i < 200; ++i)
    head += views[i];
  EXPECT_GT(head, total * 35 / 100);
  EXPECT_LT(head, total * 75 / 100);
  EXPECT_GT(views.size(), 1700U);
}

TEST(Shop, NamesAndIdsAreUnique) {
  SimulationSettings settings = usual_shop(1);
  settings.products = 6000;  // as many brands as there can be
  const auto simulation = testing::make(settings);
  std::set<std::string> brands, variants;
  for (const Brand& brand : simulation->shop().catalog.brands()) {
    EXPECT_TRUE(brands.insert(brand.name).second) << brand.name;
  }
  for (const Product& product : simulation->shop().catalog.products()) {
    for (const Variant& variant : product.variants) {
      EXPECT_TRUE(variants.insert(variant.id).second) << variant.id;
    }
  }
  EXPECT_EQ(brands.size(), 200U);
}

TEST(Shop, SeasonsShow) {
  SimulationSettings settings = usual_shop(3);
  settings.shoppers = 1500;
  settings.days = 365;
  auto simulation = testing::make(settings);
  int sandals_summer = 0, sandals_winter = 0, boots_summer = 0, boots_winter = 0;
  simulation->run_days(365, [&](std::string_view line) {
    if (line.find("\"productViewed\"") == std::string_view::npos) return;
    const int month = std::stoi(std::string(line.substr(line.find("\"time\":\"") + 13, 2)));
    const bool summer = month >= 5 && month <= 8;
    const bool winter = month >= 10 || month <= 1;
    const bool sandals = line.find("> Sandals\"") != std::string_view::npos;
    const bool boots = line.find("> Boots\"") != std::string_view::npos;
    sandals_summer += sandals && summer;
    sandals_winter += sandals && winter;
    boots_summer += boots && summer;
    boots_winter += boots && winter;
  });
  EXPECT_GT(sandals_summer, 2 * sandals_winter);
  EXPECT_GT(boots_winter, boots_summer * 3 / 2);
}

TEST(Shop, PeopleComeBackForWhatRunsOut) {
  auto simulation = testing::make(usual_shop(2));
  std::map<std::pair<std::string, std::string>, int> bought;
  simdjson::dom::parser parser;
  std::set<std::string> consumables;
  for (const Product& product : simulation->shop().catalog.products()) {
    if (product.refill_days > 0.0) consumables.insert(product.id);
  }
  simulation->run_days(90, [&](std::string_view line) {
    if (line.find("\"orderCompleted\"") == std::string_view::npos) return;
    const element event = parser.parse(line.data(), line.size());
    for (const element item : event["orderCompleted"]["products"].get_array()) {
      const std::string id(item["productId"].get_string().value());
      if (consumables.count(id) == 0) continue;
      ++bought[{std::string(event["shopperId"].get_string().value()), id}];
    }
  });
  const auto again = std::count_if(bought.begin(), bought.end(),
                                   [](const auto& entry) { return entry.second > 1; });
  EXPECT_GT(again, static_cast<std::ptrdiff_t>(bought.size() / 10));
  EXPECT_GT(simulation->subscriptions().all().size(), 20U);
  ASSERT_EQ(simulation->accounts().accounts().size(), 2U);
  for (const BusinessAccount& account : simulation->accounts().accounts()) {
    EXPECT_GE(account.needs.size(), 10U) << account.id;
    EXPECT_GE(account.contacts.size(), 3U) << account.id;
  }
}

}  // namespace
}  // namespace souk::simulate
