// CsvRows: a CSV file of an evaluation, row by row, where every complaint names file and line.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"
#include "tools/souk/import/columns.hpp"
#include "tools/souk/import/csv_reader.hpp"

namespace souk::cli {

/// Not thread-safe. Unlike an import, which sets wrong lines aside, an evaluation ends at the
/// first: a figure over half of a file would be wrong without a word.
class CsvRows {
 public:
  /// Reads the header. Fails as CsvReader::open.
  static Result<std::unique_ptr<CsvRows>> open(const std::string& path);

  [[nodiscard]] Column need(std::string_view name) { return columns_.need(name); }
  [[nodiscard]] Column find(std::string_view name) { return columns_.find(name); }

  /// Once, after all columns were named: hands every row to `row`, until one is refused.
  /// INVALID_ARGUMENT names the file and, where it is of a line, the line: a needed column is
  /// missing, a line is malformed, `row` refused it (its message follows), there is no line at all.
  Status for_each(const std::function<Status(const CsvRecord&)>& row);

 private:
  CsvRows(std::string path, std::unique_ptr<CsvReader> reader)
      : path_(std::move(path)), reader_(std::move(reader)), columns_(reader_->header(), {}) {}
  [[nodiscard]] Status at_line(const CsvRecord& record, Code code, std::string_view what) const;

  std::string path_;
  std::unique_ptr<CsvReader> reader_;
  Columns columns_;
};

}  // namespace souk::cli
