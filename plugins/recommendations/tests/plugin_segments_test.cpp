// trending by segment: who belongs to it, what is popular with them, and when too little is known.
#include "plugins/recommendations/tests/shop.hpp"

namespace souk::recommendations::testing {
namespace {

constexpr const char* kProducts[] = {"mug", "pan", "pot", "cup"};

class SegmentsTest : public ::testing::Test {
 protected:
  SegmentsTest() {
    for (const char* id : kProducts)
      shop_.put(id, "Shop > Things");
    shop_.visits("stranger", 20, {"mug"});
    shop_.visits("other", 10, {"pan"});
  }

  void enter(const std::string& shopper, const std::string& segment) {
    v1::SegmentEntered event;
    event.set_segment_id(segment);
    shop_.send(event, {.shopper_id = shopper});
  }
  void leave(const std::string& shopper, const std::string& segment) {
    v1::SegmentExited event;
    event.set_segment_id(segment);
    shop_.send(event, {.shopper_id = shopper});
  }
  void tag(const std::string& shopper, const std::vector<std::string>& tags) {
    v1::CustomerUpserted event;
    event.mutable_customer()->set_id(shopper);
    for (const std::string& name : tags)
      event.mutable_customer()->add_tags(name);
    shop_.send(event);
  }
  /// So many shoppers of the segment, each of whom buys the pot many times over.
  void vips(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string shopper = "vip" + std::to_string(i);
      enter(shopper, "vip");
      for (int order = 0; order < 6; ++order)
        shop_.order(shopper, shopper + "-" + std::to_string(order), {"pot"});
    }
  }
  v1::RecommendReply trending(const std::string& segment, const std::string& shopper = "") {
    auto request = Shop::request("trending", shopper);
    request.set_segment(segment);
    request.set_limit(4);
    request.set_explain(true);
    return shop_.ask(request);
  }
  std::string first(const v1::RecommendReply& reply) {
    return reply.items().empty() ? "" : reply.items(0).product_id();
  }

  Shop shop_;
};

TEST_F(SegmentsTest, AnUnknownSegmentIsTheShopAndSaysSo) {
  const auto reply = trending("vip");
  EXPECT_EQ(first(reply), "mug");
  EXPECT_NE(reply.note().find("nobody of this segment has been seen"), std::string::npos)
      << reply.note();
}

TEST_F(SegmentsTest, TooFewShoppersAreNoCrowd) {
  vips(2);
  shop_.visits("more", 60, {"mug"});
  const auto reply = trending("vip");
  EXPECT_EQ(first(reply), "mug");
  EXPECT_NE(reply.note().find("too few shoppers of this segment"), std::string::npos)
      << reply.note();
}

TEST_F(SegmentsTest, WhatASegmentWantsComesFirstForItAlone) {
  vips(12);
  shop_.visits("more", 400, {"mug"});
  EXPECT_EQ(first(trending("vip")), "pot");
  EXPECT_EQ(first(trending("")), "mug");
  const auto reply = trending("vip");
  EXPECT_EQ(reply.items(0).reason(), "Popular right now") << "a reason names no segment";
  EXPECT_EQ(reply.note(), "little is trending yet: filled up with what is new");
  const auto& sources = reply.explanation().sources();
  EXPECT_NE(std::find(sources.begin(), sources.end(), "segment_trending"), sources.end());
  auto of_category = Shop::request("trending");
  of_category.set_segment("vip");
  of_category.set_category("Shop > Things");
  EXPECT_EQ(first(shop_.ask(of_category)), "pot");
}

TEST_F(SegmentsTest, WithoutAWordItIsTheSegmentThatTheShopperJoinedLast) {
  vips(12);
  shop_.visits("more", 400, {"mug"});
  enter("new-vip", "vip");
  EXPECT_EQ(first(trending("", "new-vip")), "pot");
  leave("new-vip", "vip");
  EXPECT_EQ(first(trending("", "new-vip")), "mug");
}

TEST_F(SegmentsTest, TagsOfTheCustomersRecordAreSegmentsToo) {
  for (int i = 0; i < 12; ++i) {
    const std::string shopper = "cook" + std::to_string(i);
    tag(shopper, {"cook", "early-bird"});
    for (int order = 0; order < 6; ++order)
      shop_.order(shopper, shopper + "-" + std::to_string(order), {"cup"});
  }
  shop_.visits("more", 400, {"mug"});
  EXPECT_EQ(first(trending("cook")), "cup");
  tag("cook0", {});
  EXPECT_EQ(first(trending("", "cook0")), "mug") << "the record says no more that he is one";
  EXPECT_EQ(first(trending("", "cook1")), "cup");
}

TEST_F(SegmentsTest, SegmentsBeyondTheSettingAreDropped) {
  Settings settings;
  settings.set_max_segments(1);
  Shop shop(settings);
  v1::SegmentEntered event;
  for (const char* name : {"one", "two"}) {
    event.set_segment_id(name);
    shop.send(event, {.shopper_id = "ada"});
  }
  shop.put("mug");
  shop.view("ada", "mug");
  auto request = Shop::request("trending");
  request.set_segment("two");
  EXPECT_NE(shop.ask(request).note().find("nobody of this segment"), std::string::npos);
}

}  // namespace
}  // namespace souk::recommendations::testing
