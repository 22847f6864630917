// The newest orders: so that an order that is sent twice counts once, and a cancelled one can be
// taken back.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/size_model.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {

/// Writer only. Bounded: the oldest order is forgotten first.
class Orders {
 public:
  /// A size that the shopper took, and what it has said; so that it can be taken back.
  struct Sized {
    ItemId item = kNoItem;
    std::uint32_t variant = kNoItem;  ///< word of the catalog
    SizeMessage message;
  };
  struct Order {
    PersonKey person;           ///< empty: nobody to whom it may be attached
    std::vector<ItemId> items;  ///< distinct, at most kMostItems
    std::vector<Sized> sizes;   ///< at most kMostSizes
    bool cancelled = false;
    bool counted = false;    ///< in the models of what is bought together and popular
    std::uint32_t at_s = 0;  ///< when it was placed
  };
  static constexpr std::uint32_t kMostItems = 1000;
  static constexpr std::uint32_t kMostSizes = 50;

  explicit Orders(std::uint32_t max_orders) : max_orders_(max_orders) {}

  /// The order of this id, made now when it is new. Valid until the next call.
  Order& open(std::string_view order_id, bool& is_new);
  /// nullptr when unknown or forgotten.
  [[nodiscard]] Order* find(std::string_view order_id);
  /// The orders of `person` are nobody's from now on. Looks at every order: for erasing only.
  void forget(PersonKey person);

  /// The `count` newest orders of `from` are those of `into` from now on.
  void adopt(PersonKey from, PersonKey into, std::uint32_t count);

  [[nodiscard]] std::size_t size() const { return orders_.size(); }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
  /// About: what the hash table and lists hold.
  [[nodiscard]] std::size_t memory_bytes() const;

  /// Section "SKOR" v2: forgotten u64, orders u32, oldest first: id, person, flags, time, items,
  /// sizes.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source, std::uint32_t items);

 private:
  Order& add(std::uint64_t id);
  static void load_sizes(SnapshotReader& in, std::uint32_t items, Order& order);

  std::uint32_t max_orders_;
  std::unordered_map<std::uint64_t, Order> orders_;
  std::deque<std::uint64_t> oldest_first_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace souk::recommendations
