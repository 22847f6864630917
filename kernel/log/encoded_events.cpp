#include "kernel/log/encoded_events.hpp"

namespace souk::log {

std::uint32_t person_hash(std::string_view person) noexcept {
  const auto hash = static_cast<std::uint32_t>(base::hash64(person));
  return hash == 0 ? 1 : hash;
}

void append_frame(std::string& out, std::string_view wire) {
  std::size_t size = wire.size();
  while (size >= 0x80) {
    out.push_back(static_cast<char>(size | 0x80));
    size >>= 7U;
  }
  out.push_back(static_cast<char>(size));
  out.append(wire);
}

bool take_frame(std::string_view& frames, std::string_view& wire) noexcept {
  std::uint64_t size = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (frames.empty()) return false;
    const auto byte = static_cast<unsigned char>(frames.front());
    frames.remove_prefix(1);
    size |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte >= 0x80) continue;
    if (size > frames.size()) return false;
    wire = frames.substr(0, size);
    frames.remove_prefix(size);
    return true;
  }
  return false;
}

void EncodedEvents::reserve(std::size_t events, std::size_t bytes) {
  items_.reserve(events);
  people_.reserve(events);
  bytes_.reserve(bytes + events * 2);
}

void EncodedEvents::mention(std::uint32_t item, std::string_view person) {
  if (person.empty()) return;
  const std::uint32_t hash = person_hash(person);
  // A body mostly speaks of one person: remembering the last saves the writer most of the sorting.
  if (!people_.empty() && people_.back().hash == hash && people_.back().item == item) return;
  people_.push_back({item, hash});
}

void EncodedEvents::add(std::string_view wire, const schema::EventFields& fields) {
  const auto index = static_cast<std::uint32_t>(items_.size());
  const std::size_t offset = bytes_.size();
  append_frame(bytes_, wire);
  items_.push_back({base::hash128(fields.id), static_cast<std::uint32_t>(offset),
                    static_cast<std::uint32_t>(bytes_.size() - offset)});
  mention(index, fields.shopper_id);
  if (fields.anonymous_id != fields.shopper_id) mention(index, fields.anonymous_id);
  if (auto change = entity_change(fields)) {
    change->item = index;
    if (change->kind == "customer") mention(index, change->id);
    entities_.push_back(std::move(*change));
  }
}

}  // namespace souk::log
