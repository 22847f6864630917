// Stock levels by product. The writer's alone.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/search/fold/product_document.hpp"

namespace souk::search {

class Stock {
 public:
  /// `available` without a value: not counted, can be sold without limit.
  void set(std::uint64_t product, std::uint64_t level, std::optional<double> available);
  /// The product whose level it was; 0: no such level.
  std::uint64_t remove(std::uint64_t level);
  [[nodiscard]] StockState state(std::uint64_t product) const;

  void set_limit(std::uint64_t levels) { limit_ = levels; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  struct Level {
    std::uint64_t id = 0;
    double available = 0;
    bool counted = false;
  };
  std::unordered_map<std::uint64_t, std::vector<Level>> products_;
  std::unordered_map<std::uint64_t, std::uint64_t> owner_;  ///< level → product
  std::uint64_t limit_ = 10'000'000;
  std::uint64_t dropped_ = 0;
};

}  // namespace souk::search
