// Insights → the store's own vocabulary.
#include "kernel/base/ids.hpp"
#include "kernel/gateway/algolia/insights.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway {
namespace {

namespace pb = souk::v1;

/// The same event gives the same id, so that a retry is harmless; without a time it can't be told
/// from another one, and the kernel makes an id.
std::string id_of(const InsightsEvent& event, std::size_t ordinal) {
  if (!event.timed) return {};
  std::string all = event.user + '\0' + event.name + '\0' + event.index + '\0' +
                    std::to_string(event.time_us) + '\0' +
                    std::to_string(static_cast<int>(event.type)) + '\0' +
                    std::to_string(static_cast<int>(event.subtype)) + '\0';
  for (const InsightsObject& object : event.objects)
    all += object.id + '\0' + object.query_id + '\0';
  for (const std::string& filter : event.filters)
    all += filter + '\0';
  const base::Hash128 hash = base::hash128(all);
  std::string bytes(reinterpret_cast<const char*>(&hash.low), sizeof hash.low);
  bytes.append(reinterpret_cast<const char*>(&hash.high), sizeof hash.high);
  return "insights-" + base::to_hex(bytes) + "-" + std::to_string(ordinal);
}

pb::Event envelope_of(const InsightsEvent& event, std::size_t ordinal) {
  pb::Event made;
  made.set_id(id_of(event, ordinal));
  made.mutable_time()->set_seconds(event.time_us / 1'000'000);
  made.mutable_time()->set_nanos(static_cast<std::int32_t>(event.time_us % 1'000'000) * 1'000);
  made.set_shopper_id(event.user);
  made.set_anonymous_id(event.anonymous);
  made.mutable_context()->set_library("algolia-insights");
  return made;
}

/// What messages about one product share.
template <class Message>
void fill_product(const InsightsObject& object, Message& message) {
  message.set_product_id(object.id);
  message.set_query_id(object.query_id);
  if (object.position) message.set_position(*object.position);
  if (object.price && *object.price >= 0) message.set_price(*object.price);
  if (object.quantity && *object.quantity >= 0) message.set_quantity(*object.quantity);
}

/// An order of what was bought. Algolia's events have no order number: the event's id stands in.
void fill_order(const InsightsEvent& event, pb::OrderCompleted& order) {
  const std::string id = id_of(event, 0);
  order.set_order_id(id.empty() ? base::new_uuid(event.time_us) : id);
  double total = 0;
  bool priced = true;
  for (const InsightsObject& object : event.objects) {
    fill_product(object, *order.add_products());
    priced = priced && object.price.has_value();
    total += (object.price.value_or(0) - object.discount.value_or(0)) * object.quantity.value_or(1);
  }
  if (event.value && *event.value >= 0) {
    order.set_total(*event.value);
  } else if (priced && total >= 0) {
    order.set_total(total);
  }
  if (event.currency.size() == 3) order.set_currency(event.currency);
}

void append_filters(const InsightsEvent& event, std::vector<std::string>& out) {
  pb::Event made = envelope_of(event, 0);
  pb::Tracked& tracked = *made.mutable_tracked();
  tracked.set_name(event.name);
  auto& fields = *tracked.mutable_properties()->mutable_fields();
  fields["index"].set_string_value(event.index);
  for (const std::string& filter : event.filters)
    fields["filters"].mutable_list_value()->add_values()->set_string_value(filter);
  out.push_back(made.SerializeAsString());
}

}  // namespace

void append_insights(const InsightsEvent& event, std::vector<std::string>& out) {
  using Type = InsightsEvent::Type;
  if (event.type == Type::telemetry) return;
  if (event.objects.empty()) return append_filters(event, out);
  // Several products seen at once are a list; so is what InstantSearch reports of a page of hits.
  if (event.type == Type::view && (event.objects.size() > 1 || event.name == "Hits Viewed")) {
    pb::Event made = envelope_of(event, 0);
    made.mutable_product_list_viewed()->set_list_id(event.index);
    for (const InsightsObject& object : event.objects)
      fill_product(object, *made.mutable_product_list_viewed()->add_products());
    out.push_back(made.SerializeAsString());
    return;
  }
  if (event.subtype == InsightsEvent::Subtype::purchase) {
    pb::Event made = envelope_of(event, 0);
    fill_order(event, *made.mutable_order_completed());
    out.push_back(made.SerializeAsString());
    return;
  }
  for (std::size_t i = 0; i < event.objects.size(); ++i) {
    pb::Event made = envelope_of(event, i);
    if (event.type == Type::click) {
      fill_product(event.objects[i], *made.mutable_product_clicked());
      made.mutable_product_clicked()->set_list_id(event.index);
    } else if (event.type == Type::view) {
      fill_product(event.objects[i], *made.mutable_product_viewed());
    } else {
      // A conversion that says no more is taken for the smallest one.
      fill_product(event.objects[i], *made.mutable_product_added());
      if (event.currency.size() == 3) made.mutable_product_added()->set_currency(event.currency);
    }
    out.push_back(made.SerializeAsString());
  }
}

}  // namespace souk::gateway
