#include "tools/souk/tests/recording_sink.hpp"

namespace souk::cli {
namespace {

using testing::ElementsAre;

constexpr const char* kHeader =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

std::vector<std::string> reasons(const RecordingSink& sink) {
  std::vector<std::string> texts;
  for (const RecordedReject& reject : sink.rejects) {
    texts.push_back(std::to_string(reject.line) + ": " + reject.reason);
  }
  return texts;
}

TEST(OnlineRetail, RejectsWhatIsNoSale) {
  RecordingSink sink;
  const Status status = map_text(
      ImportKind::orders,
      std::string(kHeader) +
          ",85123A,LANTERN,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
          "536365,85123A,LANTERN,six,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
          "536365,85123A,LANTERN,6,tomorrow,2.55,17850.0,United Kingdom\n"
          "536365,85123A,LANTERN,6,2010-12-01 08:26:00,free,17850.0,United Kingdom\n"
          "A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom\n"
          "536365,BANK CHARGES,Bank Charges,1,2010-12-01 08:26:00,15,17850.0,United Kingdom\n"
          "536589,21777,,-10,2010-12-01 16:50:00,0.0,,United Kingdom\n"
          "536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom\n"
          "C536379,D,Discount,-1,2010-12-01 09:41:00,27.5,14527.0,United Kingdom\n",
      sink);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_THAT(sink.events, ElementsAre());
  EXPECT_THAT(reasons(sink),
              ElementsAre("2: InvoiceNo is empty", "3: Quantity is not a number",
                          "4: InvoiceDate is not a time", "5: UnitPrice is not a number",
                          "6: a correction of the books, not a sale",
                          "7: no goods (postage, fee, discount, voucher, manual entry)",
                          "8: quantity below 1 in a sale: stock correction",
                          "9: price not above 0: sample, gift or write-off",
                          "10: no goods (postage, fee, discount, voucher, manual entry)"));
}

TEST(OnlineRetail, MakesProductsCustomersOrdersAndRefunds) {
  RecordingSink sink;
  const Status status = map_text(
      ImportKind::orders,
      std::string(kHeader) +
          "536365,85123A,WHITE HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
          "536365,85123A,WHITE HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
          "536365,71053,LANTERN,2,2010-12-01 08:26:00,3.39,17850.0,United Kingdom\n"
          "536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850.0,United Kingdom\n"
          "536366,71053,METAL LANTERN,1,2010-12-02 08:26:00,3.75,,France\n"
          "536367,71053,METAL LANTERN,1,2010-12-03 08:26:00,3.39,,France\n"
          "C536400,85123A,WHITE HOLDER,-5,2010-12-04 10:00:00,2.55,17850.0,United Kingdom\n"
          "C536401,85123A,WHITE HOLDER,-90,2010-12-05 10:00:00,2.55,17850.0,United Kingdom\n",
      sink);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_THAT(reasons(sink), ElementsAre());
  ASSERT_EQ(sink.events.size(), 8U);  // 2 products, 1 customer, 3 orders, 2 refunds
  EXPECT_THAT(sink.barriers, ElementsAre(3U));
  EXPECT_EQ(sink.events[0].product_upserted().product().title(), "WHITE HOLDER");
  EXPECT_EQ(sink.events[1].product_upserted().product().title(), "METAL LANTERN");
  EXPECT_EQ(sink.events[1].product_upserted().product().price_range().min().amount(),
            339);  // asked most often
  EXPECT_EQ(sink.events[2].customer_upserted().customer().id(), "17850");
  EXPECT_EQ(sink.events[2].customer_upserted().customer().country(), "GB");

  const souk::v1::OrderCompleted& order = sink.events[3].order_completed();
  EXPECT_EQ(order.order_id(), "536365");
  EXPECT_EQ(sink.events[3].shopper_id(), "17850");
  ASSERT_EQ(order.products_size(), 2);
  EXPECT_EQ(order.products(0).quantity(), 12);  // the identical line is merged with its sum
  EXPECT_DOUBLE_EQ(order.subtotal(), 37.38);
  EXPECT_DOUBLE_EQ(order.shipping(), 18.00);
  EXPECT_DOUBLE_EQ(order.total(), 55.38);
  EXPECT_EQ(sink.events[4].shopper_id(), "");
  EXPECT_EQ(sink.notes.at("identical lines of one invoice, merged with their sum"), 1U);

  const souk::v1::OrderRefunded& refund = sink.events[6].order_refunded();
  EXPECT_EQ(refund.order_id(), "536365");  // the order that the line was bought in
  EXPECT_EQ(refund.products(0).quantity(), 5);
  EXPECT_EQ(sink.events[7].order_refunded().order_id(), "C536401");  // more than was ever bought
}

TEST(OnlineRetail, ProductsAloneAndCustomersAlone) {
  const std::string text =
      std::string(kHeader) +
      "536365,85123A,WHITE HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n";
  RecordingSink products;
  ASSERT_TRUE(map_text(ImportKind::products, text, products).ok());
  ASSERT_EQ(products.events.size(), 1U);
  EXPECT_TRUE(products.events[0].has_product_upserted());
  RecordingSink customers;
  ASSERT_TRUE(map_text(ImportKind::customers, text, customers).ok());
  ASSERT_EQ(customers.events.size(), 1U);
  EXPECT_TRUE(customers.events[0].has_customer_upserted());
}

}  // namespace
}  // namespace souk::cli
