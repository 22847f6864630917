// Questions from several threads while people come, order, join and are forgotten, and models are
// trained.
#include <atomic>
#include <thread>

#include "plugins/segmentation/tests/segmentation_shop.hpp"

namespace souk::segmentation::testing {
namespace {

TEST(SegmentationConcurrency, AnswersAreWholeWhileEverythingChanges) {
  Settings settings = with_segment("looker", "count(productViewed, 7d) >= 1");
  (*settings.mutable_segments())["loyal"].set_when("orders >= 2 and alive > 0.01");
  Shop shop(settings);
  for (int i = 0; i < 40; ++i)
    shop.view("s" + std::to_string(i), "p1", "Shoes > Boots");
  std::atomic<bool> done{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> askers;
  for (int n = 0; n < 3; ++n) {
    askers.emplace_back([&, n] {
      while (!done) {
        v1::ProfileRequest profile;
        profile.set_id("s" + std::to_string(n));
        const auto known = shop.bench.ask<Service::Profile>(profile);
        ASSERT_TRUE(known.ok()) << known.status().message();
        EXPECT_EQ(known->categories(0).name(), "Shoes > Boots");
        v1::PreviewRequest preview;
        preview.set_when("count(productViewed where category = \"Shoes\", 7d) >= 1");
        const auto size = shop.bench.ask<Service::Preview>(preview);
        ASSERT_TRUE(size.ok());
        EXPECT_GE(size->size(), 40u) << "nobody of the first forty went";
        EXPECT_LE(size->size(), size->of());
        v1::MembersRequest members;
        members.set_segment_id("looker");
        EXPECT_TRUE(shop.bench.ask<Service::Members>(members).ok());
        ++answered;
      }
    });
  }
  for (int round = 0; round < 300 || answered < 30; ++round) {
    const std::string id = "s" + std::to_string(round % 40);
    shop.view(id, "p" + std::to_string(round % 7), "Shoes > Boots");
    shop.order(id, "o" + std::to_string(round), 10 + round % 50);
    const std::string guest = "guest" + std::to_string(round);
    shop.view(guest, "p1", "Hats");
    v1::Aliased alias;
    alias.set_previous_id(guest);
    if (round % 3 == 0) shop.send(alias, {.shopper_id = id});
    v1::CustomerErased erased;
    erased.set_customer_id(guest);
    if (round % 3 == 1) shop.send(erased, {});
    if (round % 100 == 50) shop.train();
  }
  done = true;
  for (auto& asker : askers)
    asker.join();
}

}  // namespace
}  // namespace souk::segmentation::testing
