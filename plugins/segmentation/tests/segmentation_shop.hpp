// A small shop on the SDK's fake host, for the tests of the plugin.
#pragma once

#include <gtest/gtest.h>
#include <souk/testing.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "souk/segmentation/v1/settings.souk.hpp"
#include "souk/v1/event.souk.hpp"
#include "souk/v1/segmentation.souk.hpp"

namespace souk::segmentation::testing {

namespace v1 = souk::v1;
using Settings = souk::segmentation::v1::Settings;
using Envelope = souk::testing::Envelope;
using Service = souk::v1::SegmentationService;
inline constexpr std::int64_t kDayUs = 86'400'000'000;

inline const souk_entry& plugin_entry() {
  static const souk::testing::Library library(SOUK_PLUGIN_LIBRARY);
  return library.entry();
}

inline Settings with_segment(const std::string& id, const std::string& when) {
  Settings settings;
  settings.set_ready_segments(false);
  (*settings.mutable_segments())[id].set_when(when);
  return settings;
}

/// Models are not what the test is about: they need not be fitted on each of its days.
inline Settings untrained(Settings settings) {
  settings.set_train_every(std::int64_t{3'650} * 86'400'000);
  return settings;
}

/// What a test does with a shop, in few words.
class Shop {
 public:
  static constexpr std::int64_t kStart = 1'800'000'000'000'000;  // 2027-01-15

  explicit Shop(const Settings& settings = {}) : bench(plugin_entry()) {
    bench.host().set_now_us(kStart);
    const Status status = bench.begin_life(settings);
    EXPECT_TRUE(status.ok()) << status.message();
  }

  template <class Event>
  void send(const Event& event, Envelope envelope) {
    const Status status = bench.send(event, std::move(envelope));
    EXPECT_TRUE(status.ok()) << status.message();
  }
  void view(const std::string& shopper, const std::string& product = "p1",
            const std::string& category = {}) {
    v1::ProductViewed event;
    event.set_product_id(product);
    event.set_category(category);
    send(event, {.shopper_id = shopper});
  }
  void order(const std::string& shopper, const std::string& id, double amount,
             std::int64_t time_us = 0) {
    v1::OrderCompleted event;
    event.set_order_id(id);
    event.set_subtotal(amount);
    Envelope envelope{.shopper_id = shopper};
    envelope.time_us = time_us;
    send(event, std::move(envelope));
  }
  void days_pass(int days) {
    const Status status = bench.advance(std::chrono::hours(24 * days));
    EXPECT_TRUE(status.ok()) << status.message();
  }
  void train() {
    EXPECT_TRUE(bench.advance(std::chrono::seconds(60)).ok());
    bench.host().run_jobs();
    EXPECT_TRUE(bench.deliver_published().ok());
    // Everybody is decided again, a moment later.
    EXPECT_TRUE(bench.advance(std::chrono::seconds(1)).ok());
  }

  v1::CustomerProfile profile(const std::string& id) {
    v1::ProfileRequest request;
    request.set_id(id);
    auto answer = bench.ask<Service::Profile>(request);
    EXPECT_TRUE(answer.ok()) << answer.status().message();
    return answer.ok() ? answer.value() : v1::CustomerProfile();
  }
  std::vector<std::string> segments(const std::string& id) {
    v1::SegmentsOfRequest request;
    request.set_id(id);
    auto answer = bench.ask<Service::SegmentsOf>(request);
    EXPECT_TRUE(answer.ok());
    std::vector<std::string> ids;
    if (answer.ok())
      for (const auto& segment : answer->segments())
        ids.push_back(segment.segment_id());
    return ids;
  }
  bool in(const std::string& id, const std::string& segment) {
    const auto all = segments(id);
    return std::find(all.begin(), all.end(), segment) != all.end();
  }
  std::size_t published(std::string_view type) {
    const auto all = bench.host().published();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& p) { return p.type == type; }));
  }

  souk::testing::Bench bench;
};

}  // namespace souk::segmentation::testing
