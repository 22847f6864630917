// A small shop on the SDK's fake host, for the tests of the plugin.
#pragma once

#include <gtest/gtest.h>
#include <souk/testing.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "souk/recommendations/v1/settings.souk.hpp"
#include "souk/v1/event.souk.hpp"
#include "souk/v1/recommendations.souk.hpp"

namespace souk::recommendations::testing {

namespace v1 = souk::v1;
using Settings = souk::recommendations::v1::Settings;
using Envelope = souk::testing::Envelope;
using namespace std::chrono_literals;

/// The plugin's library, loaded once.
inline const souk_entry& plugin_entry() {
  static const souk::testing::Library library(SOUK_PLUGIN_LIBRARY);
  return library.entry();
}

/// An event with one product id.
template <class Event>
Event of_product(std::string_view id) {
  Event event;
  event.set_product_id(std::string(id));
  return event;
}

/// What a test does with a shop, in few words. Everything must succeed; what must not is asked
/// through `bench`.
class Shop {
 public:
  static constexpr std::int64_t kStart = 1'800'000'000'000'000;  // 2027-01-15

  explicit Shop(const Settings& settings = {}) : bench(plugin_entry()) {
    bench.host().set_now_us(kStart);
    const Status status = bench.begin_life(settings);
    EXPECT_TRUE(status.ok()) << status.message();
  }

  template <class Event>
  void send(const Event& event, Envelope envelope = {}) {
    const Status status = bench.send(event, std::move(envelope));
    EXPECT_TRUE(status.ok()) << status.message();
  }

  void view(std::string_view shopper, std::string_view product) {
    send(of_product<v1::ProductViewed>(product), {.shopper_id = std::string(shopper)});
  }
  void view_in(std::string_view session, std::string_view product) {
    send(of_product<v1::ProductViewed>(product), {.session_id = std::string(session)});
  }
  void add(std::string_view shopper, std::string_view product, double quantity = 1) {
    auto event = of_product<v1::ProductAdded>(product);
    event.set_quantity(quantity);
    send(event, {.shopper_id = std::string(shopper)});
  }
  void order(std::string_view shopper, std::string_view id, std::vector<std::string> products) {
    v1::OrderCompleted event;
    event.set_order_id(std::string(id));
    for (const std::string& product : products)
      event.add_products()->set_product_id(product);
    send(event, {.shopper_id = std::string(shopper)});
  }
  /// Visits of strangers to the same products, one after the other.
  void visits(std::string_view name, int count, const std::vector<std::string>& products) {
    for (int i = 0; i < count; ++i) {
      for (const std::string& product : products)
        view_in(std::string(name) + std::to_string(i), product);
    }
  }
  void orders(std::string_view name, int count, const std::vector<std::string>& products) {
    for (int i = 0; i < count; ++i) {
      const std::string id = std::string(name) + std::to_string(i);
      order("buyer-" + id, id, products);
    }
  }

  static v1::Product product(std::string_view id, std::string_view category = "Shop") {
    v1::Product made;
    made.set_id(std::string(id));
    made.set_title("The " + std::string(id));
    made.add_categories()->set_value(std::string(category));
    return made;
  }
  void put(const v1::Product& product) {
    v1::ProductUpserted event;
    *event.mutable_product() = product;
    send(event);
  }
  void put(std::string_view id, std::string_view category = "Shop") { put(product(id, category)); }
  void stock(std::string_view product, double available, std::string_view variant = {},
             std::string_view location = {}) {
    v1::InventorySet event;
    event.set_product_id(std::string(product));
    event.set_variant_id(std::string(variant));
    event.set_location_id(std::string(location));
    event.set_available(available);
    send(event);
  }

  static v1::RecommendRequest request(std::string_view kind, std::string_view shopper = {},
                                      std::string_view product = {}) {
    v1::RecommendRequest made;
    made.set_kind(std::string(kind));
    made.set_shopper_id(std::string(shopper));
    made.set_product_id(std::string(product));
    return made;
  }
  v1::RecommendReply ask(const v1::RecommendRequest& request, std::string_view account = {}) {
    auto answer = bench.ask<v1::RecommendationsService::Recommend>(request, account);
    EXPECT_TRUE(answer.ok()) << answer.status().message();
    return answer.ok() ? answer.value() : v1::RecommendReply();
  }
  v1::RecommendReply ask(std::string_view kind, std::string_view shopper = {},
                         std::string_view product = {}) {
    return ask(request(kind, shopper, product));
  }
  Status refusal(const v1::RecommendRequest& request) {
    return bench.ask<v1::RecommendationsService::Recommend>(request).status();
  }

  souk::testing::Bench bench;
};

inline std::vector<std::string> ids(const v1::RecommendReply& reply) {
  std::vector<std::string> found;
  for (const auto& item : reply.items())
    found.push_back(item.product_id());
  return found;
}

inline bool shows(const v1::RecommendReply& reply, std::string_view product) {
  const auto all = ids(reply);
  return std::find(all.begin(), all.end(), product) != all.end();
}

inline std::string reason_of(const v1::RecommendReply& reply, std::string_view product) {
  for (const auto& item : reply.items()) {
    if (item.product_id() == product) return item.reason();
  }
  return "(not shown)";
}

/// How many were left out for `reason`; the request must have asked to explain.
inline std::uint32_t left_out(const v1::RecommendReply& reply, const std::string& reason) {
  const auto& counts = reply.explanation().left_out();
  const auto found = counts.find(reason);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace souk::recommendations::testing
