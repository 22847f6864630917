#include "kernel/log/entity_changes.hpp"

#include <gtest/gtest.h>

#include "souk/v1/event.pb.h"

namespace souk::log {
namespace {

std::optional<EntityChange> change_of(const souk::v1::Event& event) {
  const std::string wire = event.SerializeAsString();
  schema::EventFields fields;
  EXPECT_TRUE(schema::scan_event(wire, fields));
  return entity_change(fields);
}

TEST(EntityChanges, most_events_change_none) {
  souk::v1::Event event;
  event.mutable_product_viewed()->set_product_id("p");
  EXPECT_FALSE(change_of(event));
  event.mutable_product_upserted();  // a product without an id
  EXPECT_FALSE(change_of(event));
}

TEST(EntityChanges, catalog_and_people_are_put_and_removed) {
  souk::v1::Event event;
  event.mutable_product_upserted()->mutable_product()->set_id("p1");
  event.mutable_product_upserted()->mutable_product()->set_title("Chair");
  auto change = change_of(event);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->kind, "product");
  souk::v1::Product product;
  ASSERT_TRUE(product.ParseFromString(change->data));
  EXPECT_EQ(product.title(), "Chair");

  event.mutable_customer_erased()->set_customer_id("c1");
  change = change_of(event);
  EXPECT_EQ(change->kind, "customer");
  EXPECT_TRUE(change->deleted);
}

TEST(EntityChanges, a_level_without_an_id_is_named_by_what_it_counts) {
  souk::v1::Event event;
  event.mutable_inventory_set()->set_product_id("p1");
  event.mutable_inventory_set()->set_available(4);
  EXPECT_EQ(change_of(event)->id, "p1");
  event.mutable_inventory_set()->set_location_id("berlin");
  EXPECT_EQ(change_of(event)->id, "p1::berlin");
  souk::v1::InventoryLevel level;
  ASSERT_TRUE(level.ParseFromString(change_of(event)->data));
  EXPECT_EQ(level.available(), 4);
}

TEST(EntityChanges, an_order_is_folded_over_its_life) {
  souk::v1::Event placed;
  placed.set_shopper_id("s1");
  auto* completed = placed.mutable_order_completed();
  completed->set_order_id("o1");
  completed->set_currency("EUR");
  completed->set_total(12.34);
  completed->add_products()->set_product_id("p1");
  auto change = change_of(placed);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->merge);

  souk::v1::Event shipped;
  shipped.mutable_order_shipped()->set_order_id("o1");
  auto update = change_of(shipped);
  ASSERT_TRUE(update);
  EXPECT_TRUE(update->merge);

  souk::v1::Order order;
  ASSERT_TRUE(order.ParseFromString(merge_entity(change->data, *update)));
  EXPECT_EQ(order.id(), "o1");
  EXPECT_EQ(order.shopper_id(), "s1");
  EXPECT_EQ(order.status(), souk::v1::Order::SHIPPED);
  EXPECT_EQ(order.totals().total().amount(), 1'234);
  ASSERT_EQ(order.lines_size(), 1);
  EXPECT_EQ(order.lines(0).quantity(), 1);
}

}  // namespace
}  // namespace souk::log
