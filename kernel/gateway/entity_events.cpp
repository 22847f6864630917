#include "kernel/gateway/entity_events.hpp"

#include <algorithm>
#include <array>

#include "kernel/gateway/wire_fields.hpp"
#include "kernel/log/entity_changes.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway {
namespace {

namespace pb = souk::v1;

constexpr std::array<EntityKind, 5> kKinds = {{
    {"product", "souk.v1.Product", "souk.v1.ListProductsReply", "products",
     "souk.v1.Products/GetProduct", "souk.v1.Products/PutProduct", "souk.v1.Products/DeleteProduct",
     "souk.v1.Products/ListProducts", "souk.v1.Products/BatchProducts",
     pb::Event::kProductUpsertedFieldNumber, pb::Event::kProductDeletedFieldNumber,
     pb::Product::kUpdatedAtFieldNumber},
    {"customer", "souk.v1.Customer", "souk.v1.ListCustomersReply", "customers",
     "souk.v1.Customers/GetCustomer", "souk.v1.Customers/PutCustomer", "",
     "souk.v1.Customers/ListCustomers", "souk.v1.Customers/BatchCustomers",
     pb::Event::kCustomerUpsertedFieldNumber, 0, pb::Customer::kUpdatedAtFieldNumber},
    {"account", "souk.v1.Account", "souk.v1.ListAccountsReply", "accounts",
     "souk.v1.Accounts/GetAccount", "souk.v1.Accounts/PutAccount", "souk.v1.Accounts/DeleteAccount",
     "souk.v1.Accounts/ListAccounts", "souk.v1.Accounts/BatchAccounts",
     pb::Event::kAccountUpsertedFieldNumber, pb::Event::kAccountDeletedFieldNumber,
     pb::Account::kUpdatedAtFieldNumber},
    {"order", "souk.v1.Order", "souk.v1.ListOrdersReply", "orders", "souk.v1.Orders/GetOrder",
     "souk.v1.Orders/PutOrder", "souk.v1.Orders/DeleteOrder", "souk.v1.Orders/ListOrders",
     "souk.v1.Orders/BatchOrders", 0, pb::Event::kOrderDeletedFieldNumber,
     pb::Order::kUpdatedAtFieldNumber},
    {"inventory", "souk.v1.InventoryLevel", "souk.v1.ListInventoryReply", "levels",
     "souk.v1.Inventory/GetInventoryLevel", "souk.v1.Inventory/PutInventoryLevel",
     "souk.v1.Inventory/DeleteInventoryLevel", "souk.v1.Inventory/ListInventory",
     "souk.v1.Inventory/BatchInventory", pb::Event::kInventorySetFieldNumber,
     pb::Event::kInventoryDeletedFieldNumber, pb::InventoryLevel::kUpdatedAtFieldNumber},
}};

bool has_field(std::string_view wire, std::uint32_t number) noexcept {
  WireFields fields(wire);
  while (fields.next()) {
    if (fields.number() == number) return true;
  }
  return false;
}

std::string field_one(std::string_view wire) {
  std::string_view found;
  WireFields fields(wire);
  while (fields.next()) {
    if (fields.number() == 1 && fields.is_bytes()) found = fields.bytes();
  }
  return std::string(found);
}

void stamp(pb::Event& event, std::int64_t now_us) {
  event.mutable_time()->set_seconds(now_us / 1'000'000);
  event.mutable_time()->set_nanos(static_cast<std::int32_t>(now_us % 1'000'000) * 1'000);
  event.set_channel(pb::Event::API);
}

/// A level is named by what it counts, and tells from its name what it counts.
void complete_level(pb::InventoryLevel& level) {
  if (level.id().empty()) {
    level.set_id(
        log::inventory_level_id(level.product_id(), level.variant_id(), level.location_id()));
  }
  if (!level.product_id().empty()) return;
  const std::string& id = level.id();
  const auto first = id.find(':');
  level.set_product_id(id.substr(0, first));
  if (first == std::string::npos) return;
  const auto second = id.find(':', first + 1);
  if (level.variant_id().empty()) level.set_variant_id(id.substr(first + 1, second - first - 1));
  if (second == std::string::npos || !level.location_id().empty()) return;
  level.set_location_id(id.substr(second + 1));
}

/// Major units, as events carry money.
double major(const pb::Money& money, const std::string& currency) {
  return static_cast<double>(money.amount()) /
         log::minor_units_of(money.currency().empty() ? currency : money.currency());
}

/// The properties of the Segment vocabulary, from the order's record. `Target` is one of the order
/// events, which share these names.
template <class Target>
void fill_order_event(const pb::Order& order, Target& event) {
  event.set_order_id(order.id());
  event.set_currency(order.currency());
  event.set_coupon(order.coupon());
  for (const pb::OrderLine& line : order.lines()) {
    pb::ProductLine* product = event.add_products();
    product->set_product_id(line.product_id());
    product->set_variant_id(line.variant_id());
    product->set_sku(line.sku());
    product->set_name(line.title());
    if (line.quantity() != 0) product->set_quantity(line.quantity());
    if (line.has_price()) product->set_price(major(line.price(), order.currency()));
  }
  const pb::OrderTotals& totals = order.totals();
  if (totals.has_total()) event.set_total(major(totals.total(), order.currency()));
  if (totals.has_subtotal()) event.set_subtotal(major(totals.subtotal(), order.currency()));
  if (totals.has_shipping()) event.set_shipping(major(totals.shipping(), order.currency()));
  if (totals.has_tax()) event.set_tax(major(totals.tax(), order.currency()));
  if (totals.has_discount()) event.set_discount(major(totals.discount(), order.currency()));
  *event.mutable_record() = order;
}

pb::Event order_envelope(const pb::Order& order, std::int64_t now_us) {
  pb::Event event;
  stamp(event, now_us);
  event.set_shopper_id(order.shopper_id());
  event.set_account_id(order.account_id());
  return event;
}

/// What a change of state means besides the new record. Nothing when the state was the same before.
void append_state_event(const pb::Order& order, std::int64_t now_us,
                        std::vector<std::string>& events) {
  pb::Event event = order_envelope(order, now_us);
  switch (order.status()) {
    case pb::Order::SHIPPED:
      event.mutable_order_shipped()->set_order_id(order.id());
      break;
    case pb::Order::DELIVERED:
      event.mutable_order_delivered()->set_order_id(order.id());
      break;
    case pb::Order::REFUNDED:
      event.mutable_order_refunded()->set_order_id(order.id());
      event.mutable_order_refunded()->set_currency(order.currency());
      if (order.totals().has_refunded()) {
        event.mutable_order_refunded()->set_total(
            major(order.totals().refunded(), order.currency()));
      }
      break;
    default:
      return;
  }
  events.push_back(event.SerializeAsString());
}

Result<std::vector<std::string>> order_events(std::string_view entity, std::string_view existing,
                                              std::int64_t now_us) {
  pb::Order order;
  pb::Order before;
  if (!order.ParseFromArray(entity.data(), static_cast<int>(entity.size()))) {
    return Status(Code::internal, "an order that was checked could not be read");
  }
  before.ParseFromArray(existing.data(), static_cast<int>(existing.size()));
  if (!order.has_updated_at()) {
    order.mutable_updated_at()->set_seconds(now_us / 1'000'000);
    order.mutable_updated_at()->set_nanos(static_cast<std::int32_t>(now_us % 1'000'000) * 1'000);
  }
  std::vector<std::string> events;
  if (existing.empty()) {
    pb::Event placed = order_envelope(order, now_us);
    if (order.has_placed_at()) *placed.mutable_time() = order.placed_at();
    fill_order_event(order, *placed.mutable_order_completed());
    placed.mutable_order_completed()->set_payment_method(order.payment_method());
    events.push_back(placed.SerializeAsString());
    if (order.status() == pb::Order::STATUS_UNSPECIFIED || order.status() == pb::Order::PLACED) {
      return events;
    }
  }
  pb::Event changed = order_envelope(order, now_us);
  if (order.status() == pb::Order::CANCELLED && before.status() != pb::Order::CANCELLED) {
    fill_order_event(order, *changed.mutable_order_cancelled());
    events.push_back(changed.SerializeAsString());
    return events;
  }
  fill_order_event(order, *changed.mutable_order_updated());
  changed.mutable_order_updated()->set_payment_method(order.payment_method());
  events.push_back(changed.SerializeAsString());
  if (order.status() != before.status()) append_state_event(order, now_us, events);
  return events;
}

}  // namespace

std::span<const EntityKind> entity_kinds() noexcept { return kKinds; }

Result<std::string> entity_id(const EntityKind& kind, std::string_view entity) {
  std::string id = field_one(entity);
  if (id.empty() && kind.kind == "inventory") {
    pb::InventoryLevel level;
    level.ParseFromArray(entity.data(), static_cast<int>(entity.size()));
    if (!level.product_id().empty()) {
      id = log::inventory_level_id(level.product_id(), level.variant_id(), level.location_id());
    }
  }
  if (id.empty()) {
    return Status(Code::invalid_argument,
                  kind.kind == "inventory" ? "is missing; give id or productId" : "is missing",
                  "id");
  }
  return id;
}

Result<std::vector<std::string>> upsert_events(const EntityKind& kind, std::string_view entity,
                                               std::string_view existing, std::int64_t now_us) {
  if (kind.kind == "order") return order_events(entity, existing, now_us);
  std::string bytes(entity);
  if (kind.updated_at != 0 && !has_field(entity, kind.updated_at)) {
    append_timestamp_field(bytes, kind.updated_at, now_us);
  }
  pb::Event envelope;
  stamp(envelope, now_us);
  if (kind.kind == "customer") envelope.set_shopper_id(field_one(entity));
  if (kind.kind == "account") envelope.set_account_id(field_one(entity));
  std::string event = envelope.SerializeAsString();
  if (kind.kind == "inventory") {
    // The level's own bytes are the payload: InventorySet has the same fields under the same
    // numbers.
    pb::InventoryLevel level;
    level.ParseFromString(bytes);
    complete_level(level);
    append_bytes_field(event, kind.upserted, level.SerializeAsString());
  } else {
    std::string payload;
    append_bytes_field(payload, 1, bytes);
    append_bytes_field(event, kind.upserted, payload);
  }
  return std::vector<std::string>{std::move(event)};
}

std::string delete_event(const EntityKind& kind, std::string_view id, std::int64_t now_us) {
  pb::Event envelope;
  stamp(envelope, now_us);
  if (kind.kind == "account") envelope.set_account_id(std::string(id));
  std::string event = envelope.SerializeAsString();
  std::string payload;
  append_bytes_field(payload, 1, id);
  append_bytes_field(event, kind.deleted, payload);
  return event;
}

}  // namespace souk::gateway
