#include "kernel/schema/name_index.hpp"

#include <algorithm>
#include <unordered_set>

namespace souk::schema {

namespace {

/// True when the mixed names all fall on places of their own. `taken` has a bit for each place.
bool falls_apart(const std::vector<std::uint64_t>& mixed, std::uint64_t multiplier, int shift,
                 std::vector<std::uint64_t>& taken) {
  std::fill(taken.begin(), taken.end(), 0);
  for (const std::uint64_t name : mixed) {
    const std::uint64_t place = (name * multiplier) >> shift;
    const std::uint64_t bit = std::uint64_t{1} << (place % 64);
    if ((taken[place / 64] & bit) != 0) return false;
    taken[place / 64] |= bit;
  }
  return true;
}

}  // namespace

void NameIndex::place(const std::vector<Entry>& entries, std::uint64_t multiplier, int bits) {
  multiplier_ = multiplier;
  shift_ = 64 - bits;
  slots_.assign(std::size_t{1} << bits, Slot{});
  std::uint32_t begin = 0;
  for (const Entry& entry : entries) {
    Slot& slot = slots_[position(entry.name, multiplier_, shift_)];
    slot = {begin, static_cast<std::uint32_t>(entry.name.size()), entry.value};
    begin += slot.size;
  }
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
  std::vector<std::uint64_t> mixed;
  for (const Entry& entry : unique)
    mixed.push_back(spread(entry.name));
  std::vector<std::uint64_t> taken;
  int bits = 1;
  while ((std::size_t{1} << bits) < unique.size() * 2)
    ++bits;
  for (const int most = bits + 5; bits <= most; ++bits) {
    taken.resize(((std::size_t{1} << bits) + 63) / 64);
    std::uint64_t multiplier = 0x9E3779B97F4A7C15u;
    for (int attempt = 0; attempt < 1000; ++attempt) {
      if (falls_apart(mixed, multiplier | 1, 64 - bits, taken)) {
        return place(unique, multiplier | 1, bits);
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
