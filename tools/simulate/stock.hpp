// What lies in the warehouse: an (s, S) policy for each variant, planned with an error, so that
// some things run out. While a variant is at zero nobody can buy it. Not thread-safe.
#pragma once

#include <cstdint>

#include "tools/simulate/shop.hpp"

namespace souk::simulate {

class Stock {
 public:
  explicit Stock(Shop& shop) : shop_(shop) {}

  /// Plans and fills every variant of a product.
  void open(std::uint32_t product);
  void write_levels(std::uint32_t product, std::int64_t now);
  /// Takes up to `quantity`; answers how many there were. Writes the level, orders more when low.
  int take(std::uint32_t product, int variant, int quantity, std::int64_t now);
  /// Returned goods go back on the shelf.
  void put_back(std::uint32_t product, int variant, int quantity, std::int64_t now);
  /// A supplier's delivery.
  void arrive(std::uint32_t product, int variant, std::int64_t now);
  /// Plans for a regular buyer of `units_per_day` besides the public.
  void expect(std::uint32_t product, int variant, double units_per_day);

 private:
  void reorder(std::uint32_t product, int variant, std::int64_t now);
  void write(std::uint32_t product, int variant, std::int64_t now);

  Shop& shop_;
};

}  // namespace souk::simulate
