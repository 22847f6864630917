// Columns: finds the columns that a mapper wants among those a file has.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/base/status.hpp"
#include "tools/souk/import/csv_reader.hpp"

namespace souk::cli {

/// A column of a file; a column that the file lacks gives empty cells.
class Column {
 public:
  Column() = default;
  explicit Column(int at) : at_(at) {}
  [[nodiscard]] bool present() const noexcept { return at_ >= 0; }
  /// The cell without blanks around it.
  [[nodiscard]] std::string_view of(const CsvRecord& record) const noexcept;

 private:
  int at_ = -1;
};

class Columns {
 public:
  /// `map`: field → column, as --map gives it.
  Columns(const std::vector<std::string>& header, std::map<std::string, std::string> map);

  /// The column mapped to `field`, else the first of that name or of an alias. Letters and digits
  /// of names count, their case does not: "Variant SKU" is "variant_sku".
  [[nodiscard]] Column find(std::string_view field,
                            std::initializer_list<std::string_view> aliases = {});
  /// As find; check() complains when there is none.
  [[nodiscard]] Column need(std::string_view field,
                            std::initializer_list<std::string_view> aliases = {});
  /// True when the file has all of these columns.
  [[nodiscard]] bool has(std::initializer_list<std::string_view> names) const;

  /// Columns of Shopify's metafields, "Fabric (product.metafields.custom.fabric)", by the name that
  /// an attribute has: "fabric".
  [[nodiscard]] std::vector<std::pair<std::string, Column>> metafields() const;

  /// After all finds. INVALID_ARGUMENT: a needed column is missing, --map names a field that nobody
  /// asked for or a column that the file does not have; the sentence says what there is.
  [[nodiscard]] Status check() const;

 private:
  [[nodiscard]] int at(std::string_view name) const;

  std::vector<std::string> header_;      // as in the file
  std::vector<std::string> normalised_;  // letters and digits in lower case
  std::map<std::string, std::string> map_;
  std::vector<std::string> fields_;  // asked for
  std::vector<std::string> missing_;
};

}  // namespace souk::cli
