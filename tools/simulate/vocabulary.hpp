// What the simulated shop sells and the words it uses: a fixed department store of seven
// departments.
//
// Each leaf category states its economics (median price, demand weight, season, returns, refills)
// and what goes with it. The numbers are rules of thumb for a European mid-market shop, not
// measurements. All data is constant and lives as long as the program.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace souk::simulate {

/// What a product's variants differ in.
enum class Sizing {
  none,     ///< one variant, or two colours
  apparel,  ///< XS … XXL, by colour
  shoe,     ///< EU 36 … 46
  pack,     ///< pack sizes of a consumable
  storage,  ///< memory sizes of a device
};

/// One leaf of the category tree. Lists are words separated by '|'.
struct LeafSpec {
  std::string_view department;
  std::string_view group;
  std::string_view name;
  std::string_view nouns;  ///< product types, used in titles and queries
  double median_price;     ///< in whole currency units
  double price_sigma;      ///< deviation of the price's logarithm
  double demand;           ///< relative share of visits
  double season;           ///< amplitude of the yearly wave on the logarithm of demand
  int peak_day;            ///< day of the year (0 … 364) of its crest
  double weekend;          ///< demand on Saturday and Sunday relative to other days
  double return_rate;      ///< share of sold lines that come back, size apart
  double refill_days;      ///< median days until a household needs it again; 0: durable
  Sizing sizing;
  std::string_view complements;  ///< names of leaves that are bought along with it
};

[[nodiscard]] std::span<const LeafSpec> leaf_specs() noexcept;

/// Index into leaf_specs(), or -1.
[[nodiscard]] int find_leaf(std::string_view name) noexcept;

/// Dimensions of taste. A product's strongest style is a word of its title, so that a model of text
/// can find what a model of clicks finds.
inline constexpr int kStyles = 8;
inline constexpr std::array<std::string_view, kStyles> kStyleNames = {
    "classic", "modern", "sporty", "natural", "playful", "minimal", "luxury", "rugged"};

/// Three title words a style.
[[nodiscard]] std::string_view style_word(int style, int index) noexcept;

[[nodiscard]] std::span<const std::string_view> colours() noexcept;
[[nodiscard]] std::span<const std::string_view> first_names() noexcept;
[[nodiscard]] std::span<const std::string_view> last_names() noexcept;
/// Pieces from which brand names are put together.
[[nodiscard]] std::span<const std::string_view> brand_stems() noexcept;
[[nodiscard]] std::span<const std::string_view> brand_endings() noexcept;
/// The labels of a size system, smallest first; empty for Sizing::none.
[[nodiscard]] std::span<const std::string_view> size_labels(Sizing sizing) noexcept;
/// The label of one size; empty for an index outside the system.
[[nodiscard]] std::string_view size_label(Sizing sizing, int size) noexcept;
/// The name of the option that the labels belong to ("Size", "Pack", …).
[[nodiscard]] std::string_view option_name(Sizing sizing) noexcept;

/// An attribute that a department's products carry: its key and possible values ('|').
struct AttributeSpec {
  std::string_view department;
  std::string_view key;
  std::string_view values;
};
[[nodiscard]] std::span<const AttributeSpec> attribute_specs() noexcept;

/// What shoppers also call it: word in the catalog, word in their query.
struct Synonym {
  std::string_view catalog;
  std::string_view query;
};
[[nodiscard]] std::span<const Synonym> synonyms() noexcept;

/// Sentences of reviews for one to five stars.
[[nodiscard]] std::string_view review_sentence(int stars, int index) noexcept;

[[nodiscard]] std::vector<std::string_view> split(std::string_view list, char separator = '|');

/// Lower case, runs of anything but letters and digits become one '-': "Jeans & Trousers" →
/// "jeans-trousers".
[[nodiscard]] std::string slug(std::string_view text);

}  // namespace souk::simulate
