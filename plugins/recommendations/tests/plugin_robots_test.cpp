// Robots: found by how much and how widely they look, and then without weight.
#include "plugins/recommendations/tests/lean_host.hpp"
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

/// Very many events at little cost.
class LeanShop {
 public:
  /// Folded by the next fold(). Each visitor has one visit.
  void look(const std::string& product, const std::string& shopper) {
    waiting_.emplace_back(of_product<v1::ProductViewed>(product).SerializeAsString(), shopper);
  }
  void fold() {
    std::vector<souk_event> events;
    for (const auto& [payload, shopper] : waiting_)
      events.push_back(host_.event(viewed_, payload, shopper, {}));
    ASSERT_TRUE(host_.fold(events));
    waiting_.clear();
  }
  std::vector<std::string> ask(const char* kind, const char* product, std::uint32_t limit) {
    auto request = Shop::request(kind, "", product);
    request.set_limit(limit);
    v1::RecommendReply reply;
    const std::string_view bytes = host_.ask(request.SerializeAsString());
    EXPECT_TRUE(reply.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return ids(reply);
  }

 private:
  LeanHost host_{SOUK_PLUGIN_LIBRARY};
  std::uint32_t viewed_ = host_.subscription("souk.v1.ProductViewed");
  std::vector<std::pair<std::string, std::string>> waiting_;
};

/// A shop with people in it; a robot may come or not.
class Traffic : public ::testing::Test {
 protected:
  static void people(Shop& shop) {
    for (const char* id : {"lamp", "bulb", "shade", "shoe", "sock"})
      shop.put(id);
    shop.visits("light", 60, {"lamp", "bulb", "shade"});
    shop.visits("run", 40, {"shoe", "sock"});
    shop.orders("o", 10, {"shoe", "sock"});
    shop.orders("p", 20, {"lamp"});
  }
  /// Many events in few calls: what `make` makes for each number.
  template <class Make>
  static void flood(Shop& shop, int events, const Make& make) {
    std::vector<souk::testing::RawEvent> batch;
    for (int i = 0; i < events; ++i) {
      batch.push_back(make(i));
      if (batch.size() < 1000 && i + 1 < events) continue;
      const Status status = shop.bench.fold(batch);
      ASSERT_TRUE(status.ok()) << status.message();
      batch.clear();
    }
  }
  static souk::testing::RawEvent look(const std::string& product, const std::string& shopper) {
    return souk::testing::Bench::event(of_product<v1::ProductViewed>(product),
                                       {.shopper_id = shopper});
  }
  static std::uint64_t robots(Shop& shop) {
    return shop.bench.ask<v1::RecommendationsService::Report>({})->robots();
  }
};

TEST(Robots, AMillionEventsOfOneIdLeaveTrendsAndNeighboursOfOthersAsTheyAre) {
  LeanShop shop;
  for (int visit = 0; visit < 60; ++visit) {
    for (const char* product : {"lamp", "bulb", "shade"})
      shop.look(product, "light" + std::to_string(visit));
  }
  for (int visit = 0; visit < 60; ++visit) {
    shop.look("lamp", "lamp" + std::to_string(visit));
    if (visit % 2 == 0) shop.look("bulb", "bulb" + std::to_string(visit));
  }
  for (int visit = 0; visit < 40; ++visit) {
    for (const char* product : {"shoe", "sock"})
      shop.look(product, "run" + std::to_string(visit));
  }
  shop.fold();
  const auto trending = shop.ask("trending", "", 3);
  EXPECT_EQ(trending.size(), 3u);
  const auto to_lamp = shop.ask("similar", "lamp", 2);
  const auto to_shoe = shop.ask("similar", "shoe", 1);
  // It goes from the lamp to the junk that it wants to push, a million times; a sanitizer, which
  // looks for other faults and takes ten times as long, sees the first of them.
#if defined(SOUK_SANITIZE_address)
  constexpr int kTimes = 100'000;
#else
  constexpr int kTimes = 1'000'000;
#endif
  for (int i = 0; i < kTimes; ++i) {
    shop.look(i % 2 == 0 ? "lamp" : "junk", "robot");
    if (i % 1000 == 999) shop.fold();
  }
  EXPECT_EQ(shop.ask("trending", "", 3), trending);
  EXPECT_EQ(shop.ask("similar", "lamp", 2), to_lamp);
  EXPECT_EQ(shop.ask("similar", "shoe", 1), to_shoe);
}

TEST_F(Traffic, ACrawlerThatNeverLooksTwiceIsFoundByHowMuchItSees) {
  Settings settings;
  settings.set_robot_products(200);
  Shop shop(settings);
  people(shop);
  // One product a minute: slower than many a shopper, and never done.
  for (int i = 0; i < 600; ++i) {
    ASSERT_TRUE(shop.bench.advance(60s).ok());
    shop.view("crawler", "page" + std::to_string(i));
  }
  EXPECT_EQ(robots(shop), 1u);
}

TEST_F(Traffic, PeopleAreNotTakenForRobots) {
  Shop shop;
  people(shop);
  // A keen one: a look every ten seconds for two hours, at forty products again and again.
  for (int i = 0; i < 720; ++i) {
    ASSERT_TRUE(shop.bench.advance(10s).ok());
    shop.view("keen", "k" + std::to_string(i % 40));
  }
  EXPECT_EQ(robots(shop), 0u);
}

TEST_F(Traffic, WhoStopsIsTrustedAgain) {
  Shop shop;
  people(shop);
  flood(shop, 1000, [](int) { return look("lamp", "busy"); });
  EXPECT_EQ(robots(shop), 1u);
  ASSERT_TRUE(shop.bench.advance(24h).ok());
  auto request = Shop::request("trending");
  request.set_explain(true);
  const auto events_counted = [&] {
    const auto reply = shop.ask(request);
    for (const std::string& note : reply.explanation().notes())
      if (note.find("trending: ") == 0) return note;
    return std::string();
  };
  const std::string before = events_counted();
  shop.view("busy", "shade");
  EXPECT_NE(events_counted(), before);
}

TEST_F(Traffic, ARobotsClicksAndOrdersBringNoRevenue) {
  Shop shop;
  people(shop);
  const std::string token = shop.ask("trending").attribution_token();
  flood(shop, 2000, [&](int) {
    return souk::testing::Bench::event(
        of_product<v1::ProductClicked>("lamp"),
        {.shopper_id = "robot", .session_id = {}, .account_id = {}, .attribution_token = token});
  });
  const auto before = shop.bench.ask<v1::RecommendationsService::Report>({})->total();
  EXPECT_LE(before.clicked(), 1);
  shop.order("robot", "mine", {"lamp"});
  EXPECT_EQ(shop.bench.ask<v1::RecommendationsService::Report>({})->total().orders(), 0);
}

TEST_F(Traffic, WhoDeclinesPersonalisationCannotFloodTheShopEither) {
  Shop without, with;
  people(without);
  people(with);
  flood(with, 5'000, [](int) {
    auto event = look("sock", "robot");
    event.envelope.flags = SOUK_EVENT_NO_PERSONALIZATION;
    return event;
  });
  // At most 0.85 · 300 looks before it was found.
  const auto reply = with.ask("trending");
  for (const auto& item : reply.items())
    EXPECT_LT(item.score(), 400) << item.product_id();
  EXPECT_EQ(robots(with), 1u);
}

TEST_F(Traffic, ExplainAndHealthSaySo) {
  Shop shop;
  people(shop);
  flood(shop, 1000, [](int) { return look("lamp", "robot"); });
  auto request = Shop::request("trending");
  request.set_explain(true);
  const auto reply = shop.ask(request);
  const auto& notes = reply.explanation().notes();
  EXPECT_TRUE(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return note.find("robots: 1 found") == 0;
  }));
}

TEST_F(Traffic, TheSameEventsGiveTheSameBytesAndASnapshotGoesOn) {
  Shop one, two;
  const auto play = [](Shop& shop, bool restart) {
    for (int i = 0; i < 400; ++i) {
      ASSERT_TRUE(shop.bench.advance(1s).ok());
      shop.view("robot", "p" + std::to_string(i % 90));
      if (restart && i == 250) ASSERT_TRUE(shop.bench.restart().ok());
    }
  };
  play(one, false);
  play(two, true);
  EXPECT_EQ(one.bench.snapshot().value(), two.bench.snapshot().value());
}

// A wholesaler's buyer works through a list: 500 lines into the cart in four minutes, an order of
// them, and so for a month. The same without an account is no person.
TEST_F(Traffic, AWholesalersOrdersOfFiveHundredLinesAreNoRobots) {
  for (const bool business : {true, false}) {
    Shop shop;
    people(shop);
    for (int line = 0; line < 500; ++line)
      shop.put("part-" + std::to_string(line));
    const std::string account = business ? "northwind" : "";
    for (int week = 0; week < 4; ++week) {
      v1::OrderCompleted order;
      order.set_order_id("weekly-" + std::to_string(week));
      flood(shop, 500, [&](int line) {
        const std::string product = "part-" + std::to_string(line);
        order.add_products()->set_product_id(product);
        if (line % 2 == 0) shop.bench.host().set_now_us(shop.bench.host().now_us() + 1'000'000);
        return souk::testing::Bench::event(of_product<v1::ProductAdded>(product),
                                           {.shopper_id = "buyer", .account_id = account});
      });
      shop.send(order, {.shopper_id = "buyer", .account_id = account});
      ASSERT_TRUE(shop.bench.advance(7 * 24h).ok());
    }
    EXPECT_EQ(robots(shop) == 0, business);
    const auto reply = shop.ask("bought_together", "", "part-0");
    ASSERT_GT(reply.items_size(), 0);
    EXPECT_EQ(reply.items(0).reason() != "Popular in Shop right now" &&
                  reply.items(0).reason() != "Popular right now",
              business)
        << reply.items(0).reason();
  }
}

TEST_F(Traffic, ARobotWithAnAccountIsFoundAllTheSame) {
  Shop shop;
  people(shop);
  flood(shop, 20'000, [&](int i) {
    return souk::testing::Bench::event(
        of_product<v1::ProductViewed>("p" + std::to_string(i % 5'000)),
        {.shopper_id = "robot", .account_id = "northwind"});
  });
  EXPECT_EQ(robots(shop), 1u);
}

}  // namespace
}  // namespace souk::recommendations::testing
