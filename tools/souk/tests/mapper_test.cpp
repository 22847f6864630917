#include "tools/souk/tests/recording_sink.hpp"

namespace souk::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Mapper, SaysWhichColumnIsMissingAndWhatMapMayName) {
  RecordingSink sink;
  EXPECT_THAT(map_text(ImportKind::products, "a,title\n1,x\n", sink).message(),
              HasSubstr("no column for id among a, title"));
  EXPECT_THAT(map_text(ImportKind::products, "id,title\n1,x\n", sink, {{"colour", "a"}}).message(),
              HasSubstr("the file has no column \"a\""));
  EXPECT_THAT(
      map_text(ImportKind::products, "id,title\n1,x\n", sink, {{"nonsense", "id"}}).message(),
      HasSubstr("there is no field \"nonsense\"; there is: id, title"));
  EXPECT_EQ(map_text(ImportKind::events, "id\n1\n", sink).code(), Code::invalid_argument);
}

TEST(Mapper, MapNamesColumns) {
  RecordingSink sink;
  ASSERT_TRUE(map_text(ImportKind::products, "ref,was,cost\np1,Shoe,5\n", sink,
                       {{"id", "ref"}, {"title", "was"}, {"price", "cost"}})
                  .ok());
  ASSERT_EQ(sink.events.size(), 1U);
  const souk::v1::Product& product = sink.events[0].product_upserted().product();
  EXPECT_EQ(product.id(), "p1");
  EXPECT_EQ(product.title(), "Shoe");
  EXPECT_EQ(product.price_range().min().amount(), 500);
}

TEST(ProductMapper, RejectsLinesWithoutIdTitleOrPrice) {
  RecordingSink sink;
  ASSERT_TRUE(map_text(ImportKind::products,
                       "id,title,price,attributes\n,x,1,\np1,,1,\np2,x,cheap,\n"
                       "p3,x,1,{broken\np4,fine,1,\"{\"\"fit\"\":\"\"slim\"\"}\"\n",
                       sink)
                  .ok());
  ASSERT_EQ(sink.rejects.size(), 4U);
  EXPECT_EQ(sink.rejects[0].reason, "the product has no id");
  EXPECT_EQ(sink.rejects[1].reason, "the product has no title");
  EXPECT_EQ(sink.rejects[2].reason, "\"cheap\" is not a price");
  EXPECT_THAT(sink.rejects[3].reason, HasSubstr("attributes"));
  ASSERT_EQ(sink.events.size(), 1U);
  EXPECT_EQ(sink.events[0].product_upserted().product().attributes().at("fit"), "slim");
}

TEST(ProductMapper, ReadsAGoogleMerchantFeed) {
  RecordingSink sink;
  ASSERT_TRUE(
      map_text(ImportKind::products,
               "id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\tsale_price\tbrand\t"
               "gtin\tgoogle_product_category\tproduct_type\titem_group_id\tcolor\n"
               "s1\tShirt red\tNice\thttps://s.example/1\thttps://s.example/1.jpg\tin_stock\t"
               "20.00 USD\t15.00 USD\tAcme\t123\tApparel\tShirts > Tees\tS\tred\n"
               "s2\tShirt blue\tNice\thttps://s.example/2\t\tout_of_stock\t20.00 USD\t\tAcme\t124\t"
               "Apparel\tShirts > Tees\tS\tblue\n"
               "m1\tMug\t<b>Big</b>\thttps://s.example/3\t\tin stock\t5.00 USD\t\tAcme\t\t\tMugs\t"
               "\t\n",
               sink)
          .ok());
  ASSERT_EQ(sink.events.size(), 2U);
  const souk::v1::Product& mug = sink.events[0].product_upserted().product();
  EXPECT_EQ(mug.id(), "m1");
  EXPECT_EQ(mug.description().html(), "<b>Big</b>");
  EXPECT_EQ(mug.availability().status(), souk::v1::Availability::in_stock);
  const souk::v1::Product& shirt = sink.events[1].product_upserted().product();
  EXPECT_EQ(shirt.id(), "S");
  ASSERT_EQ(shirt.variants_size(), 2);
  EXPECT_EQ(shirt.variants(0).price().amount(), 1500);
  EXPECT_EQ(shirt.variants(0).price().currency(), "USD");
  EXPECT_EQ(shirt.variants(0).list_price().amount(), 2000);
  EXPECT_EQ(shirt.variants(1).options(0).label(), "blue");
  EXPECT_EQ(shirt.price_range().min().amount(), 1500);
  EXPECT_EQ(shirt.price_range().max().amount(), 2000);
  EXPECT_EQ(shirt.categories(0).value(), "Shirts > Tees");
  EXPECT_EQ(shirt.categories(1).taxonomy(), "google");
}

TEST(ProductMapper, ReadsAShopifyExport) {
  RecordingSink sink;
  ASSERT_TRUE(
      map_text(ImportKind::products,
               "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,"
               "Variant SKU,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant "
               "Compare At Price,Image Src,Status\n"
               "shoe,Trail Shoe,<p>Fast</p>,Acme,Shoes,\"run, trail\",true,Size,42,SH-42,3,deny,"
               "99.00,120.00,https://s.example/1.jpg,active\n"
               "shoe,,,,,,,,43,,0,deny,99.00,,https://s.example/2.jpg,\n"
               "gift,Gift card,,Acme,Cards,,false,Title,Default Title,,,continue,10.00,,,draft\n"
               ",x,,,,,,,,,,,1,,,\n",
               sink)
          .ok());
  ASSERT_EQ(sink.rejects.size(), 1U);
  ASSERT_EQ(sink.events.size(), 4U);
  const souk::v1::Product& shoe = sink.events[0].product_upserted().product();
  EXPECT_EQ(shoe.id(), "shoe");
  EXPECT_EQ(shoe.media_size(), 2);
  ASSERT_EQ(shoe.variants_size(), 2);
  EXPECT_EQ(shoe.variants(0).id(), "SH-42");
  EXPECT_EQ(shoe.variants(1).id(), "shoe-43");
  EXPECT_EQ(shoe.variants(1).options(0).name(), "Size");
  EXPECT_EQ(shoe.list_price_range().max().amount(), 12000);
  EXPECT_FALSE(shoe.hidden());
  EXPECT_EQ(sink.events[1].inventory_set().available(), 3);
  const souk::v1::Product& gift = sink.events[3].product_upserted().product();
  EXPECT_TRUE(gift.hidden());
  EXPECT_EQ(gift.variants(0).id(), "gift");
  EXPECT_TRUE(gift.variants(0).availability().available());
}

TEST(ProductMapper, ReadsMetafieldsCostsAndUncountedStockOfAShopifyExport) {
  RecordingSink sink;
  ASSERT_TRUE(
      map_text(ImportKind::products,
               "Handle,Title,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,"
               "Variant Price,Shoe Fabric (product.metafields.custom.fabric),Cost per item\n"
               "shoe,Shoe,SH-1,shopify,3,99.00,Wool,40.00\n"
               "card,Card,C-1,,0,10.00,,\n"
               "lamp,Lamp,L-1,,0,10.00,,much\n",
               sink)
          .ok());
  EXPECT_EQ(sink.rejects.size(), 1U);
  ASSERT_GE(sink.events.size(), 3U);
  const souk::v1::Product& shoe = sink.events[0].product_upserted().product();
  EXPECT_EQ(shoe.attributes().at("shoe_fabric"), "Wool");
  EXPECT_EQ(shoe.variants(0).cost().amount(), 4000);
  EXPECT_EQ(sink.events[1].inventory_set().available(), 3);
  EXPECT_EQ(sink.events[2].product_upserted().product().id(), "card");
  for (std::size_t i = 2; i < sink.events.size(); ++i)
    EXPECT_FALSE(sink.events[i].has_inventory_set());
}

TEST(OrderMapper, RejectsOrdersWithoutTimeAndLinesWithoutProduct) {
  RecordingSink sink;
  ASSERT_TRUE(
      map_text(ImportKind::orders,
               "order_id,time,product_id,quantity,price\no1,soon,p1,1,2\n,2026-01-01,p1,1,2\n"
               "o2,2026-01-01,,1,2\no2,2026-01-01,p1,0,2\no2,2026-01-01,p1,1,x\n",
               sink)
          .ok());
  EXPECT_EQ(sink.rejects.size(), 5U);
  EXPECT_THAT(sink.events, ElementsAre());
  EXPECT_EQ(sink.notes.at("orders without a line that could be used"), 1U);
}

TEST(OrderMapper, PutsLinesOfOneOrderTogetherAndOrdersByTime) {
  RecordingSink sink;
  ASSERT_TRUE(map_text(ImportKind::orders,
                       "order,customer_id,date,sku,qty,unit_price\no2,c1,2026-01-02,p1,1,2.50\n"
                       "o1,c2,2026-01-01,p2,2,1\no2,c1,2026-01-02,p3,1,4\n",
                       sink)
                  .ok());
  ASSERT_EQ(sink.events.size(), 2U);
  EXPECT_EQ(sink.events[0].order_completed().order_id(), "o1");
  EXPECT_EQ(sink.events[1].order_completed().products_size(), 2);
  EXPECT_EQ(sink.events[1].shopper_id(), "c1");
}

TEST(OrderMapper, ReadsAShopifyExportWithoutLettingAddressesIntoEvents) {
  RecordingSink orders;
  ASSERT_TRUE(map_text(ImportKind::orders,
                       "Name,Email,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem "
                       "quantity,Lineitem name,Lineitem price,Lineitem sku,Cancelled at\n"
                       "#1001,Ada@shop.example,USD,20,5,1,26,2026-01-02 10:00:00 +0100,2,Mug,10,"
                       "MUG,2026-01-03 10:00:00 +0100\n"
                       "#1001,,,,,,,,1,Red cup,3,,\n",
                       orders)
                  .ok());
  ASSERT_EQ(orders.events.size(), 2U);
  const souk::v1::Event& order = orders.events[0];
  EXPECT_EQ(order.order_completed().products(1).product_id(), "red-cup");
  EXPECT_DOUBLE_EQ(order.order_completed().total(), 26);
  EXPECT_EQ(orders.events[1].order_cancelled().order_id(), "#1001");

  RecordingSink customers;
  ASSERT_TRUE(
      map_text(ImportKind::customers,
               "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent\n"
               "'77,Ada,Lovelace,ada@shop.example,yes,26\n",
               customers)
          .ok());
  ASSERT_EQ(customers.events.size(), 1U);
  const souk::v1::Customer& customer = customers.events[0].customer_upserted().customer();
  EXPECT_EQ(customer.id(), order.shopper_id());
  EXPECT_THAT(customer.id(), testing::Not(HasSubstr("ada")));
  EXPECT_EQ(customer.external_ids(0).id(), "77");
  EXPECT_EQ(customer.name(), "Ada Lovelace");
  EXPECT_EQ(customer.consents(0).status(), souk::v1::ChannelConsent::GRANTED);
}

TEST(InventoryMapper, ReadsLevels) {
  RecordingSink sink;
  ASSERT_TRUE(map_text(ImportKind::inventory,
                       "product_id,variant_id,location,stock\np1,v1,berlin,4\np2,,,many\n,,,1\n",
                       sink)
                  .ok());
  EXPECT_EQ(sink.rejects.size(), 2U);
  ASSERT_EQ(sink.events.size(), 1U);
  EXPECT_EQ(sink.events[0].inventory_set().location_id(), "berlin");
}

TEST(InteractionMapper, ReadsTypesAndRejectsUnknownOnes) {
  RecordingSink sink;
  ASSERT_TRUE(map_text(ImportKind::interactions,
                       "user_id,item_id,timestamp,type\nu1,i1,1700000000,view\nu1,i2,1700000001,"
                       "addtocart\nu1,i2,1700000002,purchase\nu1,i2,1700000002,dance\nu1,,1,view\n"
                       "u1,i2,never,view\n",
                       sink)
                  .ok());
  EXPECT_EQ(sink.rejects.size(), 3U);
  ASSERT_EQ(sink.events.size(), 3U);
  EXPECT_TRUE(sink.events[0].has_product_viewed());
  EXPECT_TRUE(sink.events[1].has_product_added());
  EXPECT_TRUE(sink.events[2].has_order_completed());
  EXPECT_EQ(sink.events[0].time().seconds(), 1'700'000'000);
}

}  // namespace
}  // namespace souk::cli
