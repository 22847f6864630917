#include "kernel/log/entity_changes.hpp"

#include <cmath>

#include "souk/v1/event.pb.h"

namespace souk::log {
namespace {

namespace pb = souk::v1;

template <class Message>
std::optional<Message> parsed(std::string_view payload) {
  Message message;
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return std::nullopt;
  }
  return message;
}

EntityChange put(const char* kind, std::string id, const google::protobuf::MessageLite& entity) {
  return {0, kind, std::move(id), entity.SerializeAsString(), false, false};
}

EntityChange removed(const char* kind, std::string id) {
  return {0, kind, std::move(id), {}, true, false};
}

EntityChange inventory_change(const pb::InventorySet& set) {
  // InventorySet and InventoryLevel share numbers and types: the bytes are the entity.
  pb::InventoryLevel level;
  level.ParseFromString(set.SerializeAsString());
  if (level.id().empty()) {
    level.set_id(inventory_level_id(set.product_id(), set.variant_id(), set.location_id()));
  }
  return put("inventory", level.id(), level);
}

void set_money(pb::Money* money, double amount, const std::string& currency) {
  // Beyond what money can be, a rounded integer would be undefined.
  const double minor = amount * minor_units_of(currency);
  money->set_amount(std::abs(minor) < 9e15 ? std::llround(minor) : 0);
  money->set_currency(currency);
}

template <class OrderEvent>
EntityChange order_change(const schema::EventFields& fields, const OrderEvent& event,
                          pb::Order::Status status, bool merge) {
  pb::Order order = event.has_record() ? event.record() : pb::Order();
  if (order.id().empty()) order.set_id(event.order_id());
  if (order.shopper_id().empty()) order.set_shopper_id(std::string(fields.shopper_id));
  if (order.account_id().empty()) order.set_account_id(std::string(fields.account_id));
  if (order.currency().empty()) order.set_currency(event.currency());
  if (order.coupon().empty()) order.set_coupon(event.coupon());
  if (status != pb::Order::STATUS_UNSPECIFIED) order.set_status(status);
  if (order.lines().empty()) {
    for (const pb::ProductLine& line : event.products()) {
      pb::OrderLine* copy = order.add_lines();
      copy->set_product_id(line.product_id());
      copy->set_quantity(line.has_quantity() ? line.quantity() : 1);
      set_money(copy->mutable_price(), line.price(), event.currency());
    }
  }
  if (!order.has_totals() && (event.has_total() || event.has_revenue())) {
    set_money(order.mutable_totals()->mutable_total(),
              event.has_total() ? event.total() : event.revenue(), event.currency());
  }
  const std::string id = order.id();
  EntityChange change = put("order", id, order);
  change.merge = merge;
  return change;
}

template <class OrderEvent>
std::optional<EntityChange> order_event(const schema::EventFields& fields, pb::Order::Status status,
                                        bool merge) {
  auto event = parsed<OrderEvent>(fields.payload);
  if (!event) return std::nullopt;
  return order_change(fields, *event, status, merge && !event->has_record());
}

template <class OrderEvent>
std::optional<EntityChange> status_event(const schema::EventFields& fields,
                                         pb::Order::Status status) {
  auto event = parsed<OrderEvent>(fields.payload);
  if (!event) return std::nullopt;
  pb::Order order;
  order.set_id(event->order_id());
  order.set_status(status);
  EntityChange change = put("order", order.id(), order);
  change.merge = true;
  return change;
}

std::optional<EntityChange> catalog_change(const schema::EventFields& fields) {
  switch (fields.payload_field) {
    case pb::Event::kProductUpserted:
      if (auto event = parsed<pb::ProductUpserted>(fields.payload)) {
        return put("product", event->product().id(), event->product());
      }
      break;
    case pb::Event::kProductDeleted:
      if (auto event = parsed<pb::ProductDeleted>(fields.payload)) {
        return removed("product", event->product_id());
      }
      break;
    case pb::Event::kInventorySet:
      if (auto event = parsed<pb::InventorySet>(fields.payload)) return inventory_change(*event);
      break;
    case pb::Event::kInventoryDeleted:
      if (auto event = parsed<pb::InventoryDeleted>(fields.payload)) {
        return removed("inventory", event->inventory_id());
      }
      break;
    case pb::Event::kPriceListSet:
      if (auto event = parsed<pb::PriceListSet>(fields.payload)) {
        return put("price_list", event->price_list().id(), event->price_list());
      }
      break;
    case pb::Event::kPriceListDeleted:
      if (auto event = parsed<pb::PriceListDeleted>(fields.payload)) {
        return removed("price_list", event->price_list_id());
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

/// Indexes of the Algolia-compatible API, and records that are no products.
std::optional<EntityChange> index_change(const schema::EventFields& fields) {
  switch (fields.payload_field) {
    case pb::Event::kSearchIndexRecordSet:
      if (auto event = parsed<pb::SearchIndexRecordSet>(fields.payload)) {
        return EntityChange{0,
                            "index:" + event->index(),
                            event->record().id(),
                            event->record().SerializeAsString(),
                            false,
                            false};
      }
      break;
    case pb::Event::kSearchIndexRecordDeleted:
      if (auto event = parsed<pb::SearchIndexRecordDeleted>(fields.payload)) {
        return EntityChange{0, "index:" + event->index(), event->record_id(), {}, true, false};
      }
      break;
    case pb::Event::kSearchIndexSet:
      if (auto event = parsed<pb::SearchIndexSet>(fields.payload)) {
        if (event->change() == "created") return put("search_index", event->index(), *event);
        if (event->change() == "deleted") return removed("search_index", event->index());
        if (event->change() == "replaced") return removed("search_index", event->from());
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<EntityChange> people_change(const schema::EventFields& fields) {
  switch (fields.payload_field) {
    case pb::Event::kCustomerUpserted:
      if (auto event = parsed<pb::CustomerUpserted>(fields.payload)) {
        return put("customer", event->customer().id(), event->customer());
      }
      break;
    case pb::Event::kCustomerErased:
      if (auto event = parsed<pb::CustomerErased>(fields.payload)) {
        return removed("customer", event->customer_id());
      }
      break;
    case pb::Event::kAccountUpserted:
      if (auto event = parsed<pb::AccountUpserted>(fields.payload)) {
        return put("account", event->account().id(), event->account());
      }
      break;
    case pb::Event::kAccountDeleted:
      if (auto event = parsed<pb::AccountDeleted>(fields.payload)) {
        return removed("account", event->account_id());
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<EntityChange> orders_change(const schema::EventFields& fields) {
  switch (fields.payload_field) {
    case pb::Event::kOrderCompleted:
      return order_event<pb::OrderCompleted>(fields, pb::Order::PLACED, false);
    case pb::Event::kOrderUpdated:
      return order_event<pb::OrderUpdated>(fields, pb::Order::STATUS_UNSPECIFIED, true);
    case pb::Event::kOrderCancelled:
      return order_event<pb::OrderCancelled>(fields, pb::Order::CANCELLED, true);
    case pb::Event::kOrderRefunded:
      return status_event<pb::OrderRefunded>(fields, pb::Order::REFUNDED);
    case pb::Event::kOrderShipped:
      return status_event<pb::OrderShipped>(fields, pb::Order::SHIPPED);
    case pb::Event::kOrderDelivered:
      return status_event<pb::OrderDelivered>(fields, pb::Order::DELIVERED);
    case pb::Event::kOrderDeleted:
      if (auto event = parsed<pb::OrderDeleted>(fields.payload)) {
        return removed("order", event->order_id());
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace

double minor_units_of(std::string_view currency) noexcept {
  for (const std::string_view none : {"JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF",
                                      "XPF", "RWF", "DJF", "GNF", "KMF", "BIF", "VUV"}) {
    if (currency == none) return 1;
  }
  for (const std::string_view three : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}) {
    if (currency == three) return 1'000;
  }
  return 100;
}

std::string inventory_level_id(std::string_view product, std::string_view variant,
                               std::string_view location) {
  std::string id(product);
  if (!variant.empty() || !location.empty()) id.append(":").append(variant);
  if (!location.empty()) id.append(":").append(location);
  return id;
}

std::optional<EntityChange> entity_change(const schema::EventFields& fields) {
  auto change = catalog_change(fields);
  if (!change) change = index_change(fields);
  if (!change) change = people_change(fields);
  if (!change) change = orders_change(fields);
  if (change && change->id.empty()) return std::nullopt;
  return change;
}

std::string merge_entity(const std::string& stored, const EntityChange& change) {
  pb::Order order;
  pb::Order update;
  if (!order.ParseFromString(stored) || !update.ParseFromString(change.data)) return change.data;
  if (!update.lines().empty()) order.clear_lines();
  order.MergeFrom(update);
  return order.SerializeAsString();
}

}  // namespace souk::log
