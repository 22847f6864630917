// The stream as such: order, reproducibility, cutting, and what must never happen in it.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <set>

#include "tools/simulate/random.hpp"
#include "tools/simulate/tests/run.hpp"

namespace souk::simulate {
namespace {

using simdjson::dom::element;

std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text)
    hash = mix64(hash ^ static_cast<unsigned char>(c));
  return hash;
}

TEST(Settings, WrongOnesAreRefusedByName) {
  const auto field_of = [](auto change) {
    SimulationSettings settings;
    change(settings);
    const auto made = Simulation::create(settings);
    return made.ok() ? std::string("accepted") : made.status().field();
  };
  EXPECT_EQ(field_of([](auto& s) { s.products = 0; }), "products");
  EXPECT_EQ(field_of([](auto& s) { s.products = 1'000'001; }), "products");
  EXPECT_EQ(field_of([](auto& s) { s.shoppers = 3; }), "shoppers");
  EXPECT_EQ(field_of([](auto& s) { s.days = 0; }), "days");
  EXPECT_EQ(field_of([](auto& s) { s.days = 4000; }), "days");
  EXPECT_EQ(field_of([](auto& s) { s.start_us += 1; }), "start");
  EXPECT_EQ(field_of([](auto& s) { s.start_us = 0; }), "start");
  EXPECT_EQ(field_of([](auto& s) { s.currency = "euro"; }), "currency");
  EXPECT_EQ(field_of([](auto&) {}), "accepted");
}

TEST(Stream, TheSmallestShopLives) {
  SimulationSettings settings;
  settings.products = 20;
  settings.shoppers = 20;
  settings.days = 200;
  EXPECT_GT(testing::lines_of(testing::run(settings)).size(), 100U);
}

// The same bytes with every compiler: the number was taken with gcc 12 and holds for clang 14.
TEST(Stream, SameSeedSameBytes) {
  const std::string text = testing::run(testing::small_shop(42));
  EXPECT_EQ(text, testing::run(testing::small_shop(42)));
  EXPECT_EQ(fingerprint(text), 8500149175226919017ULL);
  EXPECT_NE(text, testing::run(testing::small_shop(43)));
}

TEST(Stream, TimeNeverRunsBackwards) {
  const SimulationSettings settings = testing::small_shop();
  const std::string text = testing::run(settings);
  std::string_view last;
  for (const std::string_view line : testing::lines_of(text)) {
    const std::size_t at = line.find("\"time\":\"");
    ASSERT_NE(at, std::string_view::npos);
    const std::string_view time = line.substr(at + 8, 24);
    ASSERT_EQ(time.back(), 'Z') << line;
    ASSERT_LE(last, time) << line;
    last = time;
  }
  EXPECT_LT(last, "2026-01-31T");
  EXPECT_GE(last, "2026-01-30T");
}

TEST(Stream, HowItIsCutDoesNotMatter) {
  const SimulationSettings settings = testing::small_shop();
  const std::string whole = testing::run(settings);

  std::string pieces;
  auto simulation = testing::make(settings);
  const EventSink sink = [&](std::string_view line) { pieces += line; };
  simulation->run_days(3, sink);
  for (int hour = 0; hour < 48; ++hour) {
    simulation->run_until(simulation->now_us() + kHourUs, sink);
  }
  EXPECT_EQ(simulation->days_done(), 5);
  simulation->run_days(25, sink);
  EXPECT_EQ(pieces, whole);

  std::string tail;
  auto skipping = testing::make(settings);
  skipping->skip_to_day(20);
  skipping->skip_to_day(10);  // the past is the past
  EXPECT_EQ(skipping->days_done(), 20);
  skipping->run_days(10, [&](std::string_view line) { tail += line; });
  ASSERT_LT(tail.size(), whole.size());
  EXPECT_EQ(whole.substr(whole.size() - tail.size()), tail);
}

TEST(Stream, GoesOnAfterThePlannedDays) {
  SimulationSettings settings = testing::small_shop();
  auto simulation = testing::make(settings);
  simulation->skip_to_day(200);
  std::string text;
  simulation->run_days(10, [&](std::string_view line) { text += line; });
  EXPECT_NE(text.find("\"orderCompleted\""), std::string::npos);
  EXPECT_GT(testing::lines_of(text).size(), 2000U);
}

TEST(Stream, TheCatalogComesFirst) {
  const std::string text = testing::run(testing::small_shop());
  bool visits = false;
  for (const std::string_view line : testing::lines_of(text)) {
    const bool visit = line.find("\"productViewed\"") != std::string_view::npos;
    visits = visits || visit;
    if (line.find("\"priceListSet\"") != std::string_view::npos) {
      EXPECT_FALSE(visits);
    }
  }
  EXPECT_NE(testing::lines_of(text).front().find("\"productUpserted\""), std::string_view::npos);
  EXPECT_TRUE(visits);
}

/// Follows stock and assortment through the stream.
class Ledger {
 public:
  void read(element event) {
    element body;
    if (event["inventorySet"].get(body) == simdjson::SUCCESS) {
      stock_[std::string(body["id"].get_string().value())] = body["available"].get_int64().value();
    } else if (event["productUpserted"]["product"].get(body) == simdjson::SUCCESS) {
      const std::string id(body["id"].get_string().value());
      bool hidden = false;
      if (body["hidden"].get(hidden) != simdjson::SUCCESS) hidden = false;
      hidden ? live_.erase(id) : live_.insert(id).second;
    } else if (event["productAdded"].get(body) == simdjson::SUCCESS) {
      check(body, "productAdded");
    } else if (event["orderCompleted"].get(body) == simdjson::SUCCESS) {
      for (const element line : body["products"].get_array())
        check(line, "orderCompleted");
      ++orders_;
    }
  }
  int orders() const { return orders_; }

 private:
  void check(element line, const char* what) {
    const std::string product(line["productId"].get_string().value());
    std::string_view variant;
    if (line["variantId"].get(variant) != simdjson::SUCCESS) variant = product;
    const std::int64_t quantity = line["quantity"].get_int64().value();
    EXPECT_GT(quantity, 0);
    EXPECT_GT(stock_[std::string(variant)], 0) << what << " of " << variant << " without stock";
    if (std::string_view(what) == "orderCompleted") {
      EXPECT_GE(stock_[std::string(variant)], quantity) << what << " of " << variant;
    } else {
      EXPECT_EQ(live_.count(product), 1U) << what << " of " << product << " which is not sold";
    }
  }

  std::map<std::string, std::int64_t> stock_;
  std::set<std::string> live_;
  int orders_ = 0;
};

TEST(Stream, NothingIsSoldThatIsNotThere) {
  SimulationSettings settings = testing::small_shop(8);
  settings.shoppers = 2000;
  settings.days = 60;
  const std::string text = testing::run(settings);
  simdjson::dom::parser parser;
  Ledger ledger;
  for (const std::string_view line : testing::lines_of(text)) {
    element event;
    ASSERT_EQ(parser.parse(line.data(), line.size()).get(event), simdjson::SUCCESS);
    ledger.read(event);
    if (HasFailure()) FAIL() << line;
  }
  EXPECT_GT(ledger.orders(), 100);
}

}  // namespace
}  // namespace souk::simulate
