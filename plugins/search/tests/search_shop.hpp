// A small shop on the SDK's fake host, for the tests of the plugin.
#pragma once

#include <gtest/gtest.h>
#include <souk/testing.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "souk/search/v1/settings.souk.hpp"
#include "souk/v1/event.souk.hpp"
#include "souk/v1/search.souk.hpp"

namespace souk::search::testing {

namespace v1 = souk::v1;
using Settings = souk::search::v1::Settings;
using Envelope = souk::testing::Envelope;

/// The plugin's library, loaded once.
inline const souk_entry& plugin_entry() {
  static const souk::testing::Library library(SOUK_PLUGIN_LIBRARY);
  return library.entry();
}

/// What a test does with a shop, in few words. Everything must succeed; what must not is asked
/// through `refusal`.
class SearchShop {
 public:
  static constexpr std::int64_t kStart = 1'800'000'000'000'000;  // 2027-01-15

  explicit SearchShop(const Settings& settings = {}) : bench(plugin_entry()) {
    bench.host().set_now_us(kStart);
    const Status status = bench.begin_life(settings);
    EXPECT_TRUE(status.ok()) << status.message();
  }

  template <class Event>
  void send(const Event& event, Envelope envelope = {}) {
    const Status status = bench.send(event, std::move(envelope));
    EXPECT_TRUE(status.ok()) << status.message();
  }

  static v1::Product product(std::string_view id, std::string_view title,
                             std::string_view category = "Shop", double price = 10,
                             std::string_view brand = {}) {
    v1::Product made;
    made.set_id(std::string(id));
    made.set_title(std::string(title));
    made.set_brand(std::string(brand));
    made.add_categories()->set_value(std::string(category));
    made.mutable_price_range()->mutable_min()->set_amount(
        static_cast<std::int64_t>(price * 100 + 0.5));
    return made;
  }
  void put(const v1::Product& product) {
    v1::ProductUpserted event;
    *event.mutable_product() = product;
    send(event);
  }
  void put(std::string_view id, std::string_view title, std::string_view category = "Shop",
           double price = 10, std::string_view brand = {}) {
    put(product(id, title, category, price, brand));
  }
  void remove(std::string_view id) {
    v1::ProductDeleted event;
    event.set_product_id(std::string(id));
    send(event);
  }
  void stock(std::string_view product, double available) {
    v1::InventorySet event;
    event.set_product_id(std::string(product));
    event.set_available(available);
    send(event);
  }
  void search_of(std::string_view shopper, std::string_view query, std::string_view query_id,
                 const std::vector<std::string>& shown = {}, int results = 10) {
    v1::ProductsSearched event;
    event.set_query(std::string(query));
    event.set_query_id(std::string(query_id));
    event.set_results(static_cast<std::uint32_t>(results));
    for (const std::string& id : shown)
      event.add_products()->set_product_id(id);
    send(event, {.shopper_id = std::string(shopper)});
  }
  void click(std::string_view shopper, std::string_view product, std::string_view query_id,
             int position = 1) {
    v1::ProductClicked event;
    event.set_product_id(std::string(product));
    event.set_query_id(std::string(query_id));
    event.set_position(position);
    send(event, {.shopper_id = std::string(shopper)});
  }

  static v1::SearchRequest request(std::string_view q, std::string_view filters = {}) {
    v1::SearchRequest made;
    made.set_q(std::string(q));
    made.set_filters(std::string(filters));
    return made;
  }
  v1::SearchReply ask(const v1::SearchRequest& request, std::string_view account = {}) {
    auto answer = bench.ask<v1::SearchService::Find>(request, account);
    EXPECT_TRUE(answer.ok()) << answer.status().message();
    return answer.ok() ? answer.value() : v1::SearchReply();
  }
  v1::SearchReply ask(std::string_view q, std::string_view filters = {}) {
    return ask(request(q, filters));
  }
  Status refusal(const v1::SearchRequest& request) {
    return bench.ask<v1::SearchService::Find>(request).status();
  }

  souk::testing::Bench bench;
};

inline std::vector<std::string> ids(const v1::SearchReply& reply) {
  std::vector<std::string> found;
  for (const auto& hit : reply.hits())
    found.push_back(hit.product_id());
  return found;
}

inline bool shows(const v1::SearchReply& reply, std::string_view product) {
  const auto all = ids(reply);
  return std::find(all.begin(), all.end(), product) != all.end();
}

/// The count of a facet's value; 0 when it is not there.
inline std::uint64_t count_of(const v1::SearchReply& reply, std::string_view attribute,
                              std::string_view value) {
  for (const auto& facet : reply.facets()) {
    if (facet.attribute() != attribute) continue;
    for (const auto& entry : facet.values()) {
      if (entry.value() == value) return entry.count();
    }
  }
  return 0;
}

}  // namespace souk::search::testing
