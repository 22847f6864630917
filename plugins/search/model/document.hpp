// A product as the search engine sees it: texts to match, facts to filter and sort by, and the
// opaque bytes that a hit is rendered from. Made by the fold from product events; every index and
// column of a segment is built from these and nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace souk::search {

/// What a text of a product is. The order is that of FieldMask's bits.
enum class Field : std::uint8_t {
  kTitle,
  kBrand,
  kCategory,  ///< names of categories; of a path every level
  kTags,
  kAttributes,  ///< values ("Black", "Bluetooth"); of one that is `true`, its name ("touchscreen")
  kCodes,       ///< id, SKU, MPN, barcodes, handle: matched exactly, or by prefix, never with typos
  kDescription,
};
inline constexpr std::size_t kFields = 7;

/// A set of fields: bit i is the field with number i.
using FieldMask = std::uint8_t;
inline constexpr FieldMask kAllFields = (1U << kFields) - 1;
constexpr FieldMask field_bit(Field field) {
  return static_cast<FieldMask>(1U << static_cast<unsigned>(field));
}

/// `attribute` has `value`; several of one attribute are a list.
struct TextValue {
  std::string attribute;
  std::string value;
};

struct NumberValue {
  std::string attribute;
  double value = 0;  ///< prices in major units, times in seconds since 1970
};

struct GeoPoint {
  double latitude = 0;   ///< degrees, -90 … 90
  double longitude = 0;  ///< degrees, -180 … 180
};

struct Document {
  std::string id;
  std::array<std::vector<std::string>, kFields> texts;  ///< UTF-8; what is not is replaced
  std::vector<TextValue> values;                        ///< categories as paths: "A > B > C"
  std::vector<NumberValue> numbers;
  std::vector<GeoPoint> places;
  std::string group;   ///< variants of one product share it; empty: it stands alone
  double quality = 0;  ///< what is better without a question; segments hold the best first
  std::string source;  ///< opaque: what a hit is rendered from

  std::vector<std::string>& text(Field field) { return texts[static_cast<std::size_t>(field)]; }
  [[nodiscard]] const std::vector<std::string>& text(Field field) const {
    return texts[static_cast<std::size_t>(field)];
  }
};

}  // namespace souk::search
