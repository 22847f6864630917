// A question, understood: names are numbers, the shopper's state is read, settings are resolved.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "plugins/recommendations/settings.hpp"
#include "plugins/recommendations/state/profile.hpp"
#include "plugins/recommendations/state/store_state.hpp"
#include "souk/v1/recommendations.pb.h"

namespace souk::recommendations {

enum class Kind : std::uint8_t {
  for_you,
  similar,
  bought_together,
  bundle,
  upsell,
  cross_sell,
  buy_again,
  trending,
  new_arrivals,
  recently_viewed,
  discover,
  complete_the_look,
  size
};
inline constexpr std::size_t kKinds = 13;
[[nodiscard]] std::string_view name_of(Kind kind);

/// Re-used from question to question by one thread.
struct Question {
  static constexpr std::uint32_t kDefaultLimit = 10;
  static constexpr std::uint32_t kMostItems = 100;

  Kind kind = Kind::for_you;
  std::uint32_t limit = kDefaultLimit;
  bool explain = false;
  bool include_seen = false;
  std::int64_t now_us = 0;

  ItemId product = kNoItem;      ///< the one that the page is about
  bool product_unknown = false;  ///< named, and never heard of
  std::vector<ItemId> session;   ///< the visit so far, oldest first, without unknown products
  std::vector<ItemId> history;   ///< what was seen in visits before, oldest first
  std::vector<ItemId> cart;
  std::vector<ItemId> exclude;  ///< by the request and by the settings
  std::vector<CategoryId> exclude_categories;
  bool by_category = false;
  CategoryId category = kNoCategory;  ///< kNoCategory with by_category: no product is in it
  std::uint32_t account = kNoItem;
  bool has_account = false;
  Profile profile;
  ServingSettings settings;
  Shoppers::Scratch scratch;

  /// Understands a request. INVALID_ARGUMENT names the field, its value and what is allowed.
  Status read(const souk::v1::RecommendRequest& request, std::string_view account_id,
              const StoreState& state, const v1::Settings& settings, std::int64_t now);

 private:
  void clear();
  Status read_kind(const souk::v1::RecommendRequest& request);
  void read_person(const souk::v1::RecommendRequest& request, const StoreState& state);
  void read_session(const souk::v1::RecommendRequest& request, const StoreState& state);
};

}  // namespace souk::recommendations
