// What a product's catalog entry says, as named features: the words that content similarity weighs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace souk::recommendations {

/// Where in the catalog entry a feature stands; it decides how much it weighs.
enum class ContentField : std::uint8_t {
  category,  ///< each level of each path
  brand,
  attribute,  ///< name and value
  tag,
  title,        ///< a word
  value,        ///< a word of an attribute's value, in the same space as title words
  price,        ///< a band
  description,  ///< a word near the beginning
};
inline constexpr std::size_t kContentFields = 8;

/// A set of fields, one bit each.
using ContentFields = std::uint8_t;
inline constexpr ContentFields kAllContentFields = 0xff;
[[nodiscard]] constexpr ContentFields only(ContentField field) {
  return static_cast<ContentFields>(1u << static_cast<unsigned>(field));
}

/// A product as the catalog tells it. All views; empty or 0 where it says nothing.
struct ContentFacts {
  using Attribute = std::pair<std::string_view, std::string_view>;
  std::string_view title;
  std::string_view description;
  std::string_view brand;
  std::span<const std::string_view> categories;  ///< paths, levels between " > "
  std::span<const Attribute> attributes;
  std::span<const std::string_view> tags;
  std::int64_t price_minor = 0;  ///< minor units; 0: unknown or free, no band
};

/// Makes features of facts. Names are folded (text_tokens.hpp) and carry their space as first
/// character, so that a brand is never taken for a word. At most kMost, in the order of
/// ContentField; what does not fit is counted. Re-used from product to product by one thread.
class ContentFeatures {
 public:
  static constexpr std::size_t kMost = 128;
  struct Feature {
    std::string_view name;
    ContentField field;
  };

  /// Replaces what was there.
  void read(const ContentFacts& facts);
  /// In order of importance; a feature may stand there twice. Valid until the next read().
  [[nodiscard]] std::span<const Feature> all() const { return features_; }
  /// Features left out since the first read().
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  void add(ContentField field, char space, std::string_view text);
  void add_words(ContentField field, std::string_view text, std::size_t most);
  void add_category(std::string_view path);
  void add_attribute(const ContentFacts::Attribute& attribute);
  void add_price(std::int64_t price_minor);

  std::string names_;  ///< of all features, one after the other; never moves during a read()
  std::vector<Feature> features_;
  std::string word_, folded_;
  std::uint64_t dropped_ = 0;
};

}  // namespace souk::recommendations
