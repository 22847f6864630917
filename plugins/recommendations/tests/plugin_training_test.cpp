// Training through the plugin: when it begins, what it serves, what settings and people change.
#include "plugins/recommendations/tests/shop.hpp"

#include "souk/v1/admin.pb.h"

namespace souk::recommendations::testing {
namespace {

Settings often() {
  Settings settings;
  settings.set_train_min_new_interactions(50);
  settings.set_train_interval(60'000);
  settings.set_train_threads(2);
  return settings;
}

/// People of three tastes, each with a third of the products.
void live_with_training(Shop& shop, int people, int first = 0) {
  for (int i = first; i < first + people; ++i) {
    for (int j = 0; j < 6; ++j) {
      shop.view("who-" + std::to_string(i),
                "p" + std::to_string(i % 3) + "-" + std::to_string((i / 3 + j * j) % 12));
    }
  }
}

v1::RecommendRequest with_history(const std::vector<std::string>& items) {
  auto request = Shop::request("for_you");
  for (const std::string& item : items)
    request.add_history_items(item);
  request.set_explain(true);
  return request;
}

std::string health_of(Shop& shop, std::string_view part) {
  v1::PluginHealth health;
  EXPECT_TRUE(health.ParseFromString(shop.bench.health().value()));
  for (const auto& note : health.notes()) {
    if (note.part() == part) return note.text();
  }
  return "(no such part)";
}

TEST(Training, RefusesSettingsOutOfRange) {
  souk::testing::Bench bench(plugin_entry());
  Settings settings;
  settings.set_train_memory(1);
  const Status status = bench.begin_life(settings);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("train_memory is 1, allowed is 64"), std::string::npos);
}

TEST(Training, WaitsForEnoughAndThenServes) {
  Shop shop(often());
  live_with_training(shop, 5);
  EXPECT_EQ(shop.bench.host().jobs_waiting(), 0u);
  EXPECT_NE(health_of(shop, "item_model").find("not trained yet"), std::string::npos);
  live_with_training(shop, 60, 5);
  ASSERT_EQ(shop.bench.host().jobs_waiting(), 1u) << "once, not for every batch";
  EXPECT_EQ(shop.bench.host().run_jobs(), 1u);
  EXPECT_NE(health_of(shop, "item_model").find("item_linear of 36 products"), std::string::npos)
      << health_of(shop, "item_model");

  const auto reply = shop.ask(with_history({"p1-0", "p1-1", "never-heard-of"}));
  ASSERT_GE(reply.items_size(), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(reply.items(i).product_id().substr(0, 2), "p1");
    EXPECT_NE(reply.items(i).product_id(), "p1-0");
    ASSERT_GE(reply.items(i).parts_size(), 1);
    EXPECT_EQ(reply.items(i).parts(0).source(), "item_model");
  }
  // What is unknown falls back.
  EXPECT_GT(shop.ask(with_history({"never-heard-of"})).items_size(), 0);
}

TEST(Training, KeepsToItsInterval) {
  Shop shop(often());
  live_with_training(shop, 30);
  EXPECT_EQ(shop.bench.host().run_jobs(), 1u);
  live_with_training(shop, 30, 30);
  EXPECT_EQ(shop.bench.host().jobs_waiting(), 0u);
  ASSERT_TRUE(shop.bench.advance(2min).ok());
  live_with_training(shop, 1, 60);
  EXPECT_EQ(shop.bench.host().run_jobs(), 1u);
}

TEST(Training, IsOffWithoutABudget) {
  Settings settings = often();
  settings.set_train_budget(0);
  Shop shop(settings);
  live_with_training(shop, 60);
  EXPECT_EQ(shop.bench.host().jobs_waiting(), 0u);
}

TEST(Training, BeginsAgainAfterARestartAndLeavesSnapshotsAlone) {
  Shop trained(often()), untrained(often());
  live_with_training(trained, 60);
  live_with_training(untrained, 60);
  EXPECT_EQ(trained.bench.host().run_jobs(), 1u);
  EXPECT_EQ(trained.bench.snapshot().value(), untrained.bench.snapshot().value());
  ASSERT_TRUE(trained.bench.restart().ok());
  EXPECT_EQ(trained.bench.host().run_jobs(), 1u);
  EXPECT_EQ(trained.ask(with_history({"p2-0"})).items(0).product_id().substr(0, 2), "p2");
}

TEST(Training, SurvivesOtherLimits) {
  Shop shop(often());
  live_with_training(shop, 60);
  EXPECT_EQ(shop.bench.host().run_jobs(), 1u);
  Settings more = often();
  more.set_max_interactions(5'000);
  ASSERT_TRUE(shop.bench.reload(more).ok());
  const auto reply = shop.ask(with_history({"p0-0"}));
  ASSERT_GE(reply.items_size(), 1);
  EXPECT_EQ(reply.items(0).parts(0).source(), "item_model");
}

}  // namespace
}  // namespace souk::recommendations::testing
