// EncodedEvents: what one request brings for one store, ready for the log's writer.
//
// The request's thread does the work that can be done beside others (hashing ids and people, finding
// entity changes); the one writer thread only checks for duplicates and copies. Value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/ids.hpp"
#include "kernel/schema/event_scanner.hpp"
#include "kernel/storage/rows.hpp"

namespace souk::log {

/// What an event changes in the entity tables. `data` points into the event's wire bytes.
struct EntityChange {
  std::uint32_t item = 0;      ///< index into EncodedEvents::items
  std::string_view kind;       ///< a literal: "product", "customer", …
  std::string id;
  std::string data;            ///< empty: deleted
};

class EncodedEvents {
 public:
  struct Item {
    base::Hash128 id;
    std::uint32_t offset = 0;  ///< of the frame in bytes()
    std::uint32_t size = 0;    ///< of the frame, its length prefix included
    std::uint32_t person = 0;  ///< low 32 bits of the hash of the shopper id; 0 when there is none
  };

  /// Adds an event whose envelope has been scanned and validated; copies `wire`.
  void add(std::string_view wire, const schema::EventFields& fields);

  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::vector<Item>& items() const noexcept { return items_; }
  [[nodiscard]] const std::vector<EntityChange>& entities() const noexcept { return entities_; }
  [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  void reserve(std::size_t events, std::size_t bytes);

 private:
  std::string bytes_;
  std::vector<Item> items_;
  std::vector<EntityChange> entities_;
};

/// The 32-bit hash by which a batch remembers a person.
[[nodiscard]] std::uint32_t person_hash(std::string_view shopper_id) noexcept;

}  // namespace souk::log
