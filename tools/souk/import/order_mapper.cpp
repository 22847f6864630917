// Orders, one line a product of an order: Shopify's export and files of anybody's own. Lines of one
// order may stand anywhere in the file; what belongs to the order is taken from its first line.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "tools/souk/import/mapper.hpp"
#include "tools/souk/import/product_parts.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

struct Held {
  souk::v1::Event event;
  std::uint64_t line = 0;
  std::int64_t time_us = 0;
  std::int64_t cancelled_us = 0;
  double refunded = 0;
};

class OrderMapper final : public Mapper {
 public:
  OrderMapper(Columns& columns, const MapperSettings& settings)
      : shopify_(columns.has({"Name", "Lineitem quantity", "Lineitem name", "Created at"})),
        currency_of_store_(settings.currency),
        id_(shopify_ ? columns.need("order_id", {"Name"})
                     : columns.need("order_id", {"order", "order_number", "invoice", "id"})),
        shopper_(columns.find("shopper_id", {"customer_id", "user_id"})),
        email_(columns.find("email")),
        account_(columns.find("account_id")),
        time_(columns.need("time", {"created_at", "date", "order_date", "timestamp", "placed_at"})),
        product_(shopify_ ? columns.find("product_id", {"Lineitem sku"})
                          : columns.need("product_id", {"item_id", "sku", "product"})),
        variant_(columns.find("variant_id")),
        name_(columns.find("name_of_product", {"lineitem_name", "title", "product_name"})),
        quantity_(columns.find("quantity", {"lineitem_quantity", "qty"})),
        price_(columns.find("price", {"lineitem_price", "unit_price"})),
        currency_(columns.find("currency")),
        subtotal_(columns.find("subtotal")),
        shipping_(columns.find("shipping")),
        tax_(columns.find("tax", {"taxes"})),
        discount_(columns.find("discount", {"discount_amount"})),
        total_(columns.find("total")),
        coupon_(columns.find("coupon", {"discount_code"})),
        payment_(columns.find("payment_method")),
        cancelled_(columns.find("cancelled_at")),
        refunded_(columns.find("refunded", {"refunded_amount"})) {}

  void record(const CsvRecord& record, EventSink& sink) override {
    const std::string_view id = id_.of(record);
    if (id.empty()) return sink.reject(record.line, "the order has no id", record.text);
    auto [at, added] = index_.try_emplace(std::string(id), orders_.size());
    if (added) {
      const auto time_us = parse_time(time_.of(record));
      if (!time_us) {
        index_.erase(at);
        return sink.reject(record.line, "the time of the order is missing or not a time",
                           record.text);
      }
      begin(record, *time_us);
    }
    std::string reason;
    if (!add_line(record, orders_[at->second], reason)) {
      sink.reject(record.line, reason, record.text);
    }
  }

  void finish(EventSink& sink) override {
    std::stable_sort(orders_.begin(), orders_.end(),
                     [](const Held& a, const Held& b) { return a.time_us < b.time_us; });
    for (Held& held : orders_) {
      if (held.event.order_completed().products_size() == 0) {
        sink.note("orders without a line that could be used", 1);
        continue;
      }
      souk::v1::Event after;
      const bool changed = follow_up(held, after);
      const std::uint64_t line = held.line;
      sink.event(std::move(held.event), line);
      if (changed) sink.event(std::move(after), line);
    }
    orders_.clear();
  }

  [[nodiscard]] std::uint64_t held() const override { return orders_.size(); }
  [[nodiscard]] std::string_view format() const noexcept override {
    return shopify_ ? "Shopify orders" : "orders";
  }

 private:
  void begin(const CsvRecord& record, std::int64_t time_us) {
    Held& held = orders_.emplace_back();
    held.line = record.line;
    held.time_us = time_us;
    souk::v1::Event& event = held.event;
    set_time(*event.mutable_time(), time_us);
    event.set_channel(souk::v1::Event::API);
    event.set_account_id(std::string(account_.of(record)));
    if (const std::string_view shopper = shopper_.of(record); !shopper.empty()) {
      event.set_shopper_id(std::string(shopper));
    } else if (const std::string_view email = email_.of(record); !email.empty()) {
      event.set_shopper_id(shopper_of_email(email));
    }
    souk::v1::OrderCompleted& order = *event.mutable_order_completed();
    order.set_order_id(std::string(id_.of(record)));
    order.set_currency(std::string(currency_.of(record)));
    order.set_coupon(std::string(coupon_.of(record)));
    order.set_payment_method(std::string(payment_.of(record)));
    const auto amount = [&](const Column& column, void (souk::v1::OrderCompleted::*set)(double)) {
      if (const auto value = money(column, record)) (order.*set)(*value);
    };
    amount(subtotal_, &souk::v1::OrderCompleted::set_subtotal);
    amount(shipping_, &souk::v1::OrderCompleted::set_shipping);
    amount(tax_, &souk::v1::OrderCompleted::set_tax);
    amount(discount_, &souk::v1::OrderCompleted::set_discount);
    amount(total_, &souk::v1::OrderCompleted::set_total);
    held.cancelled_us = parse_time(cancelled_.of(record)).value_or(0);
    held.refunded = money(refunded_, record).value_or(0);
  }

  /// In major units, as events carry money.
  [[nodiscard]] std::optional<double> money(const Column& column, const CsvRecord& record) const {
    const std::string_view text = column.of(record);
    if (text.empty()) return std::nullopt;
    const std::string_view currency =
        currency_.of(record).empty() ? std::string_view(currency_of_store_) : currency_.of(record);
    const auto price = parse_price(text, currency);
    if (!price) return std::nullopt;
    const int digits = currency_digits(price->currency.empty() ? currency : price->currency);
    return static_cast<double>(price->minor) / std::pow(10.0, digits);
  }

  bool add_line(const CsvRecord& record, Held& held, std::string& reason) const {
    std::string product(product_.of(record));
    if (product.empty()) product = slug(name_.of(record));
    if (product.empty()) {
      reason = "the line names no product";
      return false;
    }
    double quantity = 1;
    if (const std::string_view text = quantity_.of(record); !text.empty()) {
      const auto number = parse_number(text);
      if (!number || *number <= 0) {
        reason = "the quantity is not a number above 0";
        return false;
      }
      quantity = *number;
    }
    if (!price_.of(record).empty() && !money(price_, record)) {
      reason = "the price is not a price";
      return false;
    }
    souk::v1::ProductLine& line = *held.event.mutable_order_completed()->add_products();
    line.set_product_id(product);
    line.set_variant_id(std::string(variant_.of(record)));
    line.set_name(std::string(name_.of(record)));
    line.set_quantity(quantity);
    if (const auto price = money(price_, record)) line.set_price(*price);
    return true;
  }

  /// The cancellation or refund that the file tells of beside the order.
  static bool follow_up(const Held& held, souk::v1::Event& after) {
    if (held.cancelled_us == 0 && held.refunded <= 0) return false;
    after.set_shopper_id(held.event.shopper_id());
    after.set_account_id(held.event.account_id());
    after.set_channel(souk::v1::Event::API);
    const std::string& id = held.event.order_completed().order_id();
    if (held.cancelled_us != 0) {
      set_time(*after.mutable_time(), held.cancelled_us);
      after.mutable_order_cancelled()->set_order_id(id);
    } else {
      set_time(*after.mutable_time(), held.time_us);
      after.mutable_order_refunded()->set_order_id(id);
      after.mutable_order_refunded()->set_total(held.refunded);
    }
    return true;
  }

  const bool shopify_;
  const std::string currency_of_store_;
  Column id_, shopper_, email_, account_, time_, product_, variant_, name_, quantity_, price_,
      currency_, subtotal_, shipping_, tax_, discount_, total_, coupon_, payment_, cancelled_,
      refunded_;
  std::vector<Held> orders_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace

std::unique_ptr<Mapper> make_order_mapper(Columns& columns, const MapperSettings& settings) {
  return std::make_unique<OrderMapper>(columns, settings);
}

}  // namespace souk::cli
