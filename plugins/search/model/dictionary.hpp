// The values of one attribute in a segment, each once, in the order in which people sort them:
// without case and accents first, by bytes among those that are then the same.
//
// Immutable once built: any number of threads may read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/search/model/ordinals.hpp"

namespace souk::search {

class Dictionary {
 public:
  /// A value beyond it is not taken; the builder counts it.
  static constexpr std::size_t kLongestValue = 1000;

  Dictionary() = default;
  /// Of values that are all different. `order[i]` becomes the ordinal of values[i].
  static Dictionary build(const std::vector<std::string_view>& values, std::vector<Ordinal>& order);

  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(entries_.size());
  }
  [[nodiscard]] std::string_view value(Ordinal ordinal) const noexcept {
    const Entry& entry = entries_[ordinal];
    return std::string_view(bytes_).substr(entry.value, entry.value_size);
  }
  [[nodiscard]] std::string_view folded(Ordinal ordinal) const noexcept {
    const Entry& entry = entries_[ordinal];
    return std::string_view(bytes_).substr(entry.folded, entry.folded_size);
  }

  /// The very same bytes, or Ordinals::kNone.
  [[nodiscard]] Ordinal find(std::string_view value) const;
  /// The values that are the same but for case and accents, as [first, end).
  [[nodiscard]] std::pair<Ordinal, Ordinal> find_folded(std::string_view folded) const;
  /// The values that begin like this but for case and accents, as [first, end).
  [[nodiscard]] std::pair<Ordinal, Ordinal> find_prefix(std::string_view folded) const;

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return bytes_.capacity() + entries_.capacity() * sizeof(Entry);
  }

 private:
  struct Entry {
    std::uint32_t value = 0;
    std::uint32_t folded = 0;  ///< the same place when folding changes nothing
    std::uint16_t value_size = 0;
    std::uint16_t folded_size = 0;
  };
  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace souk::search
