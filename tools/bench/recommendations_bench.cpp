// The recommendations plugin through its function table, as the daemon calls it: bytes in, bytes
// out, parsing and serialising included. A made-up shop: products in groups that are visited
// together, popular ones more often.
//
//   recommendations_bench [--benchmark_filter=…]
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "plugins/recommendations/tests/lean_host.hpp"
#include "souk/v1/commerce.pb.h"
#include "souk/v1/entity_events.pb.h"
#include "souk/v1/orders.pb.h"
#include "souk/v1/product.pb.h"
#include "souk/v1/recommendations.pb.h"

namespace {

using souk::recommendations::testing::LeanHost;

constexpr int kProducts = 100'000;
constexpr int kEvents = 1'000'000;
constexpr int kGroup = 20;
constexpr int kGroups = kProducts / kGroup;
constexpr int kPartner = 1300;  // groups from a group to the one that goes with it
constexpr int kShoppers = 100'000;
constexpr int kVisitLength = 5;

std::string product(int i) { return "product-" + std::to_string(i); }
std::string shopper(int i) { return "shopper-" + std::to_string(i); }

/// Events of a shop, made before anything is measured.
class Shop {
 public:
  explicit Shop(LeanHost& host)
      : viewed_(host.subscription("souk.v1.ProductViewed")),
        ordered_(host.subscription("souk.v1.OrderCompleted")),
        upserted_(host.subscription("souk.v1.ProductUpserted")) {}

  void make_catalog() {
    souk::v1::ProductUpserted event;
    for (int i = 0; i < kProducts; ++i) {
      auto& it = *event.mutable_product();
      it.Clear();
      it.set_id(product(i));
      describe(i, it);
      add(upserted_, event.SerializeAsString(), {}, {});
    }
  }
  /// Words, brand, attributes and a price; products of a shelf share most of them.
  static void describe(int i, souk::v1::Product& it) {
    static constexpr const char* kColours[] = {"black", "white", "red", "blue", "green", "brown"};
    static constexpr const char* kMaterials[] = {"wool", "cotton", "steel", "oak", "glass"};
    const int shelf = i / 500;
    const auto colour = static_cast<std::size_t>(i * 7 % 6);
    const auto material = static_cast<std::size_t>(i * 11 % 5);
    const std::string brand = "Brand" + std::to_string((shelf * 13 + i % 17) % 400);
    it.set_title(brand + " " + kMaterials[material] + " thing" + std::to_string(shelf * 4 + i % 4) +
                 " series " + std::to_string(i % 90) + " model " + std::to_string(i));
    it.mutable_description()->set_plain("A " + std::string(kColours[colour]) + " thing of " +
                                        kMaterials[material] + " for every day, by " + brand + ".");
    it.add_categories()->set_value("Department " + std::to_string(i / 5000) + " > Shelf " +
                                   std::to_string(shelf));
    it.set_brand(brand);
    (*it.mutable_attributes())["colour"] = kColours[colour];
    (*it.mutable_attributes())["material"] = kMaterials[material];
    (*it.mutable_attributes())["series"] = std::to_string(i % 90);
    it.mutable_price_range()->mutable_min()->set_amount(1000 + i * 37 % 9000);
    it.mutable_published_at()->set_seconds(1'799'990'000 - (kProducts - i) * 60);
  }
  /// Views in visits of five, one order in fifty views, like a shop's.
  void make_visits(int events) {
    souk::v1::ProductViewed view;
    souk::v1::OrderCompleted order;
    for (int made = 0, visit = 0; made < events; ++visit) {
      const std::string who = shopper(static_cast<int>(random_() % kShoppers));
      const std::string session = "visit-" + std::to_string(visit);
      const int group = a_group();
      for (int i = 0; i < kVisitLength && made < events; ++i, ++made) {
        view.set_product_id(product(in_group(group)));
        add(viewed_, view.SerializeAsString(), who, session);
      }
      if (visit % 10 == 0 && made < events) {
        order.Clear();
        order.set_order_id("order-" + std::to_string(visit));
        order.add_products()->set_product_id(product(in_group(group)));
        order.add_products()->set_product_id(product(in_group(group)));
        // And what goes with it, of another department.
        order.add_products()->set_product_id(product(in_group((group + kPartner) % kGroups)));
        add(ordered_, order.SerializeAsString(), who, session);
        ++made;
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return events_.size(); }
  /// Folds all in batches of 500; false when one was refused.
  bool fold(LeanHost& host) {
    constexpr std::size_t kBatch = 500;
    std::vector<souk_event> batch;
    for (std::size_t at = 0; at < events_.size(); at += kBatch) {
      batch.clear();
      for (std::size_t i = at; i < std::min(at + kBatch, events_.size()); ++i) {
        const Made& made = events_[i];
        batch.push_back(host.event(made.subscription, made.payload, made.shopper, made.session));
      }
      if (!host.fold(batch)) return false;
    }
    return true;
  }

  int a_group() {
    // Popularity falls as 1/rank, roughly.
    const double u = static_cast<double>(random_()) / static_cast<double>(random_.max());
    const double groups = kProducts / kGroup;
    return static_cast<int>(std::pow(groups, u)) - 1;
  }
  int in_group(int group) {
    const int place = static_cast<int>(std::min(random_() % kGroup, random_() % kGroup));
    return group * kGroup + place;
  }

 private:
  struct Made {
    std::uint32_t subscription;
    std::string payload, shopper, session;
  };
  void add(std::uint32_t subscription, std::string payload, std::string who, std::string session) {
    events_.push_back({subscription, std::move(payload), std::move(who), std::move(session)});
  }

  std::uint32_t viewed_, ordered_, upserted_;
  std::mt19937 random_{7};
  std::vector<Made> events_;
};

/// One shop with 100,000 products and a million events, for all that only ask.
LeanHost& full_shop() {
  static const auto host = [] {
    auto made = std::make_unique<LeanHost>(SOUK_PLUGIN_LIBRARY);
    Shop shop(*made);
    shop.make_catalog();
    shop.make_visits(kEvents);
    if (!made->ready() || !shop.fold(*made)) std::abort();
    return made;
  }();
  return *host;
}

void ask(benchmark::State& state, const char* kind, bool known_shopper, int session_items) {
  LeanHost& host = full_shop();
  Shop shop(host);
  std::vector<std::string> requests;
  for (int i = 0; i < 4096; ++i) {
    souk::v1::RecommendRequest request;
    request.set_kind(kind);
    request.set_limit(10);
    const int group = shop.a_group();
    if (known_shopper) request.set_shopper_id(shopper(i * 17 % kShoppers));
    if (!known_shopper && session_items == 0) request.set_product_id(product(shop.in_group(group)));
    for (int item = 0; item < session_items; ++item)
      request.add_session_items(product(shop.in_group(group)));
    requests.push_back(request.SerializeAsString());
  }
  std::size_t next = 0;
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    const std::string_view reply = host.ask(requests[next++ & 4095]);
    if (reply.empty()) state.SkipWithError("no answer");
    bytes += reply.size();
  }
  state.counters["reply_bytes"] =
      static_cast<double>(bytes) / static_cast<double>(state.iterations());
}

void for_you_one_click(benchmark::State& s) { ask(s, "for_you", false, 1); }
void for_you_three_clicks(benchmark::State& s) { ask(s, "for_you", false, 3); }
void for_you_known_shopper(benchmark::State& s) { ask(s, "for_you", true, 0); }
void similar(benchmark::State& s) { ask(s, "similar", false, 0); }
void bought_together(benchmark::State& s) { ask(s, "bought_together", false, 0); }
void trending(benchmark::State& s) { ask(s, "trending", false, 0); }
void recently_viewed(benchmark::State& s) { ask(s, "recently_viewed", true, 0); }
BENCHMARK(for_you_one_click);
BENCHMARK(for_you_three_clicks);
BENCHMARK(for_you_known_shopper);
BENCHMARK(similar);
BENCHMARK(bought_together);
BENCHMARK(trending);
BENCHMARK(recently_viewed);
void upsell(benchmark::State& s) { ask(s, "upsell", false, 0); }
void cross_sell(benchmark::State& s) { ask(s, "cross_sell", false, 0); }
void bundle(benchmark::State& s) { ask(s, "bundle", false, 0); }
void complete_the_look(benchmark::State& s) { ask(s, "complete_the_look", false, 0); }
void new_arrivals(benchmark::State& s) { ask(s, "new_arrivals", true, 0); }
void discover(benchmark::State& s) { ask(s, "discover", true, 0); }
BENCHMARK(upsell);
BENCHMARK(cross_sell);
BENCHMARK(bundle);
BENCHMARK(complete_the_look);
BENCHMARK(new_arrivals);
BENCHMARK(discover);

/// A catalog of 100,000 products into an empty shop.
void fold_catalog(benchmark::State& state) {
  std::uint64_t products = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto host = std::make_unique<LeanHost>(SOUK_PLUGIN_LIBRARY);
    Shop shop(*host);
    shop.make_catalog();
    state.ResumeTiming();
    if (!shop.fold(*host)) return state.SkipWithError("a product was refused");
    state.PauseTiming();
    products += shop.size();
    host.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(products));
}
BENCHMARK(fold_catalog)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Views and orders into a shop that has its catalog, as a replay delivers them.
void fold_million(benchmark::State& state) {
  std::uint64_t events = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto host = std::make_unique<LeanHost>(SOUK_PLUGIN_LIBRARY);
    {
      Shop catalog(*host);
      catalog.make_catalog();
      if (!catalog.fold(*host)) return state.SkipWithError("the catalog was refused");
    }
    Shop shop(*host);
    shop.make_visits(kEvents);
    state.ResumeTiming();
    if (!shop.fold(*host)) return state.SkipWithError("an event was refused");
    state.PauseTiming();
    events += shop.size();
    host.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}
BENCHMARK(fold_million)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
