// Small sets of numbers (a product's categories, the accounts that may see it), each kept once.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "plugins/recommendations/model/item_dictionary.hpp"

namespace souk::recommendations {

using SetId = std::uint32_t;
inline constexpr SetId kEmptySet = 0xffffffffu;

/// An insert-only table of sets: equal sets have equal ids, so a catalog of a million products
/// needs as many sets as it has combinations.
///
/// Threads: one writer interns; any thread asks, without locks.
class IdSets {
 public:
  explicit IdSets(std::uint32_t max_sets) : sets_(max_sets) {}

  /// The set of `values`, which must be sorted and distinct. kEmptySet for none; `complete` is
  /// false when the table was full and the set holds fewer. Writer only.
  SetId intern(std::span<const std::uint32_t> values, bool* complete = nullptr);

  [[nodiscard]] bool contains(SetId set, std::uint32_t value) const {
    bool found = false;
    for_each(set, [&](std::uint32_t member) {
      found = member == value;
      return !found;
    });
    return found;
  }

  /// Calls visit(value) for each member until it returns false. Any thread.
  template <class Visit>
  void for_each(SetId set, Visit&& visit) const {
    while (set != kEmptySet) {
      const std::string_view cells = sets_.name(set);
      for (std::size_t at = sizeof(SetId); at < cells.size(); at += sizeof(std::uint32_t)) {
        if (!visit(cell(cells, at))) return;
      }
      set = cell(cells, 0);  // a set that is too long for one entry goes on in another
    }
  }

  [[nodiscard]] std::size_t memory_bytes() const { return sets_.memory_bytes(); }
  [[nodiscard]] Status save(ByteSink& sink) const { return sets_.save(sink); }
  [[nodiscard]] Status load(ByteSource& source);
  /// Whether a snapshot may name this set.
  [[nodiscard]] bool valid(SetId set) const { return set == kEmptySet || set < sets_.size(); }

 private:
  static constexpr std::size_t kMembersInEntry = 100;

  static std::uint32_t cell(std::string_view cells, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, cells.data() + at, sizeof(value));
    return value;
  }

  ItemDictionary sets_;
};

}  // namespace souk::recommendations
