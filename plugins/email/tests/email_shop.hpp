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

#include "souk/email/v1/settings.souk.hpp"
#include "souk/email/v1/state.souk.hpp"
#include "souk/v1/email.souk.hpp"
#include "souk/v1/event.souk.hpp"

namespace souk::email::testing {

namespace v1 = souk::v1;
using Settings = souk::email::v1::Settings;
using Envelope = souk::testing::Envelope;
using Service = souk::v1::EmailService;
inline constexpr std::int64_t kHourUs = 3'600'000'000;

inline const souk_entry& plugin_entry() {
  static const souk::testing::Library library(SOUK_PLUGIN_LIBRARY);
  return library.entry();
}

/// A shop that can send, without quiet hours, with one flow as it comes.
inline Settings settings_with(const std::string& flow) {
  Settings settings;
  settings.mutable_smtp()->set_url("smtp://127.0.0.1:1");
  settings.set_from("Demo shop <shop@demo.example>");
  settings.set_public_url("https://shop.example");
  settings.mutable_quiet_hours()->set_off(true);
  settings.set_secret("a secret of the tests");
  if (!flow.empty()) (*settings.mutable_flows())[flow];
  return settings;
}

/// What a test does with a shop, in few words.
class Shop {
 public:
  static constexpr std::int64_t kStart = 1'800'000'000'000'000;  // Friday, 2027-01-15, 08:00 UTC

  explicit Shop(const Settings& settings, std::int64_t start = kStart) : bench(plugin_entry()) {
    bench.host().set_now_us(start);
    const Status status = bench.begin_life(settings);
    EXPECT_TRUE(status.ok()) << status.message();
  }

  template <class Event>
  void send(const Event& event, Envelope envelope) {
    const Status status = bench.send(event, std::move(envelope));
    EXPECT_TRUE(status.ok()) << status.message();
  }
  void product(const std::string& id, std::int64_t price) {
    v1::ProductUpserted event;
    event.mutable_product()->set_id(id);
    event.mutable_product()->set_title("Product " + id);
    event.mutable_product()->set_url("https://shop.example/p/" + id);
    event.mutable_product()->mutable_price_range()->mutable_min()->set_amount(price);
    send(event, {});
  }
  void stock(const std::string& id, double available) {
    v1::InventorySet event;
    event.set_id(id);
    event.set_available(available);
    send(event, {});
  }
  void customer(const std::string& id, bool consent = true,
                const std::string& zone = "Europe/Vienna") {
    v1::CustomerUpserted event;
    event.mutable_customer()->set_id(id);
    event.mutable_customer()->set_email(id + "@example.org");
    event.mutable_customer()->set_name("Ada " + id);
    event.mutable_customer()->set_time_zone(zone);
    if (consent) {
      auto* word = event.mutable_customer()->add_consents();
      word->set_channel(v1::ChannelConsent::EMAIL);
      word->set_status(v1::ChannelConsent::GRANTED);
    }
    send(event, {.shopper_id = id});
  }
  void view(const std::string& shopper, const std::string& product) {
    v1::ProductViewed event;
    event.set_product_id(product);
    send(event, {.shopper_id = shopper});
  }
  void add(const std::string& shopper, const std::string& product) {
    v1::ProductAdded event;
    event.set_product_id(product);
    send(event, {.shopper_id = shopper});
  }
  void order(const std::string& shopper, const std::string& product) {
    v1::OrderCompleted event;
    event.set_order_id("o-" + shopper + product);
    event.add_products()->set_product_id(product);
    event.set_total(20);
    send(event, {.shopper_id = shopper});
  }
  void pass(std::chrono::seconds time) {
    const Status status = bench.advance(time);
    EXPECT_TRUE(status.ok()) << status.message();
  }

  /// What was decided to be sent.
  std::vector<souk::email::v1::Outgoing> decided() {
    std::vector<souk::email::v1::Outgoing> all;
    for (const auto& effect : bench.host().effects_enqueued())
      all.emplace_back().ParseFromString(effect.payload);
    return all;
  }
  std::vector<std::string> suppressed() {
    std::vector<std::string> reasons;
    for (const auto& event : bench.published<v1::MessageSuppressed>())
      reasons.push_back(event.reason());
    return reasons;
  }
  v1::FlowRecord flow(const std::string& id) {
    const auto answer = bench.ask<Service::ListFlows>({});
    EXPECT_TRUE(answer.ok());
    for (const v1::FlowRecord& one : answer->flows()) {
      if (one.id() == id) return one;
    }
    return {};
  }

  souk::testing::Bench bench;
};

}  // namespace souk::email::testing
