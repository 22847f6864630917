// The shop's assortment, with what a real shop would never know about it: quality, style and the
// products that truly go together or replace each other.
//
// Built once from a seed; afterwards prices, stock and life dates change as the run goes on.
// Products are numbered from 0; the order is fixed. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/simulate/random.hpp"
#include "tools/simulate/settings.hpp"
#include "tools/simulate/vocabulary.hpp"

namespace souk::simulate {

using Style = std::array<float, kStyles>;  ///< unit length
[[nodiscard]] double dot(const Style& a, const Style& b) noexcept;
[[nodiscard]] Style normalised(const std::array<double, kStyles>& values) noexcept;

inline constexpr int kNever = 1 << 30;  ///< a day that does not come

struct Category {
  std::string id;  ///< "apparel", "apparel-women", "apparel-women-dresses"
  std::string name;
  std::string parent_id;  ///< empty for departments
  std::string path;       ///< "Apparel > Women > Dresses"
};

struct Brand {
  std::string id;
  std::string name;
  double price_factor = 1.0;  ///< value ≈ 0.7, middle ≈ 1, premium ≈ 1.6
  double quality = 0.5;       ///< 0 … 1: drives ratings, returns, repeat purchases
  double size_offset = 0.0;   ///< in sizes; 1 means that its M is other people's L
  Style style{};
};

/// A directed relation between products with its true strength.
struct Link {
  std::uint32_t product = 0;
  double strength = 0.0;
};

struct Variant {
  std::string id;   ///< "p1-black-m"; the product's id when it is the only one
  int size = -1;    ///< index into size_labels(), or -1
  int colour = -1;  ///< index into colours(), or -1
  double price_factor = 1.0;
  int stock = 0;
  int reorder_point = 0;
  int order_up_to = 0;
  bool incoming = false;  ///< a delivery is on its way
};

struct Product {
  std::string id;  ///< "p1" …
  std::string title;
  std::string description;
  std::uint16_t leaf = 0;
  std::uint16_t brand = 0;
  std::uint8_t dominant_style = 0;
  std::string_view noun;
  std::int64_t list_price = 0;  ///< minor units
  std::int64_t price = 0;       ///< minor units, what is asked now
  double quality = 0.5;
  double popularity = 0.0;  ///< share of all demand, 1 over the whole catalog
  double fame = 0.0;        ///< logarithm of its share within its category
  Style style{};
  double refill_days = 0.0;  ///< true median interval; 0 for durables
  int launch_day = 0;        ///< 0: there from the start
  int delist_day = kNever;
  int lead_days = 5;  ///< supplier's delivery time
  bool live = false;
  std::int64_t created_us = 0;
  std::vector<std::pair<std::string_view, std::string_view>> attributes;
  std::vector<Variant> variants;
  std::vector<Link> substitutes;  ///< strongest first, at most 12
  std::vector<Link> complements;  ///< strength: probability that a buyer also takes it

  [[nodiscard]] std::int64_t variant_price(std::size_t variant) const noexcept;
  [[nodiscard]] std::int64_t variant_list_price(std::size_t variant) const noexcept;
  [[nodiscard]] int total_stock() const noexcept;
  /// A product with one form has no variants for the outside: it is bought as itself.
  [[nodiscard]] bool has_variants() const noexcept { return variants.size() > 1; }
  /// 0 … 0.9: how far the price is below the list price.
  [[nodiscard]] double discount() const noexcept;
};

class Catalog {
 public:
  explicit Catalog(const SimulationSettings& settings);

  [[nodiscard]] std::vector<Product>& products() noexcept { return products_; }
  [[nodiscard]] const std::vector<Product>& products() const noexcept { return products_; }
  [[nodiscard]] const std::vector<Brand>& brands() const noexcept { return brands_; }
  /// Departments, groups and leaves in tree order.
  [[nodiscard]] const std::vector<Category>& categories() const noexcept { return categories_; }
  [[nodiscard]] const Category& leaf_category(int leaf) const noexcept;
  [[nodiscard]] int department_of(int leaf) const noexcept;
  [[nodiscard]] int departments() const noexcept { return departments_; }

  /// A live product of the leaf by popularity, or -1 when the leaf sells nothing now.
  [[nodiscard]] int draw(int leaf, Random& random) const noexcept;
  /// Must be called after a product of the leaf went live or away.
  void refresh(int leaf);

 private:
  void make_categories();
  void make_brands(std::uint32_t count, Random& random);
  void make_products(const SimulationSettings& settings, Random& random);
  void name_product(Product& product, Random& random) const;
  void make_variants(Product& product, Random& random) const;
  void set_popularity(Random& random);
  void link_substitutes(Random& random);
  void link_complements(Random& random);

  std::vector<Category> categories_;
  std::vector<std::uint32_t> leaf_category_;  ///< by leaf, index into categories_
  std::vector<int> department_;               ///< by leaf
  int departments_ = 0;
  std::vector<Brand> brands_;
  std::vector<std::vector<std::uint16_t>> department_brands_;
  std::vector<Product> products_;
  std::vector<std::vector<std::uint32_t>> leaf_products_;
  std::vector<std::vector<std::uint32_t>> leaf_live_;
  std::vector<AliasTable> leaf_table_;
};

/// The price that a shop would print: 12.49, 79.99, 249.00. Input and output in minor units.
[[nodiscard]] std::int64_t round_price(double minor_units) noexcept;

}  // namespace souk::simulate
