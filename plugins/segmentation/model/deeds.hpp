// What people do, as segments see it: one small record a deed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace souk::segmentation {

/// Kinds of deeds. Numbers stand in snapshots: append only.
enum class Deed : std::uint8_t {
  none,
  product_viewed,
  list_viewed,
  list_filtered,
  searched,
  product_clicked,
  product_added,
  product_removed,
  cart_viewed,
  wishlist_added,
  checkout_started,
  order_completed,
  order_cancelled,
  order_refunded,
  product_returned,
  coupon_applied,
  product_shared,
  product_reviewed,
  reviews_read,
  promotion_clicked,
  page_viewed,
  signed_in,
  message_sent,
  message_opened,
  message_clicked,
  unsubscribed,
  subscription_started,
  subscription_renewed,
  subscription_skipped,
  subscription_paused,
  subscription_cancelled,
  subscription_payment_failed,
  tracked,
  count_  ///< how many there are
};
inline constexpr std::size_t kDeeds = static_cast<std::size_t>(Deed::count_);
static_assert(kDeeds <= 64, "a set of deeds is one word");

/// Deeds by the names that events have in JSON. Example: "productViewed".
[[nodiscard]] std::string_view name_of(Deed deed);
[[nodiscard]] std::optional<Deed> deed_named(std::string_view name);
/// A phrase for reasons: "viewed a product", "placed an order".
[[nodiscard]] std::string_view phrase_of(Deed deed);

/// A set of kinds.
using DeedSet = std::uint64_t;
[[nodiscard]] constexpr DeedSet set_of(Deed deed) {
  return DeedSet{1} << static_cast<unsigned>(deed);
}

/// Numbers by which names are known to the plugin; 0 is no name.
using NameId = std::uint32_t;

/// Of a personal value, which is compared but never kept: 32 bits of FNV-1a, not 0. Cheap to guess
/// for short values, so it stands in snapshots and nowhere else.
[[nodiscard]] constexpr std::uint32_t value_key(std::string_view value) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : value)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return hash == 0 ? 1 : hash;
}

/// One deed. An order is one record, whose numbers say what was in it.
struct DeedRecord {
  std::uint32_t at_s = 0;  ///< seconds since 1970
  NameId product = 0;      ///< of a product, or of an event's own name for `tracked`
  NameId category = 0;     ///< the deepest known
  float amount = 0;        ///< money in the store's currency: of the order, of the product
  Deed deed = Deed::none;
  /// Bits, see below.
  std::uint8_t flags = 0;
  std::uint16_t quantity = 1;  ///< products in it

  static constexpr std::uint8_t kDiscounted = 1;
  static constexpr std::uint8_t kMobile = 2;
  /// Three bits: which joined visitor did it, 0 for the person itself.
  static constexpr unsigned kPartShift = 2;
  static constexpr std::uint8_t kPart = 7U << kPartShift;

  friend bool operator==(const DeedRecord&, const DeedRecord&) = default;
};
static_assert(sizeof(DeedRecord) == 20);

}  // namespace souk::segmentation
