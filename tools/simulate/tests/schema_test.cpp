// Every line is an Event of the schema: parsed by Protobuf itself, unknown fields refused.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "souk/v1/event.pb.h"
#include "tools/simulate/event_writer.hpp"
#include "tools/simulate/tests/run.hpp"

namespace souk::simulate {
namespace {

using souk::v1::Event;

TEST(Schema, TheParserRefusesAnUnknownField) {
  Event event;
  EXPECT_FALSE(google::protobuf::util::JsonStringToMessage(
                   R"({"id":"e","productViewed":{"productIdd":"p1"}})", &event)
                   .ok());
}

TEST(Schema, EveryLineIsAnEvent) {
  SimulationSettings settings = testing::small_shop();
  settings.days = 75;
  settings.shoppers = 900;
  const std::string text = testing::run(settings);
  std::set<std::string> ids;
  std::map<int, int> payloads;
  for (const std::string_view line : testing::lines_of(text)) {
    Event event;
    const auto status = google::protobuf::util::JsonStringToMessage(
        google::protobuf::StringPiece(line.data(), line.size()), &event);
    ASSERT_TRUE(status.ok()) << status.ToString() << "\n" << line;
    ASSERT_NE(event.payload_case(), Event::PAYLOAD_NOT_SET) << line;
    ASSERT_TRUE(ids.insert(event.id()).second) << "a repeated id: " << line;
    ASSERT_TRUE(event.has_time()) << line;
    ++payloads[event.payload_case()];
  }
  // A shop of this size shows nearly every kind; the rare ones may be missing.
  EXPECT_GE(payloads.size(), kEventKinds - 5);
}

TEST(Schema, AProductCarriesWhatAServiceNeeds) {
  const std::string text = testing::run(testing::small_shop());
  int products = 0;
  for (const std::string_view line : testing::lines_of(text)) {
    if (line.find("\"productUpserted\"") == std::string_view::npos) continue;
    Event event;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(
                    google::protobuf::StringPiece(line.data(), line.size()), &event)
                    .ok());
    const auto& product = event.product_upserted().product();
    ++products;
    EXPECT_FALSE(product.id().empty());
    EXPECT_FALSE(product.title().empty());
    EXPECT_FALSE(product.brand().empty());
    ASSERT_EQ(product.categories_size(), 1);
    EXPECT_GT(product.price_range().min().amount(), 0);
    EXPECT_GE(product.price_range().max().amount(), product.price_range().min().amount());
    if (product.has_list_price_range()) {
      EXPECT_GT(product.list_price_range().min().amount(), product.price_range().min().amount());
    }
    std::set<std::string> variants;
    for (const auto& variant : product.variants()) {
      EXPECT_TRUE(variants.insert(variant.id()).second) << variant.id();
      EXPECT_EQ(variant.options_size(), product.options_size()) << variant.id();
    }
  }
  EXPECT_GE(products, 270);
}

}  // namespace
}  // namespace souk::simulate
