// WooCommerce's product export, with the headers that its core writes.
#include "tools/souk/tests/recording_sink.hpp"

namespace souk::cli {
namespace {

using testing::ElementsAre;

constexpr const char* kWooHeader =
    "\xEF\xBB\xBFID,Type,SKU,\"GTIN, UPC, EAN, or ISBN\",Name,Published,\"Is featured?\","
    "\"Visibility in catalog\",\"Short description\",Description,\"Date sale price starts\","
    "\"Date sale price ends\",\"Tax status\",\"In stock?\",Stock,\"Backorders allowed?\","
    "\"Sale price\",\"Regular price\",Categories,Tags,Images,Parent,\"Attribute 1 name\","
    "\"Attribute 1 value(s)\",\"Attribute 1 visible\",\"Attribute 1 global\",\"Attribute 2 name\","
    "\"Attribute 2 value(s)\",\"Attribute 2 visible\",\"Attribute 2 global\"\n";

Status map_woo(const std::string& lines, RecordingSink& sink, std::int64_t now_us = 0) {
  return map_text(ImportKind::products, kWooHeader + lines, sink, {}, "EUR", now_us);
}

std::vector<std::string> labels_of(const souk::v1::ProductOption& option) {
  std::vector<std::string> labels;
  for (const auto& value : option.values())
    labels.push_back(value.label());
  return labels;
}

TEST(WooCommerce, CountsWhatIsNotImportedWithLineAndReason) {
  RecordingSink sink;
  ASSERT_TRUE(map_woo(",simple,A,,Nameless id,1,0,visible,,,,,taxable,1,,0,,5,,,,,,,,,,,,\n"
                      "2,simple,B,,,1,0,visible,,,,,taxable,1,,0,,5,,,,,,,,,,,,\n"
                      "3,simple,C,,Cup,maybe,0,visible,,,,,taxable,1,,0,,5,,,,,,,,,,,,\n"
                      "4,simple,D,,Cup,1,0,visible,,,,,taxable,1,,0,,cheap,,,,,,,,,,,,\n"
                      "5,variation,E,,Cup - Red,1,0,visible,,,,,taxable,1,,0,,5,,,,,,,,,,,,\n"
                      "6,simple,F,,\"Two\nlines\",1,0,visible,,,,,taxable,1,many,0,,5,,,,,,,,,,,,\n"
                      "6,simple,G,,Again,1,0,visible,,,,,taxable,1,,0,,5,,,,,,,,,,,,\n"
                      "8,variation,H,,Lost,1,0,visible,,,,,taxable,1,,0,,5,,,,id:6,,,,,,,,\n"
                      "9,simple,I\n",
                      sink)
                  .ok());
  std::vector<std::string> rejects;
  for (const RecordedReject& reject : sink.rejects) {
    EXPECT_FALSE(reject.text.empty());
    rejects.push_back(std::to_string(reject.line) + ": " + reject.reason);
  }
  EXPECT_THAT(rejects,
              ElementsAre("2: the product has no id", "3: the product has no name",
                          "4: \"maybe\" in Published is none of 1, 0 and -1",
                          "5: \"cheap\" is not a price", "6: the variation names no parent",
                          "7: the stock is not a number; the product is imported",
                          "9: the id stands in the file twice", "11: 3 fields, the header has 30",
                          "10: its parent is no variable product of this file"));
  ASSERT_EQ(sink.events.size(), 1U);
  EXPECT_EQ(sink.events[0].product_upserted().product().title(), "Two\nlines");
}

TEST(WooCommerce, ReadsASimpleProduct) {
  RecordingSink sink;
  ASSERT_TRUE(map_woo("7,\"simple, virtual\",MUG,4006381333931,Mug,1,1,visible,Holds tea.,"
                      "\"<p>Big</p>\\n<p>Blue</p>\",,,taxable,1,'-2,notify,\"4,50\",\"6,00\","
                      "\"Home > Kitchen, Home > Cups\\, mugs\",\"tea, gift\","
                      "\"https://s.example/w_1,h_2/a.jpg, https://s.example/b.jpg\",,Material,"
                      "\"Clay, Glaze\",1,1,,,,\n",
                      sink)
                  .ok());
  ASSERT_EQ(sink.events.size(), 2U);
  const souk::v1::Product& mug = sink.events[0].product_upserted().product();
  EXPECT_EQ(mug.id(), "7");
  EXPECT_EQ(mug.description().html(), "Holds tea.\n\n<p>Big</p>\n<p>Blue</p>");
  EXPECT_EQ(mug.price_range().min().amount(), 450);
  EXPECT_EQ(mug.list_price_range().min().amount(), 600);
  ASSERT_EQ(mug.categories_size(), 2);
  EXPECT_EQ(mug.categories(1).value(), "Home > Cups, mugs");
  EXPECT_THAT(mug.tags(), ElementsAre("tea", "gift", "featured"));
  ASSERT_EQ(mug.media_size(), 2);
  EXPECT_EQ(mug.media(0).url(), "https://s.example/w_1,h_2/a.jpg");
  EXPECT_EQ(mug.attributes().at("material"), "Clay, Glaze");
  EXPECT_EQ(mug.attributes().at("sku"), "MUG");
  EXPECT_EQ(mug.attributes().at("gtin"), "4006381333931");
  EXPECT_EQ(mug.availability().status(), souk::v1::Availability::backorder);
  EXPECT_TRUE(mug.availability().available());
  EXPECT_FALSE(mug.hidden());
  EXPECT_EQ(sink.events[1].inventory_set().product_id(), "7");
  EXPECT_EQ(sink.events[1].inventory_set().available(), -2);
}

TEST(WooCommerce, JoinsVariationsToTheirParentBySkuAndById) {
  RecordingSink sink;
  ASSERT_TRUE(
      map_woo(
          "45,variation,HOOD-R,111,Hoodie - Red,1,0,visible,,Only red,,,taxable,1,7,0,42,45,,,"
          "https://s.example/r.jpg,HOOD,Colour,Red,,1,,,,\n"
          "44,variable,HOOD,,Hoodie,1,0,visible,,Warm,,,taxable,1,,0,,,Clothing > Hoodies,,"
          "https://s.example/a.jpg,,Colour,\"Red, Blue\",1,1,Fabric,Cotton,1,0\n"
          "46,variation,,,Hoodie - Blue,1,0,visible,,,,,taxable,0,parent,0,,50,,,,id:44,Colour,"
          "Blue,,1,,,,\n"
          "47,variation,,,Hoodie - Grey,0,0,visible,,,,,taxable,0,,0,,50,,,,id:44,Colour,Grey,,1,"
          ",,,\n",
          sink)
          .ok());
  EXPECT_THAT(sink.rejects, testing::IsEmpty());
  EXPECT_EQ(sink.notes.at("variants left out because they are not published"), 1U);
  ASSERT_EQ(sink.events.size(), 2U);
  const souk::v1::Product& hoodie = sink.events[0].product_upserted().product();
  EXPECT_EQ(hoodie.id(), "44");
  EXPECT_EQ(hoodie.title(), "Hoodie");
  EXPECT_EQ(hoodie.attributes().at("fabric"), "Cotton");
  EXPECT_EQ(hoodie.attributes().count("colour"), 0U);
  ASSERT_EQ(hoodie.options_size(), 1);
  EXPECT_EQ(hoodie.options(0).name(), "Colour");
  EXPECT_THAT(labels_of(hoodie.options(0)), ElementsAre("Red", "Blue"));
  ASSERT_EQ(hoodie.variants_size(), 2);
  const souk::v1::Variant& red = hoodie.variants(0);
  EXPECT_EQ(red.id(), "45");
  EXPECT_EQ(red.sku(), "HOOD-R");
  EXPECT_EQ(red.barcodes(0).value(), "111");
  EXPECT_EQ(red.price().amount(), 4200);
  EXPECT_EQ(red.list_price().amount(), 4500);
  EXPECT_EQ(red.description().plain(), "Only red");
  EXPECT_EQ(red.media(0).url(), "https://s.example/r.jpg");
  EXPECT_FALSE(hoodie.variants(1).availability().available());
  EXPECT_EQ(hoodie.price_range().max().amount(), 5000);
  EXPECT_EQ(hoodie.list_price_range().min().amount(), 4500);
  EXPECT_EQ(hoodie.list_price_range().max().amount(), 5000);
  EXPECT_EQ(sink.events[1].inventory_set().product_id(), "44");
  EXPECT_EQ(sink.events[1].inventory_set().variant_id(), "45");
  EXPECT_EQ(sink.events[1].inventory_set().available(), 7);
}

TEST(WooCommerce, HidesDraftsPrivateProductsAndHiddenOnes) {
  RecordingSink sink;
  ASSERT_TRUE(map_woo("1,simple,,,Draft,-1,0,visible,,,,,taxable,1,,0,,5,,,,,,,,,,,,\n"
                      "2,simple,,,Private,0,0,visible,,,,,taxable,1,,0,,5,,,,,,,,,,,,\n"
                      "3,simple,,,Secret,1,0,hidden,,,,,taxable,1,,0,,5,,,,,,,,,,,,\n"
                      "4,grouped,,,Set,1,0,catalog,,,,,taxable,backorder,,0,,,,,,,,,,,,,,\n",
                      sink)
                  .ok());
  ASSERT_EQ(sink.events.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(sink.events[i].product_upserted().product().hidden(), i < 3) << i;
  EXPECT_EQ(sink.events[3].product_upserted().product().availability().status(),
            souk::v1::Availability::backorder);
}

TEST(WooCommerce, AReductionThatDoesNotHoldIsNotThePrice) {
  constexpr std::int64_t kFebruaryUs = 1'769'904'000LL * 1'000'000;  // 2026-02-01
  RecordingSink sink;
  ASSERT_TRUE(
      map_woo("1,simple,,,Past,1,0,visible,,,2026-01-01,2026-01-30,taxable,1,,0,3,5,,,,,,,,,,,,\n"
              "2,simple,,,Today,1,0,visible,,,,2026-02-01,taxable,1,,0,3,5,,,,,,,,,,,,\n"
              "3,simple,,,Later,1,0,visible,,,2026-03-01,,taxable,1,,0,3,5,,,,,,,,,,,,\n",
              sink, kFebruaryUs)
          .ok());
  std::vector<std::int64_t> prices;
  for (const auto& event : sink.events)
    prices.push_back(event.product_upserted().product().price_range().min().amount());
  EXPECT_THAT(prices, ElementsAre(500, 300, 500));
  EXPECT_FALSE(sink.events[0].product_upserted().product().has_list_price_range());
}

}  // namespace
}  // namespace souk::cli
