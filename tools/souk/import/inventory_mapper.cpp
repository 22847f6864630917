// Stock levels: files of anybody's own and Shopify's inventory export for one location column.
#include "tools/souk/import/mapper.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

class InventoryMapper final : public Mapper {
 public:
  explicit InventoryMapper(Columns& columns)
      : product_(columns.need("product_id", {"id", "handle", "item_id", "product"})),
        variant_(columns.find("variant_id", {"variant", "sku"})),
        location_(columns.find("location_id", {"location", "warehouse"})),
        available_(columns.need("available", {"stock", "quantity", "qty", "on_hand", "inventory"})),
        incoming_(columns.find("incoming")),
        reserved_(columns.find("reserved", {"committed"})) {}

  void record(const CsvRecord& record, EventSink& sink) override {
    const auto available = parse_number(available_.of(record));
    if (product_.of(record).empty()) {
      return sink.reject(record.line, "the line names no product", record.text);
    }
    if (!available) return sink.reject(record.line, "the stock is not a number", record.text);
    souk::v1::Event event;
    souk::v1::InventorySet& level = *event.mutable_inventory_set();
    level.set_product_id(std::string(product_.of(record)));
    level.set_variant_id(std::string(variant_.of(record)));
    level.set_location_id(std::string(location_.of(record)));
    level.set_available(*available);
    level.set_incoming(parse_number(incoming_.of(record)).value_or(0));
    level.set_reserved_quantity(parse_number(reserved_.of(record)).value_or(0));
    sink.event(std::move(event), record.line);
  }

  [[nodiscard]] std::string_view format() const noexcept override { return "inventory"; }

 private:
  Column product_, variant_, location_, available_, incoming_, reserved_;
};

}  // namespace

std::unique_ptr<Mapper> make_inventory_mapper(Columns& columns,
                                              const MapperSettings& /*settings*/) {
  return std::make_unique<InventoryMapper>(columns);
}

}  // namespace souk::cli
