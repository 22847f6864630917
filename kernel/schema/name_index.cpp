#include "kernel/schema/name_index.hpp"

#include <unordered_set>

namespace souk::schema {

bool NameIndex::try_place(const std::vector<Entry>& entries, std::uint64_t multiplier, int shift) {
  for (Slot& slot : slots_)
    slot = Slot{};
  std::uint32_t begin = 0;
  for (const Entry& entry : entries) {
    Slot& slot = slots_[position(entry.name, multiplier, shift)];
    if (slot.value >= 0) return false;
    slot = {begin, static_cast<std::uint32_t>(entry.name.size()), entry.value};
    begin += slot.size;
  }
  return true;
}

void NameIndex::build(const std::vector<Entry>& entries) {
  std::vector<Entry> unique;
  std::unordered_set<std::string_view> seen;
  text_.clear();
  for (const Entry& entry : entries) {
    if (!seen.insert(entry.name).second) continue;
    unique.push_back(entry);
    text_.append(entry.name);
  }
  slots_.clear();
  linear_ = false;
  if (unique.empty()) return;
  // Room for twice the names, then more whenever a thousand multipliers have all collided. Names
  // whose mixed bytes are equal would collide for ever: the room's tests cover every name of the
  // schemas, and find_linear() answers for the rest.
  int bits = 1;
  while ((std::size_t{1} << bits) < unique.size() * 2)
    ++bits;
  for (const int most = bits + 5; bits <= most; ++bits) {
    slots_.assign(std::size_t{1} << bits, Slot{});
    std::uint64_t multiplier = 0x9E3779B97F4A7C15u;
    for (int attempt = 0; attempt < 1000; ++attempt) {
      if (try_place(unique, multiplier | 1, 64 - bits)) {
        multiplier_ = multiplier | 1;
        shift_ = 64 - bits;
        return;
      }
      multiplier = multiplier * 6364136223846793005u + 1442695040888963407u;
    }
  }
  linear_ = true;
  slots_.clear();
  std::uint32_t begin = 0;
  for (const Entry& entry : unique) {
    const auto size = static_cast<std::uint32_t>(entry.name.size());
    slots_.push_back({begin, size, entry.value});
    begin += size;
  }
}

int NameIndex::find_linear(std::string_view name) const noexcept {
  for (const Slot& slot : slots_) {
    if (std::string_view(text_).substr(slot.begin, slot.size) == name) return slot.value;
  }
  return -1;
}

}  // namespace souk::schema
