// Google Merchant feeds and Shopify's export, as files: separators, marks, archives, groups.
#include <zlib.h>

#include "tools/souk/import/product_parts.hpp"
#include "tools/souk/tests/recording_sink.hpp"

namespace souk::cli {
namespace {

using testing::ElementsAre;

std::vector<std::string> faults_of(const RecordingSink& sink) {
  std::vector<std::string> faults;
  for (const RecordedReject& reject : sink.rejects)
    faults.push_back(std::to_string(reject.line) + ": " + reject.reason);
  return faults;
}

TEST(GoogleFeed, CountsWhatIsNotImportedWithLineAndReason) {
  RecordingSink sink;
  ASSERT_TRUE(map_text(ImportKind::products,
                       "id;title;link;price;availability;item_group_id\n"
                       ";No id;https://s.example/0;1.00 EUR;in_stock;\n"
                       "b;;https://s.example/b;1.00 EUR;in_stock;\n"
                       "c;Cup;https://s.example/c;free;in_stock;\n"
                       "d;Red cup;https://s.example/d;2.00 EUR;in_stock;CUPS\n"
                       "d;Red cup again;https://s.example/d;2.00 EUR;in_stock;CUPS\n"
                       "e;Jug;https://s.example/e;-3.00 EUR;in_stock;\n"
                       "f;Pot\n"
                       "g;Pan;https://s.example/g;4.00 EUR;someday;\n",
                       sink)
                  .ok());
  EXPECT_THAT(faults_of(sink),
              ElementsAre("2: the product has no id", "3: the product has no title",
                          "4: \"free\" is not a price", "6: the variant stands in the file twice",
                          "7: \"-3.00 EUR\" is not a price", "8: 2 fields, the header has 6"));
  EXPECT_EQ(sink.notes.at("availability that is no known word, left out"), 1U);
  ASSERT_EQ(sink.events.size(), 2U);
  EXPECT_EQ(sink.events[0].product_upserted().product().id(), "g");
  EXPECT_FALSE(sink.events[0].product_upserted().product().has_availability());
  EXPECT_EQ(sink.events[1].product_upserted().product().id(), "CUPS");
}

TEST(GoogleFeed, ReadsNamesWithBlanksAndEveryAvailability) {
  RecordingSink sink;
  ASSERT_TRUE(
      map_text(
          ImportKind::products,
          "\xEF\xBB\xBFid,title,description,link,image link,additional image link,availability,"
          "price,sale price,sale price effective date,product type,google product category,"
          "custom label 0,custom label 4,gtin,mpn,age group\r\n"
          "p1,Kettle,\"Boils\nwater, fast\",https://s.example/1,https://s.example/1.jpg,"
          "\"https://s.example/2.jpg,https://s.example/3.jpg\",in stock,\"19,99 EUR\",15 EUR,"
          "2020-01-01T00:00+0100/2020-02-01T00:00+0100,Home > Kitchen > Kettles,730,"
          "summer,slow,0123,K-1,adult\r\n"
          "p2,Later,,https://s.example/p2,,,preorder,1.00 EUR,,,,,,,,,\r\n"
          "p3,Comes,,https://s.example/p3,,,backorder,1.00 EUR,,,,,,,,,\r\n"
          "p4,Gone,,https://s.example/p4,,,out of stock,1.00 EUR,,,,,,,,,\r\n",
          sink, {}, "EUR", 1'769'904'000LL * 1'000'000)
          .ok());
  EXPECT_THAT(faults_of(sink), ElementsAre());
  ASSERT_EQ(sink.events.size(), 4U);
  const souk::v1::Product& kettle = sink.events[0].product_upserted().product();
  EXPECT_EQ(kettle.description().plain(), "Boils\nwater, fast");
  EXPECT_EQ(kettle.media_size(), 3);
  EXPECT_EQ(kettle.price_range().min().amount(), 1999) << "the reduction is over";
  EXPECT_EQ(kettle.price_range().min().currency(), "EUR");
  EXPECT_FALSE(kettle.has_list_price_range());
  EXPECT_EQ(kettle.categories(0).value(), "Home > Kitchen > Kettles");
  EXPECT_EQ(kettle.categories(1).value(), "730");
  EXPECT_THAT(kettle.tags(), ElementsAre("summer", "slow"));
  EXPECT_EQ(kettle.attributes().at("gtin"), "0123");
  EXPECT_EQ(kettle.attributes().at("age_group"), "adult");
  std::vector<int> states;
  for (const auto& event : sink.events)
    states.push_back(event.product_upserted().product().availability().status());
  EXPECT_THAT(states,
              ElementsAre(souk::v1::Availability::in_stock, souk::v1::Availability::preorder,
                          souk::v1::Availability::backorder, souk::v1::Availability::out_of_stock));
}

TEST(GoogleFeed, WhatLinesOfAGroupShareIsTheProductsAndTheRestTheVariants) {
  RecordingSink sink;
  ASSERT_TRUE(
      map_text(ImportKind::products,
               "id\ttitle\tlink\timage_link\tprice\tgtin\tcondition\titem_group_id\tcolor\tsize\t"
               "gender\tcustom_label_0\tcustom_label_1\n"
               "s1\tShirt M\thttps://s.example/1\thttps://s.example/1.jpg\t20 USD\t111\tnew\tS\tred"
               "\tM\tfemale\tsummer\tfast\n"
               "s2\tShirt L\thttps://s.example/2\thttps://s.example/2.jpg\t22 USD\t112\tused\tS\t"
               "red\tL\tfemale\tsummer\t\n",
               sink)
          .ok());
  ASSERT_EQ(sink.events.size(), 1U);
  EXPECT_EQ(sink.lines[0], 2U);
  const souk::v1::Product& shirt = sink.events[0].product_upserted().product();
  EXPECT_EQ(shirt.title(), "Shirt M");
  EXPECT_EQ(shirt.attributes().at("color"), "red");
  EXPECT_EQ(shirt.attributes().at("gender"), "female");
  EXPECT_EQ(shirt.attributes().size(), 2U);
  EXPECT_THAT(shirt.tags(), ElementsAre("summer"));
  ASSERT_EQ(shirt.options_size(), 1);
  EXPECT_EQ(shirt.options(0).name(), "size");
  EXPECT_EQ(shirt.options(0).values(1).label(), "L");
  ASSERT_EQ(shirt.variants_size(), 2);
  EXPECT_THAT(shirt.variants(0).tags(), ElementsAre("fast"));
  EXPECT_EQ(shirt.variants(1).barcodes(0).value(), "112");
  EXPECT_EQ(shirt.variants(1).condition(), "used");
  EXPECT_EQ(shirt.variants(1).url(), "https://s.example/2");
  EXPECT_EQ(shirt.variants(1).media(0).url(), "https://s.example/2.jpg");
  EXPECT_EQ(shirt.variants(0).media_size(), 0) << "the product's picture";
  EXPECT_EQ(shirt.price_range().max().amount(), 2200);
}

TEST(Feeds, EachIsRecognisedByItsHeaderAlone) {
  const TemporaryFolder folder;
  const auto format_of = [&](const std::string& header) -> std::string {
    const std::string path = folder.path() + "/feed.gz";
    gzFile file = gzopen(path.c_str(), "wb");
    const std::string text = "\xEF\xBB\xBF" + header + "\n";
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    const auto reader = CsvReader::open(path);
    if (!reader) return reader.status().message();
    const auto mapper = make_mapper(ImportKind::products, (*reader)->header(), {"EUR", {}, 0});
    return mapper ? std::string((*mapper)->format()) : mapper.status().message();
  };
  EXPECT_EQ(format_of("ID;Type;SKU;Name;Regular price"), "WooCommerce products");
  EXPECT_EQ(format_of("id\ttitle\tlink\timage link\tprice"), "Google Merchant feed");
  EXPECT_EQ(format_of("Handle,Title,Variant Price"), "Shopify products");
  EXPECT_EQ(format_of("id,name,price"), "products");
}

TEST(Feeds, CommasInsideOfUrlsDoNotEndThem) {
  EXPECT_THAT(split_urls(""), ElementsAre());
  EXPECT_THAT(split_urls("a.jpg, b.jpg"), ElementsAre("a.jpg", "b.jpg"));
  EXPECT_THAT(split_urls("https://s.example/w_1,h_2/a.jpg , //cdn.example/b.jpg,"),
              ElementsAre("https://s.example/w_1,h_2/a.jpg", "//cdn.example/b.jpg"));
}

}  // namespace
}  // namespace souk::cli
