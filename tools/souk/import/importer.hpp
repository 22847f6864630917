// Importer: reads one file after another, turns lines into events and sends them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "tools/souk/import/mapper.hpp"

namespace souk::cli {

struct ImportSettings {
  ImportKind kind = ImportKind::events;
  MapperSettings mapper;
  std::string address;  ///< of the daemon
  std::string key;
  std::size_t batch = 0;                      ///< events a request; 0: 500, or 2,000 for events
  unsigned in_flight = 0;                     ///< requests at a time; 0: 4, or 1 for events, whose
                                              ///< order in the file is their order in the log
  std::string salt;                           ///< makes other ids of the same lines
  std::string rejects;                        ///< empty: FILE.rejects.csv
  const schema::TypeFinder* types = nullptr;  ///< types of custom events
  bool quiet = false;
};

/// What became of one file.
struct ImportReport {
  std::string file;
  std::string format;
  std::uint64_t read = 0;  ///< lines, the header not counted
  std::uint64_t sent = 0;
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;  ///< lines and events
  std::uint64_t retries = 0;
  double seconds = 0;
  std::string rejects_file;
  std::map<std::string, std::uint64_t> reasons;
  std::map<std::string, std::uint64_t> notes;
};

/// Imports one file. The error says why it could not be finished: the file, its header, the daemon.
/// Sending it again after an error stores nothing twice.
Result<ImportReport> import_file(const std::string& path, const ImportSettings& settings);

/// The report as a table for people.
[[nodiscard]] std::string to_text(const ImportReport& report);

}  // namespace souk::cli
