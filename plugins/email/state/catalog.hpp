// Products as messages show them, and who is interested in each. Written by the fold alone.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace souk::email {

inline constexpr std::uint32_t kNoProduct = UINT32_MAX;

struct ProductFacts {
  std::string id;
  std::string title;
  std::string url;
  std::string image;
  std::string currency;
  std::string category;
  std::string brand;
  std::int64_t price = 0;  ///< minor units; with no currency: unknown
  std::int64_t list_price = 0;
  double available = -1;  ///< -1: not counted
  bool from_catalog = false;
  bool hidden = false;
  bool out = false;  ///< can't be bought now
  /// People by number. May name some who have lost interest: their own lists decide.
  std::vector<std::uint32_t> interested;
};

/// Not thread-safe.
class Catalog {
 public:
  static constexpr std::size_t kMostProducts = 5'000'000;
  static constexpr std::size_t kMostInterested = 50'000;

  /// kNoProduct when there is none.
  [[nodiscard]] std::uint32_t find(std::string_view id) const;
  /// Makes one when there is none; kNoProduct for an empty id or when there are too many.
  std::uint32_t number(std::string_view id);
  [[nodiscard]] ProductFacts& at(std::uint32_t number) { return products_[number]; }
  [[nodiscard]] const ProductFacts& at(std::uint32_t number) const { return products_[number]; }
  [[nodiscard]] std::size_t size() const noexcept { return products_.size(); }
  /// False when so many are interested already that this one is not remembered.
  bool add_interested(std::uint32_t product, std::uint32_t person);

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  std::vector<ProductFacts> products_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// Minor digits of a currency: 2 for most, 0 for yen, 3 for dinars.
[[nodiscard]] int minor_digits(std::string_view currency) noexcept;

}  // namespace souk::email
