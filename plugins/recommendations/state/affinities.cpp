#include "plugins/recommendations/state/affinities.hpp"

#include <algorithm>

namespace souk::recommendations {
namespace {

// Values are compared between the first products of an order: what a household buys in one order of
// fifty lines says little about taste.
constexpr std::size_t kCompared = 8;
constexpr std::uint32_t kCategoriesTogether = 24;  // of one order or visit
constexpr std::uint32_t kPartnersInCarts = 24;

CoPurchaseSettings for_categories(std::uint32_t max_categories) {
  CoPurchaseSettings settings;
  settings.max_items = max_categories;
  settings.order_items = kCategoriesTogether;
  return settings;
}

CoPurchaseSettings for_carts(std::uint32_t max_products) {
  CoPurchaseSettings settings;
  settings.max_items = max_products;
  settings.partners_per_item = kPartnersInCarts;
  return settings;
}

void add_once(std::vector<std::uint32_t>& list, std::uint32_t value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

}  // namespace

Affinities::Affinities(std::uint32_t max_products, std::uint32_t max_categories)
    : category_orders_(for_categories(max_categories)),
      category_visits_(for_categories(max_categories)),
      carts_(for_carts(max_products)),
      attributes_(max_products * 4),
      values_(kCompared) {}

void Affinities::take_categories(std::span<const ItemId> items, const Catalog& catalog) {
  categories_.clear();
  for (const ItemId item : items) {
    const CategoryId category = catalog.main_category(item);
    if (category != kNoCategory) add_once(categories_, category);
  }
}

void Affinities::take_back_order(std::span<const ItemId> items, const Catalog& catalog) {
  take_categories(items, catalog);
  category_orders_.take_back_order(categories_);
}

void Affinities::observe_order(std::span<const ItemId> items, const Catalog& catalog) {
  take_categories(items, catalog);
  category_orders_.observe_order(categories_);
  if (categories_.size() < 2) return;
  const std::size_t compared = std::min(items.size(), kCompared);
  for (std::size_t i = 0; i < compared; ++i) {
    learn_values(items[i], catalog);
    values_of(items[i], catalog, values_[i]);
    for (std::size_t j = 0; j < i; ++j) {
      if (catalog.main_category(items[i]) == catalog.main_category(items[j])) continue;
      attributes_.observe(values_[i], values_[j]);
    }
  }
}

void Affinities::observe_view(const Profile& profile, VisitKey visit, ItemId item,
                              const Catalog& catalog) {
  const CategoryId category = catalog.main_category(item);
  if (category == kNoCategory) return;
  categories_.clear();
  for (auto view = profile.viewed.rbegin(); view != profile.viewed.rend(); ++view) {
    if (view->visit != static_cast<std::uint32_t>(visit)) continue;
    const CategoryId seen = catalog.main_category(view->item);
    if (seen == category) return;
    if (seen != kNoCategory) add_once(categories_, seen);
  }
  category_visits_.extend_order(categories_, category);
}

void Affinities::observe_cart(const Profile& profile, ItemId item) {
  if (profile.in_cart(item)) return;
  held_.clear();
  for (const Profile::InCart& line : profile.cart)
    add_once(held_, line.item);
  carts_.extend_order(held_, item);
}

void Affinities::learn_values(ItemId item, const Catalog& catalog) {
  catalog.sets().for_each(catalog.traits(item).attributes, [&](std::uint32_t word) {
    attributes_.learn(word, catalog.words().name(word));
    return true;
  });
}

void Affinities::values_of(ItemId item, const Catalog& catalog,
                           std::vector<AttributePairs::Value>& out) const {
  out.clear();
  catalog.sets().for_each(catalog.traits(item).attributes, [&](std::uint32_t word) {
    AttributePairs::Value value;
    if (attributes_.value_of(word, value)) out.push_back(value);
    return true;
  });
  std::sort(out.begin(), out.end());
}

std::size_t Affinities::memory_bytes() const {
  return category_orders_.memory_bytes() + category_visits_.memory_bytes() + carts_.memory_bytes() +
         attributes_.memory_bytes();
}

Status Affinities::save(ByteSink& sink) const {
  for (const CoPurchase* part : {&category_orders_, &category_visits_, &carts_}) {
    if (Status status = part->save(sink); !status.ok()) return status;
  }
  return attributes_.save(sink);
}

Status Affinities::load(ByteSource& source) {
  for (CoPurchase* part : {&category_orders_, &category_visits_, &carts_}) {
    if (Status status = part->load(source); !status.ok()) return status;
  }
  return attributes_.load(source);
}

}  // namespace souk::recommendations
