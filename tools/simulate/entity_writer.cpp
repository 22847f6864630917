// Names of souk.v1's entities, messages, returns and subscriptions, in Protobuf's JSON mapping.
#include <algorithm>

#include "tools/simulate/event_writer.hpp"

namespace souk::simulate {
namespace {

constexpr std::string_view kShopUrl = "https://shop.example/p/";
constexpr std::string_view kMediaUrl = "https://media.shop.example/";

}  // namespace

void EventWriter::price(std::string_view key, std::int64_t minor_units) {
  json_.open_object(key);
  // 64-bit integers are strings in Protobuf's JSON.
  json_.string("amount", std::to_string(minor_units));
  json_.string("currency", currency_);
  json_.close_object();
}

void EventWriter::price_range(std::string_view key, std::int64_t low, std::int64_t high) {
  json_.open_object(key);
  price("min", low);
  price("max", high);
  json_.close_object();
}

void EventWriter::availability(bool available, bool discontinued) {
  json_.open_object("availability");
  json_.boolean("available", available && !discontinued);
  json_.string("status", discontinued ? "discontinued" : (available ? "in_stock" : "out_of_stock"));
  json_.close_object();
}

void EventWriter::product_options(const Product& product) {
  const Sizing sizing = leaf_specs()[product.leaf].sizing;
  json_.open_array("options");
  const bool coloured = product.variants.front().colour >= 0;
  if (coloured) {
    json_.open_object();
    json_.string("name", "Colour");
    json_.open_array("values");
    int last = -1;
    for (const Variant& variant : product.variants) {
      if (variant.colour == last) continue;  // variants stand colour by colour
      last = variant.colour;
      json_.open_object();
      json_.string("label", colours()[static_cast<std::size_t>(variant.colour)]);
      json_.close_object();
    }
    json_.close_array();
    json_.close_object();
  }
  if (product.variants.front().size >= 0) {
    json_.open_object();
    json_.string("name", option_name(sizing));
    json_.open_array("values");
    for (const std::string_view label : size_labels(sizing)) {
      json_.open_object();
      json_.string("label", label);
      json_.close_object();
    }
    json_.close_array();
    json_.close_object();
  }
  json_.close_array();
}

void EventWriter::product_variants(const Product& product) {
  const Sizing sizing = leaf_specs()[product.leaf].sizing;
  json_.open_array("variants");
  for (std::size_t i = 0; i < product.variants.size(); ++i) {
    const Variant& variant = product.variants[i];
    const auto size = size_label(sizing, variant.size);
    const auto colour = variant.colour >= 0 ? colours()[static_cast<std::size_t>(variant.colour)]
                                            : std::string_view{};
    std::string title(colour);
    if (!colour.empty() && !size.empty()) title += " / ";
    title += size;
    json_.open_object();
    json_.string("id", variant.id);
    json_.string("title", title);
    price("price", product.variant_price(i));
    if (product.price < product.list_price) price("listPrice", product.variant_list_price(i));
    json_.open_array("options");
    for (const auto& [name, label] :
         {std::pair{std::string_view("Colour"), colour}, std::pair{option_name(sizing), size}}) {
      if (label.empty()) continue;
      json_.open_object();
      json_.string("name", name);
      json_.string("label", label);
      json_.close_object();
    }
    json_.close_array();
    json_.string("sku", variant.id);
    json_.close_object();
  }
  json_.close_array();
}

void EventWriter::product_body(const Product& product, std::int64_t now_us) {
  json_.string("id", product.id);
  json_.string("title", product.title);
  json_.open_object("description");
  json_.string("plain", product.description);
  json_.close_object();
  json_.string("handle", slug(product.title) + "-" + product.id);
  json_.string("url", std::string(kShopUrl) + product.id);
  json_.open_array("categories");
  json_.open_object();
  json_.string("value", catalog_.leaf_category(product.leaf).path);
  json_.close_object();
  json_.close_array();
  std::int64_t low = product.variant_price(0);
  std::int64_t high = low;
  std::int64_t list_low = product.variant_list_price(0);
  std::int64_t list_high = list_low;
  for (std::size_t i = 1; i < product.variants.size(); ++i) {
    low = std::min(low, product.variant_price(i));
    high = std::max(high, product.variant_price(i));
    list_low = std::min(list_low, product.variant_list_price(i));
    list_high = std::max(list_high, product.variant_list_price(i));
  }
  price_range("priceRange", low, high);
  if (product.price < product.list_price) price_range("listPriceRange", list_low, list_high);
  json_.open_array("media");
  json_.open_object();
  json_.string("type", "image");
  json_.string("url", std::string(kMediaUrl) + product.id + ".jpg");
  json_.string("altText", product.title);
  json_.close_object();
  json_.close_array();
  if (product.has_variants()) {
    product_options(product);
    product_variants(product);
  }
  json_.string("brand", catalog_.brands()[product.brand].name);
  json_.open_object("attributes");
  json_.string("style", kStyleNames[product.dominant_style]);
  json_.string("type", product.noun);
  for (const auto& [name, value] : product.attributes)
    json_.string(name, value);
  if (!product.has_variants() && product.variants.front().colour >= 0) {
    json_.string("colour", colours()[static_cast<std::size_t>(product.variants.front().colour)]);
  }
  json_.close_object();
  json_.time("createdAt", product.created_us);
  json_.time("updatedAt", now_us);
  json_.time("publishedAt", product.created_us);
}

void EventWriter::product_upserted(const Moment& moment, std::uint32_t index) {
  if (!begin(moment, EventKind::product_upserted)) return;
  const Product& product = catalog_.products()[index];
  json_.open_object("product");
  product_body(product, moment.time_us);
  if (product.live) {
    availability(product.total_stock() > 0, false);
  } else {
    json_.boolean("hidden", true);
    availability(false, true);
  }
  json_.close_object();
  end();
}

void EventWriter::inventory_set(const Moment& moment, std::uint32_t index, int variant_index) {
  if (!begin(moment, EventKind::inventory_set)) return;
  const Product& product = catalog_.products()[index];
  const Variant& variant = product.variants[static_cast<std::size_t>(variant_index)];
  json_.string("id", variant.id);
  json_.string("productId", product.id);
  if (product.has_variants()) json_.string("variantId", variant.id);
  json_.integer("available", variant.stock);
  if (variant.incoming) json_.integer("incoming", std::max(variant.order_up_to - variant.stock, 1));
  json_.time("updatedAt", moment.time_us);
  end();
}

void EventWriter::customer_upserted(const Moment& moment, const CustomerText& customer) {
  if (!begin(moment, EventKind::customer_upserted)) return;
  json_.open_object("customer");
  json_.string("id", customer.id);
  json_.string("email", customer.email);
  json_.string("name", customer.name);
  json_.string("locale", "en-GB");
  json_.string("timeZone", "Europe/Berlin");
  json_.open_array("consents");
  json_.open_object();
  json_.string("channel", "EMAIL");
  json_.string("status", customer.consent ? "GRANTED" : "WITHDRAWN");
  json_.time("time", moment.time_us);
  json_.close_object();
  json_.close_array();
  json_.string_if("accountId", customer.account_id);
  if (!customer.anonymous_id.empty()) {
    json_.open_array("externalIds");
    json_.open_object();
    json_.string("system", "anonymous");
    json_.string("id", customer.anonymous_id);
    json_.close_object();
    json_.close_array();
  }
  json_.time("createdAt", customer.created_us);
  json_.close_object();
  end();
}

void EventWriter::account_upserted(const Moment& moment, const AccountText& account) {
  if (!begin(moment, EventKind::account_upserted)) return;
  json_.open_object("account");
  json_.string("id", account.id);
  json_.string("name", account.name);
  json_.open_array("contacts");
  bool first = true;
  for (const std::string& contact : account.contact_ids) {
    json_.open_object();
    json_.string("customerId", contact);
    json_.string("role", first ? "admin" : "buyer");
    json_.close_object();
    first = false;
  }
  json_.close_array();
  json_.string("priceListId", account.price_list_id);
  json_.open_object("attributes");
  json_.string("industry", account.industry);
  json_.close_object();
  json_.integer("paymentTermsDays", 30);
  json_.time("createdAt", account.created_us);
  json_.close_object();
  end();
}

void EventWriter::price_list_set(const Moment& moment, std::string_view id, std::string_view name,
                                 std::span<const Line> entries, double discount_percent) {
  if (!begin(moment, EventKind::price_list_set)) return;
  json_.open_object("priceList");
  json_.string("id", id);
  json_.string("name", name);
  json_.string("currency", currency_);
  json_.open_array("entries");
  for (const Line& entry : entries) {
    const Product& product = catalog_.products()[entry.product];
    json_.open_object();
    json_.string("productId", product.id);
    if (product.has_variants()) {
      json_.string("variantId", product.variants[static_cast<std::size_t>(entry.variant)].id);
    }
    price("price", entry.unit_price);
    if (entry.quantity > 0) json_.integer("minQuantity", entry.quantity);
    json_.close_object();
  }
  json_.close_array();
  json_.decimal("discountPercent", discount_percent, 1);
  json_.close_object();
  end();
}

void EventWriter::return_requested(const Moment& moment, const ReturnText& text) {
  if (!begin(moment, EventKind::return_requested)) return;
  const Product& product = catalog_.products()[text.line.product];
  json_.string("returnId", text.return_id);
  json_.string("orderId", text.order_id);
  json_.open_array("products");
  json_.open_object();
  json_.string("productId", product.id);
  if (product.has_variants()) {
    json_.string("variantId", product.variants[static_cast<std::size_t>(text.line.variant)].id);
  }
  json_.integer("quantity", text.line.quantity);
  json_.string("reason", text.reason);
  json_.close_object();
  json_.close_array();
  end();
}

void EventWriter::product_returned(const Moment& moment, const ReturnText& text) {
  if (!begin(moment, EventKind::product_returned)) return;
  const Product& product = catalog_.products()[text.line.product];
  json_.string("returnId", text.return_id);
  json_.string("orderId", text.order_id);
  json_.open_array("products");
  json_.open_object();
  json_.string("productId", product.id);
  if (product.has_variants()) {
    json_.string("variantId", product.variants[static_cast<std::size_t>(text.line.variant)].id);
  }
  json_.integer("quantity", text.line.quantity);
  json_.string("reason", text.reason);
  json_.money("refund", text.line.unit_price * text.line.quantity);
  json_.boolean("resalable", text.resalable);
  json_.close_object();
  json_.close_array();
  end();
}

void EventWriter::message_sent(const Moment& moment, const MessageText& message) {
  if (!begin(moment, EventKind::message_sent)) return;
  json_.string("messageId", message.message_id);
  json_.string("flowId", message.flow);
  json_.integer("step", 1);
  json_.string("subject", message.subject);
  if (!message.products.empty()) {
    json_.open_array("productIds");
    for (const std::uint32_t product : message.products) {
      json_.string(catalog_.products()[product].id);
    }
    json_.close_array();
  }
  json_.string("topic", message.flow == "newsletter" ? "newsletter" : "shopping");
  end();
}

void EventWriter::message_event(const Moment& moment, EventKind kind, const MessageText& message,
                                std::string_view detail, bool flag) {
  if (!begin(moment, kind)) return;
  json_.string("messageId", message.message_id);
  json_.string("flowId", message.flow);
  if (kind == EventKind::message_bounced) {
    json_.boolean("permanent", flag);
    json_.string("reason", detail);
  }
  if (kind == EventKind::message_clicked) {
    json_.string("url", detail);
    if (!message.products.empty()) {
      json_.string("productId", catalog_.products()[message.products.front()].id);
    }
  }
  if (kind == EventKind::message_opened && flag) json_.boolean("automated", true);
  end();
}

void EventWriter::consent(const Moment& moment, bool given, std::string_view topic,
                          std::string_view detail) {
  if (!begin(moment, given ? EventKind::subscribed : EventKind::unsubscribed)) return;
  json_.string_if("topic", topic);
  if (given) {
    json_.string("source", detail);
    json_.boolean("confirmed", true);
  } else {
    json_.string_if("messageId", detail);
  }
  end();
}

void EventWriter::subscription(const Moment& moment, EventKind kind, const SubscriptionText& text) {
  if (!begin(moment, kind)) return;
  json_.string("subscriptionId", text.id);
  const bool started = kind == EventKind::subscription_started;
  const bool renewed = kind == EventKind::subscription_renewed;
  const bool failed = kind == EventKind::subscription_payment_failed;
  if (started || renewed) lines(text.lines, true);
  if (started) json_.integer("intervalDays", text.interval_days);
  if (text.next_charge_us > 0) {
    const bool paused = kind == EventKind::subscription_paused;
    json_.time(failed ? "nextAttemptAt" : (paused ? "resumesAt" : "nextChargeAt"),
               text.next_charge_us);
  }
  if (started || renewed || failed) {
    json_.money("price", text.price);
    json_.string("currency", currency_);
  }
  if (started || renewed) json_.string_if("orderId", text.order_id);
  if (renewed) json_.integer("number", text.number);
  if (failed) json_.integer("attempt", text.number);
  json_.string_if("reason", text.reason);
  const bool ended_by_shop = text.reason == "payment_failed" || text.reason == "discontinued";
  if (kind == EventKind::subscription_cancelled && ended_by_shop)
    json_.boolean("involuntary", true);
  end();
}

}  // namespace souk::simulate
