// Words as dense numbers while an index is built: a hash table over one string of all words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace souk::search {

/// One thread. At most 2^32 − 1 bytes of words.
class Vocabulary {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  Vocabulary();

  /// Its number; new words get the next one.
  std::uint32_t intern(std::string_view word);
  /// kNone when it was never interned.
  [[nodiscard]] std::uint32_t find(std::string_view word) const;

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(begin_.size() - 1); }
  [[nodiscard]] std::string_view operator[](std::uint32_t n) const {
    return std::string_view(text_).substr(begin_[n], begin_[n + 1] - begin_[n]);
  }
  [[nodiscard]] std::size_t text_bytes() const { return text_.size(); }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t word = kNone;
  };
  [[nodiscard]] std::size_t slot_of(std::string_view word, std::uint32_t hash) const;
  void grow();

  std::string text_;
  std::vector<std::uint32_t> begin_;
  std::vector<Slot> slots_;  ///< a power of two, at most half full
};

}  // namespace souk::search
