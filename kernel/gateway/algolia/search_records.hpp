// Settings, rules and synonyms in the form of the Algolia API: each write becomes an event that
// keeps the JSON as it came. The search plugin folds them.
#pragma once

#include <string>

#include "kernel/gateway/ingest.hpp"
#include "kernel/gateway/surface.hpp"

namespace souk::gateway {

/// Thread-safe.
class AlgoliaSearchRecords {
 public:
  explicit AlgoliaSearchRecords(const Ingest& ingest) noexcept : ingest_(ingest) {}
  void add_handlers(HandlerTable& table);

 private:
  enum class Kind { rules, synonyms };
  void set_settings(Call& call) const;
  void batch(Call& call, Kind kind) const;
  void put(Call& call, Kind kind) const;
  void remove(Call& call, Kind kind) const;
  void clear(Call& call, Kind kind) const;
  /// `more` stands before the members that every answer has.
  void append(Call& call, std::uint32_t payload_field, const std::string& payload,
              std::string more) const;
  const Ingest& ingest_;
};

}  // namespace souk::gateway
