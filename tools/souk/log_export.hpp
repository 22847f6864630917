// Writes a store's log as JSON, one event a line, in the order of their sequence.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "kernel/storage/database.hpp"

namespace souk::cli {

struct ExportRange {
  std::uint64_t from = 0;  ///< 0: from the first
  std::uint64_t to = 0;    ///< inclusive; 0: to the last there is when the export begins
};

struct ExportOptions {
  ExportRange range;
  unsigned threads = 0;                       ///< 0: one a core
  const schema::TypeFinder* types = nullptr;  ///< types of custom events
  std::function<void(double fraction, std::uint64_t events)> progress;
};

/// Takes whole lines; false when they could not be written.
using LineSink = std::function<bool(std::string_view lines)>;

/// Returns how many events were written. Reads ahead on one thread, turns rows into text on
/// several, writes in order on the caller's. DATA_LOSS names the row that does not verify; what
/// came before it has been written.
Result<std::uint64_t> export_log(storage::Database& database, std::string_view store_id,
                                 const ExportOptions& options, const LineSink& sink);

}  // namespace souk::cli
