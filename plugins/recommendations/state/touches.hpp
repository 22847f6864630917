// Which products each shopper was shown and clicked, so that an order can be credited.
#pragma once

#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {

/// The newest touch of a shopper with a product. Writer only.
struct Touch {
  enum class State : std::uint8_t { shown, clicked };
  std::uint64_t person = 0;  ///< low half of its key; 0: free
  ItemId item = kNoItem;
  std::uint32_t at_s = 0;
  std::uint16_t cell = 0;  ///< of the report
  State state = State::shown;
};

/// A hash table in buckets of eight. It doubles while it is more than half full and has room; a
/// touch that finds its bucket full takes the place of the oldest there, which is counted.
class Touches {
 public:
  /// At most about so many, 24 bytes each; the next power of two is allowed.
  explicit Touches(std::uint32_t most);

  /// The touch, or nullptr. Valid until the next put().
  [[nodiscard]] Touch* find(PersonKey person, ItemId item);
  /// The touch of that shopper and product, new or in place of what was there.
  void put(PersonKey person, const Touch& touch);
  void remove(PersonKey person, ItemId item);
  /// All of a person's. Looks at every touch: for erasing only.
  void forget(PersonKey person);

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::size_t memory_bytes() const { return touches_.capacity() * sizeof(Touch); }

  /// Section "SKTO" v1: dropped u64, buckets u32, touches u32; for each its place u32, person u64,
  /// item, second, cell, state u32.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source, std::uint32_t items);

 private:
  static constexpr std::uint32_t kWays = 8;
  static constexpr std::uint32_t kFirstBuckets = 512;

  [[nodiscard]] Touch* bucket(std::uint64_t person, ItemId item);
  [[nodiscard]] Touch& place_for(const Touch& touch);
  void grow();

  std::uint32_t most_buckets_;
  std::uint32_t buckets_ = kFirstBuckets;
  std::vector<Touch> touches_;
  std::uint32_t size_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace souk::recommendations
