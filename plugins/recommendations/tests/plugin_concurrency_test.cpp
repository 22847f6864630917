// Answers on many threads while events are folded. Under ThreadSanitizer this proves that readers
// and the writer share nothing but what is meant to be shared.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "plugins/recommendations/tests/lean_host.hpp"
#include "souk/recommendations/v1/settings.pb.h"
#include "souk/v1/commerce.pb.h"
#include "souk/v1/entity_events.pb.h"
#include "souk/v1/orders.pb.h"
#include "souk/v1/recommendations.pb.h"

namespace souk::recommendations::testing {
namespace {

constexpr int kShoppers = 40;
constexpr int kProducts = 60;
constexpr int kRounds = 60;

std::string product(int i) { return "p" + std::to_string(i % kProducts); }
std::string shopper(int i) { return "shopper-" + std::to_string(i % kShoppers); }

/// Everything that the plugin reads, from one thread.
class Life {
 public:
  explicit Life(LeanHost& host) : host_(host) {}

  void round(int round) {
    for (int i = 0; i < kShoppers; ++i) {
      const int n = round * 31 + i * 7;
      send<souk::v1::ProductViewed>(n, "souk.v1.ProductViewed", i);
      send<souk::v1::ProductAdded>(n + 1, "souk.v1.ProductAdded", i);
      if (n % 3 == 0) send<souk::v1::ProductRemoved>(n + 1, "souk.v1.ProductRemoved", i);
      if (n % 5 == 0) order(n, i);
      if (n % 4 == 0) upsert(n);
      if (n % 6 == 0) stock(n);
      if (n % 97 == 0) erase(i);
    }
  }

 private:
  void fold(const std::string& type, const std::string& payload, int who) {
    const std::string id = shopper(who);
    ASSERT_TRUE(host_.fold({host_.event(host_.subscription(type), payload, id, {})}));
  }
  template <class Event>
  void send(int n, const std::string& type, int who) {
    Event event;
    event.set_product_id(product(n));
    fold(type, event.SerializeAsString(), who);
  }
  void order(int n, int who) {
    souk::v1::OrderCompleted event;
    event.set_order_id("o" + std::to_string(n));
    event.add_products()->set_product_id(product(n));
    event.add_products()->set_product_id(product(n + 3));
    fold("souk.v1.OrderCompleted", event.SerializeAsString(), who);
  }
  void upsert(int n) {
    souk::v1::ProductUpserted event;
    auto& it = *event.mutable_product();
    it.set_id(product(n));
    it.set_title("Edition " + std::to_string(n) + " of " + product(n));
    it.add_categories()->set_value(n % 8 == 0 ? "Even > Some" : "Odd");
    it.set_hidden(n % 20 == 0);
    it.mutable_price_range()->mutable_min()->set_amount(100 + n % 7 * 20);
    (*it.mutable_attributes())["colour"] = n % 3 == 0 ? "red" : "blue";
    fold("souk.v1.ProductUpserted", event.SerializeAsString(), 0);
  }
  void stock(int n) {
    souk::v1::InventorySet event;
    event.set_product_id(product(n));
    event.set_available(n % 4);
    fold("souk.v1.InventorySet", event.SerializeAsString(), 0);
  }
  void erase(int who) {
    souk::v1::CustomerErased event;
    event.set_customer_id(shopper(who));
    fold("souk.v1.CustomerErased", event.SerializeAsString(), who);
  }

  LeanHost& host_;
};

void ask_until(LeanHost& host, const std::atomic<bool>& done, int number,
               std::atomic<std::uint64_t>& answered) {
  static constexpr std::array<const char*, 13> kKinds{"for_you",
                                                      "similar",
                                                      "bought_together",
                                                      "trending",
                                                      "recently_viewed",
                                                      "upsell",
                                                      "cross_sell",
                                                      "bundle",
                                                      "discover",
                                                      "complete_the_look",
                                                      "buy_again",
                                                      "new_arrivals",
                                                      "size"};
  souk::v1::RecommendRequest request;
  souk::v1::RecommendReply reply;
  request.set_explain(true);
  for (int i = number; !done.load(); ++i) {
    request.set_kind(kKinds[static_cast<std::size_t>(i) % kKinds.size()]);
    request.set_shopper_id(shopper(i));
    request.set_product_id(product(i * 3));
    const std::string_view bytes = host.ask(request.SerializeAsString());
    ASSERT_TRUE(reply.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    ASSERT_NE(reply.attribution_token(), "");
    for (const auto& item : reply.items()) {
      ASSERT_EQ(item.product_id().front(), 'p');
      ASSERT_NE(item.reason(), "");
    }
    answered.fetch_add(1);
  }
}

TEST(Concurrency, AnswersWhileEventsAreFolded) {
  souk::recommendations::v1::Settings settings;
  settings.set_max_shoppers(25);  // fewer than there are: profiles come and go all the time
  settings.set_max_sessions(200);
  LeanHost host(SOUK_PLUGIN_LIBRARY, settings.SerializeAsString());
  ASSERT_TRUE(host.ready());
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> answered{0};
  std::vector<std::thread> readers;
  for (int number = 0; number < 3; ++number)
    readers.emplace_back([&, number] { ask_until(host, done, number, answered); });
  Life life(host);
  for (int round = 0; round < kRounds; ++round)
    life.round(round);
  const std::uint64_t meanwhile = answered.load();
  while (answered.load() < meanwhile + 20)
    std::this_thread::yield();
  done = true;
  for (std::thread& reader : readers)
    reader.join();
}

TEST(Concurrency, AClickIsInTheNextAnswerOfAnyThread) {
  LeanHost host(SOUK_PLUGIN_LIBRARY);
  ASSERT_TRUE(host.ready());
  const std::uint32_t viewed = host.subscription("souk.v1.ProductViewed");
  souk::v1::ProductViewed event;
  souk::v1::RecommendRequest request;
  request.set_kind("recently_viewed");
  request.set_shopper_id("ada");
  const std::string question = request.SerializeAsString();
  for (int i = 0; i < 100; ++i) {
    event.set_product_id("p" + std::to_string(i));
    ASSERT_TRUE(host.fold({host.event(viewed, event.SerializeAsString(), "ada", {})}));
    std::thread other([&] {
      souk::v1::RecommendReply reply;
      const std::string_view bytes = host.ask(question);
      ASSERT_TRUE(reply.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
      ASSERT_GE(reply.items_size(), 1);
      EXPECT_EQ(reply.items(0).product_id(), event.product_id());
    });
    other.join();
  }
}

}  // namespace
}  // namespace souk::recommendations::testing
