// Settings, snapshots, bounds, health and metrics.
#include "plugins/recommendations/tests/shop.hpp"

#include "souk/v1/admin.pb.h"

namespace souk::recommendations::testing {
namespace {

/// Some of everything.
void live(Shop& shop, int days) {
  for (int i = 0; i < 40; ++i) {
    const std::string id = "p" + std::to_string(i);
    auto product = Shop::product(id, i % 2 == 0 ? "Even > Some" : "Odd");
    if (i % 7 == 0) product.add_only_account_ids("northwind");
    shop.put(product);
    if (i % 5 == 0) shop.stock(id, i % 10);
  }
  for (int day = 0; day < days; ++day) {
    for (int i = 0; i < 30; ++i) {
      const std::string who = "shopper-" + std::to_string((day * 7 + i) % 50);
      shop.view(who, "p" + std::to_string((i * i + day) % 40));
      shop.view(who, "p" + std::to_string((i * i + day + 1) % 40));
      if (i % 3 == 0) shop.add(who, "p" + std::to_string((i + day) % 40));
      if (i % 9 == 0) {
        shop.order(who, "o" + std::to_string(day * 100 + i),
                   {"p" + std::to_string((i + day) % 40), "p" + std::to_string(i)});
      }
    }
    ASSERT_TRUE(shop.bench.advance(24h).ok());
  }
}

std::vector<std::string> answers(Shop& shop) {
  std::vector<std::string> all;
  for (const char* kind :
       {"for_you", "similar", "bought_together", "trending", "recently_viewed"}) {
    for (int i = 0; i < 50; ++i) {
      auto reply = shop.ask(kind, "shopper-" + std::to_string(i), "p" + std::to_string(i % 40));
      reply.clear_attribution_token();
      all.push_back(reply.SerializeAsString());
    }
  }
  return all;
}

TEST(Snapshots, TheSameEventsGiveTheSameBytes) {
  Shop one, two;
  live(one, 5);
  live(two, 5);
  EXPECT_EQ(one.bench.snapshot().value(), two.bench.snapshot().value());
}

TEST(Snapshots, ARestartChangesNothingThenOrLater) {
  Shop lived, restarted;
  live(lived, 5);
  live(restarted, 5);
  ASSERT_TRUE(restarted.bench.restart().ok());
  EXPECT_EQ(answers(lived), answers(restarted));
  EXPECT_EQ(lived.bench.snapshot().value(), restarted.bench.snapshot().value());
  for (Shop* shop : {&lived, &restarted}) {
    shop->view("shopper-1", "p3");
    shop->order("shopper-2", "late", {"p1", "p2"});
    shop->stock("p4", 0);
  }
  EXPECT_EQ(answers(lived), answers(restarted));
}

TEST(Snapshots, BytesThatAreNoSnapshotAreRefused) {
  Shop shop;
  live(shop, 1);
  const std::string whole = shop.bench.snapshot().value();
  std::vector<std::string> bad{"", "garbage", whole.substr(0, whole.size() / 2), whole + "x"};
  for (std::size_t at = 3; at < whole.size(); at += whole.size() / 40 + 1) {
    bad.push_back(whole);
    bad.back()[at] = static_cast<char>(bad.back()[at] ^ 0x40);
  }
  for (const std::string& bytes : bad) {
    souk::testing::Bench bench(plugin_entry());
    ASSERT_TRUE(bench.init(Settings()).ok());
    EXPECT_FALSE(bench.restore(bytes).ok());
  }
}

TEST(SettingsOf, ValuesOutOfRangeAreRefusedByName) {
  Settings settings;
  settings.set_max_shoppers(1);
  souk::testing::Bench bench(plugin_entry());
  const Status status = bench.init(settings);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("max_shoppers"), std::string::npos) << status.message();
  settings.clear_max_shoppers();
  settings.set_unknown_products("perhaps");
  EXPECT_EQ(bench.init(settings).code(), Code::invalid_argument);
}

TEST(SettingsOf, AReloadThatIsWrongChangesNothing) {
  Shop shop;
  shop.visits("v", 3, {"a", "b"});
  Settings settings;
  settings.set_visit_gap(1);
  EXPECT_FALSE(shop.bench.reload(settings).ok());
  EXPECT_EQ(shop.ask("trending").items_size(), 2);
}

TEST(SettingsOf, NewLimitsKeepWhatIsKnown) {
  Shop shop;
  live(shop, 2);
  const auto before = answers(shop);
  Settings settings;
  settings.set_max_shoppers(5000);
  settings.set_max_sessions(5000);
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  EXPECT_EQ(answers(shop), before);
  settings.set_max_shoppers(10);
  ASSERT_TRUE(shop.bench.reload(settings).ok());
  EXPECT_TRUE(shop.bench.reload(Settings()).ok());
}

TEST(SettingsOf, HowLongJustBoughtIs) {
  Settings settings;
  settings.set_just_bought_days(0);
  Shop shop(settings);
  shop.order("ada", "o", {"a"});
  EXPECT_TRUE(shows(shop.ask("trending", "ada"), "a"));
}

TEST(Bounds, WhoWasAwayLongestIsForgottenAndCounted) {
  Settings settings;
  settings.set_max_shoppers(10);
  Shop shop(settings);
  for (int i = 0; i < 30; ++i)
    shop.view("shopper-" + std::to_string(i), "a");
  EXPECT_EQ(shop.ask("recently_viewed", "shopper-19").items_size(), 0);
  EXPECT_EQ(shop.ask("recently_viewed", "shopper-20").items_size(), 1);
  EXPECT_EQ(shop.ask("recently_viewed", "shopper-29").items_size(), 1);
}

TEST(Bounds, ProductsBeyondTheLimitAreDroppedAndCounted) {
  Settings settings;
  settings.set_max_products(100);
  Shop shop(settings);
  for (int i = 0; i < 150; ++i) {
    shop.put("p" + std::to_string(i));
    shop.view("ada", "p" + std::to_string(i));
  }
  const auto bytes = shop.bench.health();
  v1::PluginHealth health;
  ASSERT_TRUE(health.ParseFromString(bytes.value()));
  bool told = false;
  for (const auto& note : health.notes())
    told = told || (note.part() == "memory" && note.level() == v1::HealthNote::DEGRADED);
  EXPECT_TRUE(told);
}

TEST(Bounds, ACartOfAThousandLines) {
  Shop shop;
  shop.orders("o", 12, {"a", "b"});
  shop.orders("n", 12, {"x"});
  auto request = Shop::request("bought_together");
  for (int i = 0; i < 999; ++i)
    request.add_cart("unknown-" + std::to_string(i));
  request.add_cart("a");
  EXPECT_EQ(shop.ask(request).items(0).product_id(), "b");
}

TEST(Health, SaysWhatEachPartHasAndNeeds) {
  Shop shop;
  shop.visits("v", 3, {"a"});
  v1::PluginHealth health;
  ASSERT_TRUE(health.ParseFromString(shop.bench.health().value()));
  ASSERT_GE(health.notes_size(), 4);
  EXPECT_EQ(health.notes(0).part(), "session_neighbours");
  EXPECT_EQ(health.notes(0).level(), v1::HealthNote::LEARNING);
  EXPECT_EQ(health.notes(0).text(), "3 of 1000 visits needed");
}

TEST(Measures, AnswersAreCounted) {
  Shop shop;
  shop.visits("v", 3, {"a"});
  shop.ask("trending");
  shop.ask("recently_viewed", "nobody");
  EXPECT_FALSE(shop.refusal(Shop::request("nonsense")).ok());
  EXPECT_EQ(shop.bench.host().metric_value("answers_trending"), 1);
  EXPECT_EQ(shop.bench.host().metric_value("answers_empty"), 1);
  EXPECT_EQ(shop.bench.host().metric_value("requests_refused"), 1);
  EXPECT_GE(shop.bench.host().metric_value("model_items"), 1);
}

TEST(Replay, HistoryAsksForNothing) {
  Shop shop;
  shop.bench.set_replaying(true);
  live(shop, 1);
  EXPECT_TRUE(shop.bench.host().published().empty());
  EXPECT_EQ(shop.bench.host().misuse().calls_in_replay, 0u);
}

}  // namespace
}  // namespace souk::recommendations::testing
