// EncodedEvents: what one request brings for one store, ready for the log's writer.
//
// The request's thread does the work that can be done beside others (hashing ids and people,
// finding entity changes); the one writer thread only checks for duplicates and copies. Value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/ids.hpp"
#include "kernel/log/entity_changes.hpp"
#include "kernel/schema/event_scanner.hpp"

namespace souk::log {

class EncodedEvents {
 public:
  struct Item {
    base::Hash128 id;
    std::uint32_t offset = 0;  ///< of the frame in bytes()
    std::uint32_t size = 0;    ///< of the frame, its length prefix included
  };
  /// A person that an event mentions; an event may mention several.
  struct Person {
    std::uint32_t item = 0;
    std::uint32_t hash = 0;
  };

  /// Adds an event whose envelope has been scanned and validated; copies `wire`.
  void add(std::string_view wire, const schema::EventFields& fields);
  void reserve(std::size_t events, std::size_t bytes);

  /// Frames: varint length, then the event's wire bytes.
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::vector<Item>& items() const noexcept { return items_; }
  [[nodiscard]] const std::vector<Person>& people() const noexcept { return people_; }
  [[nodiscard]] const std::vector<EntityChange>& entities() const noexcept { return entities_; }
  [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

 private:
  void mention(std::uint32_t item, std::string_view person);

  std::string bytes_;
  std::vector<Item> items_;
  std::vector<Person> people_;
  std::vector<EntityChange> entities_;
};

/// The 32-bit hash by which a batch remembers a person. Never 0.
[[nodiscard]] std::uint32_t person_hash(std::string_view person) noexcept;

/// Appends one frame.
void append_frame(std::string& out, std::string_view wire);
/// Takes the first frame off `frames`; false when what is there is malformed.
[[nodiscard]] bool take_frame(std::string_view& frames, std::string_view& wire) noexcept;

}  // namespace souk::log
