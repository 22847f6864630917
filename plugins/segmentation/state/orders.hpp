// Orders that were counted, so that none counts twice and what is taken back is known.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace souk::segmentation {

/// The newest orders by the hash of their ids; the older half gives way. One thread.
class OrderBook {
 public:
  static constexpr std::size_t kMost = 200'000;

  struct Order {
    double amount = 0;  ///< in the store's currency; what is left of it
    double listed = 0;  ///< before discounts
    double discount = 0;
    std::uint32_t items = 0;
    std::uint32_t products = 0;  ///< different ones
    std::uint32_t at_s = 0;
    bool cancelled = false;
  };

  /// Null when it is not known.
  [[nodiscard]] Order* find(std::string_view id);
  Order& add(std::string_view id);

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  using Orders = std::unordered_map<std::uint64_t, Order>;
  Orders newer_;
  Orders older_;
};

}  // namespace souk::segmentation
