// A simulated shop whose truth is known: what really goes with what. The events are the simulator's
// JSON, as a storefront would send them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/recommendations/tests/lean_host.hpp"
#include "souk/v1/event.pb.h"
#include "souk/v1/recommendations.pb.h"
#include "tests/support/read_event.hpp"
#include "tools/simulate/shop.hpp"
#include "tools/simulate/simulation.hpp"

namespace souk::recommendations::testing {

using souk::v1::RecommendReply;
using souk::v1::RecommendRequest;

using souk::testing::read_event;

/// Hands the plugin the event at its own time.
inline void fold_event(LeanHost& host, const souk::v1::Event& event) {
  const auto* oneof = event.GetDescriptor()->FindOneofByName("payload");
  const auto* field = event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
  if (field == nullptr) return;
  const auto number = host.find_subscription(field->message_type()->full_name());
  if (!number) return;  // the plugin does not read these, so the kernel does not deliver them
  const std::string payload = event.GetReflection()->GetMessage(event, field).SerializeAsString();
  const std::string envelope = event.SerializeAsString();
  const std::int64_t time_us = event.time().seconds() * 1'000'000 + event.time().nanos() / 1000;
  host.now_us = time_us;
  souk_event raw = host.event(*number, payload, event.shopper_id(), event.session_id());
  raw.time_us = raw.received_us = time_us;
  raw.envelope = to_bytes(envelope);
  ASSERT_TRUE(host.fold({raw})) << event.ShortDebugString();
}

inline RecommendReply recommend(LeanHost& host, const RecommendRequest& request) {
  RecommendReply reply;
  const std::string_view bytes = host.ask(request.SerializeAsString());
  EXPECT_TRUE(reply.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return reply;
}

/// A month and a half of a small shop, folded by the plugin as it happens.
class SimulatedShop : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    host_ = std::make_unique<LeanHost>(SOUK_PLUGIN_LIBRARY);
    ASSERT_TRUE(host_->ready());
    simulate::SimulationSettings settings;
    settings.seed = 11;
    settings.products = 300;
    settings.shoppers = 1500;
    settings.days = 45;
    auto made = simulate::Simulation::create(settings);
    ASSERT_TRUE(made.ok()) << made.status().message();
    simulation_ = std::move(made.value());
    for (int day = 0; day < 45; ++day) {
      simulation_->run_days(1, [](std::string_view line) { fold(line); });
      check_what_is_sold_out();
    }
  }
  static void TearDownTestSuite() {
    simulation_.reset();
    host_.reset();
  }

  static void fold(std::string_view line) { fold_event(read_event(line)); }
  static void fold_event(const souk::v1::Event& event) { testing::fold_event(*host_, event); }

  /// Asks around every product that can't be bought this evening: for its page, and for the pages
  /// where it would be shown if it could.
  static void check_what_is_sold_out() {
    std::set<std::string> gone;
    std::set<std::string> pages;
    for (const simulate::Product& product : products()) {
      if (product.total_stock() > 0 && product.live) continue;
      gone.insert(product.id);
      if (!product.live) continue;
      ++evenings_sold_out_;
      pages.insert(product.id);
      for (const auto& links : {product.complements, product.substitutes}) {
        for (const simulate::Link& link : links)
          pages.insert(products()[link.product].id);
      }
    }
    for (const std::string& page : pages) {
      for (const char* kind : {"for_you", "similar", "bought_together", "trending"}) {
        for (const std::string& id : ask(kind, page)) {
          ++shown_beside_;
          if (gone.contains(id)) ++shown_though_gone_;
        }
      }
    }
  }

  static std::vector<std::string> ask(const std::string& kind, const std::string& product,
                                      const std::string& shopper = {}) {
    RecommendRequest request;
    request.set_kind(kind);
    request.set_product_id(product);
    request.set_shopper_id(shopper);
    request.set_limit(10);
    const RecommendReply reply = recommend(*host_, request);
    std::vector<std::string> ids;
    for (const auto& item : reply.items())
      ids.push_back(item.product_id());
    return ids;
  }

  static const std::vector<simulate::Product>& products() {
    return std::as_const(simulation_->shop().catalog).products();
  }

  static inline std::unique_ptr<LeanHost> host_;
  static inline std::unique_ptr<simulate::Simulation> simulation_;
  static inline std::size_t evenings_sold_out_ = 0;
  static inline std::size_t shown_beside_ = 0;
  static inline std::size_t shown_though_gone_ = 0;
};

}  // namespace souk::recommendations::testing
