// Any bytes as a CSV file and as the cells of one: no crash, no endless loop, as many fields as the
// header says.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "tools/souk/import/csv_reader.hpp"
#include "tools/souk/import/values.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("csv", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
    return 0;
  auto reader = souk::cli::CsvReader::open(path);
  if (!reader) return 0;
  souk::cli::CsvRecord record;
  std::string reason;
  for (;;) {
    const auto outcome = (*reader)->next(record, reason);
    if (!outcome || *outcome == souk::cli::CsvOutcome::end) return 0;
    if (*outcome == souk::cli::CsvOutcome::malformed) continue;
    if (record.fields.size() != (*reader)->header().size()) std::abort();
    for (const std::string_view field : record.fields) {
      static_cast<void>(souk::cli::parse_price(field, "EUR"));
      static_cast<void>(souk::cli::parse_time(field));
    }
  }
}
