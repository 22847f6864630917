// The token of an answer: which placement and kinds it was, and which products it had.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace souk::recommendations {

/// What an answer tells about itself in its token, so that nothing has to be remembered between the
/// answer and the event that carries the token back. Says nothing of the shopper or the account.
///
/// "r2" and base64url of: version u8 (1), minutes since 1970 u32, request u48, length of the
/// placement u8, placement, number of products u8, for each 20 bits of a hash of its id and 4 bits
/// of the kind that gave it, and the low 32 bits of XXH3 over all that. 100 products and the
/// longest placement make 489 characters.
///
/// The checksum finds tokens that were cut or mistyped, and other plugins' that look alike. It is
/// no signature: whoever may send events with tokens may send clicks and orders as well, so a
/// secret would protect nothing that is not open already.
struct AttributionToken {
  static constexpr std::size_t kMostItems = 100;
  static constexpr std::size_t kLongestPlacement = 48;
  static constexpr std::size_t kLongest = 512;

  struct Item {
    std::uint32_t hash = 0;  ///< 20 bits
    std::uint8_t kind = 0;   ///< 0 … 15
  };

  std::uint32_t issued_s = 0;  ///< in whole minutes
  std::uint64_t request = 0;   ///< 48 bits
  std::string placement;
  std::vector<Item> items;

  void clear();
  /// Of a product that does not fit any more nothing is said.
  void add(std::string_view product_id, std::uint8_t kind);
  /// The product's place in the answer, or nullptr. One product in 10,000 that is not in an answer
  /// of a hundred is taken for one that is.
  [[nodiscard]] const Item* find(std::string_view product_id) const;

  /// Writes the token into `out`.
  void write(std::string& out) const;
  /// False, and cleared, when it is no token of ours.
  [[nodiscard]] bool read(std::string_view text);
  /// Whether it claims to be ours: others are none of our business.
  [[nodiscard]] static bool is_ours(std::string_view text) {
    return text.substr(0, kPrefix.size()) == kPrefix;
  }

 private:
  static constexpr std::string_view kPrefix = "r2";
};

}  // namespace souk::recommendations
