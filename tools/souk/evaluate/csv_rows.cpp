#include "tools/souk/evaluate/csv_rows.hpp"

#include <utility>

namespace souk::cli {

Result<std::unique_ptr<CsvRows>> CsvRows::open(const std::string& path) {
  auto reader = CsvReader::open(path);
  if (!reader) return reader.status();
  return std::unique_ptr<CsvRows>(new CsvRows(path, std::move(*reader)));
}

Status CsvRows::for_each(const std::function<Status(const CsvRecord&)>& row) {
  if (const Status status = columns_.check(); !status.ok()) {
    return Status(status.code(), path_ + ": " + status.message());
  }
  CsvRecord record;
  std::string reason;
  bool any = false;
  for (;;) {
    const auto outcome = reader_->next(record, reason);
    if (!outcome) return outcome.status();
    if (*outcome == CsvOutcome::end) break;
    if (*outcome == CsvOutcome::malformed) return at_line(record, Code::invalid_argument, reason);
    if (const Status status = row(record); !status.ok()) {
      return at_line(record, status.code(), status.message());
    }
    any = true;
  }
  if (!any) return Status(Code::invalid_argument, path_ + " has a header and no line");
  return {};
}

Status CsvRows::at_line(const CsvRecord& record, Code code, std::string_view what) const {
  return Status(code, path_ + ":" + std::to_string(record.line) + ": " + std::string(what));
}

}  // namespace souk::cli
