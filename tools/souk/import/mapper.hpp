// Mapper: turns the records of one kind of file into events.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "tools/souk/import/columns.hpp"
#include "tools/souk/import/csv_reader.hpp"
#include "tools/souk/import/event_sink.hpp"

namespace souk::cli {

enum class ImportKind { events, products, customers, orders, inventory, interactions };
[[nodiscard]] std::optional<ImportKind> import_kind(std::string_view name) noexcept;
[[nodiscard]] std::string_view kind_name(ImportKind kind) noexcept;

/// One file's worth. Not thread-safe.
class Mapper {
 public:
  virtual ~Mapper() = default;
  virtual void record(const CsvRecord& record, EventSink& sink) = 0;
  /// After the last record: gives what was held back to put lines together.
  virtual void finish(EventSink& /*sink*/) {}
  /// About how many events finish() will give, for progress.
  [[nodiscard]] virtual std::uint64_t held() const { return 0; }
  /// What the file was taken for: "UCI Online Retail".
  [[nodiscard]] virtual std::string_view format() const noexcept = 0;
};

struct MapperSettings {
  std::string currency;                    ///< the store's
  std::map<std::string, std::string> map;  ///< field → column
  std::int64_t now_us = 0;                 ///< tells which reductions hold; 0: all of them
};

/// Finds out from the header what the file is. INVALID_ARGUMENT says which column is missing and
/// what there is.
Result<std::unique_ptr<Mapper>> make_mapper(ImportKind kind, const std::vector<std::string>& header,
                                            const MapperSettings& settings);

// One function a format; each assumes that its header has been recognised.
std::unique_ptr<Mapper> make_product_mapper(Columns& columns, const MapperSettings& settings);
std::unique_ptr<Mapper> make_shopify_product_mapper(Columns& columns,
                                                    const MapperSettings& settings);
std::unique_ptr<Mapper> make_woocommerce_product_mapper(Columns& columns,
                                                        const MapperSettings& settings);
std::unique_ptr<Mapper> make_customer_mapper(Columns& columns, const MapperSettings& settings);
std::unique_ptr<Mapper> make_order_mapper(Columns& columns, const MapperSettings& settings);
std::unique_ptr<Mapper> make_inventory_mapper(Columns& columns, const MapperSettings& settings);
std::unique_ptr<Mapper> make_interaction_mapper(Columns& columns, const MapperSettings& settings);
std::unique_ptr<Mapper> make_online_retail_mapper(ImportKind kind, Columns& columns,
                                                  const MapperSettings& settings);

/// The shopper that stands for a person of whom a file knows the address only: a hash, so that no
/// address gets into events.
[[nodiscard]] std::string shopper_of_email(std::string_view email);

/// Sets a google.protobuf.Timestamp.
void set_time(google::protobuf::Timestamp& timestamp, std::int64_t us);

}  // namespace souk::cli
