// CsvReader: the records of a CSV or TSV file, after RFC 4180: quoted fields may hold separators,
// doubled quotes and line ends. Beyond it: lines may end in \n alone, the separator is found from
// the header (comma, tab or semicolon), empty lines are skipped, and blanks around the names of the
// header do not count. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "tools/souk/import/text_source.hpp"

namespace souk::cli {

/// One record. Views are valid until the next one is read.
struct CsvRecord {
  std::uint64_t line = 0;  ///< of the file, from 1, where the record begins
  std::string_view text;   ///< as it stands in the file, without its line end
  std::vector<std::string_view> fields;
};

enum class CsvOutcome { record, malformed, end };

class CsvReader {
 public:
  /// Reads the header. INVALID_ARGUMENT when there is none or a name stands in it twice.
  static Result<std::unique_ptr<CsvReader>> open(const std::string& path);

  [[nodiscard]] const std::vector<std::string>& header() const noexcept { return header_; }
  [[nodiscard]] char separator() const noexcept { return separator_; }
  [[nodiscard]] double fraction() const { return source_->fraction(); }

  /// `malformed`: `record.text` is what was read and `reason` what is wrong with it (a quote that
  /// is not closed, more or fewer fields than the header); reading goes on with the next line.
  Result<CsvOutcome> next(CsvRecord& record, std::string& reason);

 private:
  explicit CsvReader(std::unique_ptr<TextSource> source) : source_(std::move(source)) {}
  Status read_header(const std::string& path);
  /// Reads lines into text_ until quotes are balanced; false at the end.
  Result<bool> read_record(std::uint64_t& line, bool& balanced);
  bool split(CsvRecord& record, std::string& reason);

  std::unique_ptr<TextSource> source_;
  std::vector<std::string> header_;
  char separator_ = ',';
  std::uint64_t line_ = 0;
  std::string text_;      // the record as it stands
  std::string unquoted_;  // fields that had doubled quotes, taken apart
};

}  // namespace souk::cli
