#include "tools/souk/import/mapper.hpp"

#include "kernel/base/ids.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

constexpr std::pair<ImportKind, std::string_view> kKinds[] = {
    {ImportKind::events, "events"},       {ImportKind::products, "products"},
    {ImportKind::customers, "customers"}, {ImportKind::orders, "orders"},
    {ImportKind::inventory, "inventory"}, {ImportKind::interactions, "interactions"},
};

std::unique_ptr<Mapper> choose(ImportKind kind, Columns& columns, const MapperSettings& settings) {
  const bool is_online_retail = columns.has({"InvoiceNo", "StockCode", "Quantity", "UnitPrice"});
  switch (kind) {
    case ImportKind::products:
      if (is_online_retail) return make_online_retail_mapper(kind, columns, settings);
      if (columns.has({"Handle", "Variant Price"})) {
        return make_shopify_product_mapper(columns, settings);
      }
      if (columns.has({"Type", "Name", "Regular price"}) &&
          (columns.has({"ID"}) || columns.has({"SKU"}))) {
        return make_woocommerce_product_mapper(columns, settings);
      }
      return make_product_mapper(columns, settings);
    case ImportKind::customers:
      if (is_online_retail) return make_online_retail_mapper(kind, columns, settings);
      return make_customer_mapper(columns, settings);
    case ImportKind::orders:
      if (is_online_retail) return make_online_retail_mapper(kind, columns, settings);
      return make_order_mapper(columns, settings);
    case ImportKind::inventory:
      return make_inventory_mapper(columns, settings);
    case ImportKind::interactions:
      return make_interaction_mapper(columns, settings);
    case ImportKind::events:
      break;
  }
  return nullptr;
}

}  // namespace

std::optional<ImportKind> import_kind(std::string_view name) noexcept {
  for (const auto& [kind, text] : kKinds) {
    if (text == name) return kind;
  }
  return std::nullopt;
}

std::string_view kind_name(ImportKind kind) noexcept {
  for (const auto& [known, text] : kKinds) {
    if (known == kind) return text;
  }
  return {};
}

Result<std::unique_ptr<Mapper>> make_mapper(ImportKind kind, const std::vector<std::string>& header,
                                            const MapperSettings& settings) {
  Columns columns(header, settings.map);
  auto mapper = choose(kind, columns, settings);
  if (mapper == nullptr) {
    return Status(Code::invalid_argument,
                  std::string(kind_name(kind)) + " are read from JSONL, not from CSV");
  }
  if (Status status = columns.check(); !status.ok()) return status;
  return mapper;
}

std::string shopper_of_email(std::string_view email) {
  return "c-" + base::sha256_hex(to_lower(trim(email))).substr(0, 16);
}

void set_time(google::protobuf::Timestamp& timestamp, std::int64_t us) {
  std::int64_t seconds = us / 1'000'000;
  std::int64_t rest = us % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<std::int32_t>(rest * 1'000));
}

}  // namespace souk::cli
