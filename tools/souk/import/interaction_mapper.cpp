// Interactions: who met which product when, as recommenders' data sets have them.
//
//   user_id,item_id,timestamp[,type]      and session_id instead of, or beside, user_id
#include "kernel/base/ids.hpp"
#include "tools/souk/import/mapper.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

class InteractionMapper final : public Mapper {
 public:
  explicit InteractionMapper(Columns& columns)
      : user_(columns.find("user_id", {"visitor_id", "shopper_id", "customer_id", "user"})),
        session_(user_.present() ? columns.find("session_id", {"session"})
                                 : columns.need("session_id", {"session"})),
        item_(columns.need("item_id", {"product_id", "item", "product"})),
        time_(columns.need("timestamp", {"time", "date", "event_time"})),
        type_(columns.find("type", {"event", "event_type", "behavior"})),
        quantity_(columns.find("quantity")),
        price_(columns.find("price")) {}

  void record(const CsvRecord& record, EventSink& sink) override {
    const auto time_us = parse_time(time_.of(record));
    const std::string_view item = item_.of(record);
    if (item.empty()) return sink.reject(record.line, "item_id is empty", record.text);
    if (!time_us) return sink.reject(record.line, "timestamp is not a time", record.text);
    souk::v1::Event event;
    if (!set_payload(event, to_lower(type_.of(record)), std::string(item), record)) {
      return sink.reject(record.line,
                         "type is none of view, click, cart, remove, wishlist, purchase",
                         record.text);
    }
    event.set_shopper_id(std::string(user_.of(record)));
    event.set_session_id(std::string(session_.of(record)));
    set_time(*event.mutable_time(), *time_us);
    sink.event(std::move(event), record.line);
  }

  [[nodiscard]] std::string_view format() const noexcept override { return "interactions"; }

 private:
  static bool is(const std::string& word, std::initializer_list<std::string_view> words) {
    for (const std::string_view candidate : words) {
      if (word == candidate) return true;
    }
    return false;
  }

  bool set_payload(souk::v1::Event& event, const std::string& type, const std::string& item,
                   const CsvRecord& record) const {
    if (is(type, {"", "view", "pv", "productviewed", "product_viewed", "detail"})) {
      event.mutable_product_viewed()->set_product_id(item);
    } else if (is(type, {"click", "productclicked", "product_clicked"})) {
      event.mutable_product_clicked()->set_product_id(item);
    } else if (is(type, {"cart", "addtocart", "add_to_cart", "add", "productadded"})) {
      event.mutable_product_added()->set_product_id(item);
    } else if (is(type, {"remove", "removefromcart", "remove_from_cart", "productremoved"})) {
      event.mutable_product_removed()->set_product_id(item);
    } else if (is(type, {"wishlist", "fav", "favorite", "favourite", "like"})) {
      event.mutable_product_added_to_wishlist()->set_product_id(item);
    } else if (is(type, {"purchase", "buy", "transaction", "order"})) {
      souk::v1::OrderCompleted& order = *event.mutable_order_completed();
      order.set_order_id("imported-" + base::to_hex(hash(record)));
      souk::v1::ProductLine& line = *order.add_products();
      line.set_product_id(item);
      if (const auto quantity = parse_number(quantity_.of(record))) line.set_quantity(*quantity);
      if (const auto price = parse_number(price_.of(record))) line.set_price(*price);
    } else {
      return false;
    }
    return true;
  }

  /// The line's content, so that importing it again names the same order.
  static std::string hash(const CsvRecord& record) {
    const base::Hash128 sum = base::hash128(record.text);
    std::string bytes(reinterpret_cast<const char*>(&sum.high), sizeof(sum.high));
    return bytes.append(reinterpret_cast<const char*>(&sum.low), sizeof(sum.low));
  }

  Column user_, session_, item_, time_, type_, quantity_, price_;
};

}  // namespace

std::unique_ptr<Mapper> make_interaction_mapper(Columns& columns,
                                                const MapperSettings& /*settings*/) {
  return std::make_unique<InteractionMapper>(columns);
}

}  // namespace souk::cli
