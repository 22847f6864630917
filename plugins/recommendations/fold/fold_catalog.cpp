// Products and stock → what may be shown.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "plugins/recommendations/fold/product_content.hpp"
#include "plugins/recommendations/fold/product_traits.hpp"
#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {
namespace {

Declared declared_by(const souk::v1::Availability& availability) {
  using Status = souk::v1::Availability;
  const auto status = availability.status();
  const bool without_stock = status == Status::backorder || status == Status::preorder;
  if (availability.has_available() && !availability.available()) {
    return status == Status::discontinued ? Declared::never : Declared::no;
  }
  if (without_stock) return Declared::without_stock;
  if (availability.has_available() || status == Status::in_stock) return Declared::yes;
  if (status == Status::discontinued) return Declared::never;
  return status == Status::out_of_stock ? Declared::no : Declared::unsaid;
}

std::vector<Stock::Variant> variants_of(const souk::v1::Product& product, Declared whole) {
  std::vector<Stock::Variant> variants;
  variants.reserve(static_cast<std::size_t>(product.variants_size()));
  for (const auto& variant : product.variants()) {
    Declared declared = declared_by(variant.availability());
    // A product on pre-order says so once, not for each size.
    if (declared == Declared::unsaid && whole == Declared::without_stock) declared = whole;
    variants.push_back({Stock::variant_id(variant.id()), declared});
  }
  return variants;
}

template <class Ids>
std::vector<std::uint32_t> accounts_of(Catalog& catalog, const Ids& ids) {
  std::vector<std::uint32_t> accounts;
  for (const auto& id : ids) {
    const std::uint32_t account = catalog.account(id);
    // One without room stays in the list as nobody, so that the list is not taken for "everybody".
    accounts.push_back(account == kNoItem ? kNoItem - 1 : account);
  }
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  return accounts;
}

// As the kernel names a level: product, ":" variant, ":" location, without what is empty at the
// end.
std::string level_id(const souk::v1::InventorySet& event, const std::string& product) {
  if (!event.id().empty()) return event.id();
  std::string id = product;
  if (!event.variant_id().empty() || !event.location_id().empty()) {
    id.append(":").append(event.variant_id());
  }
  if (!event.location_id().empty()) id.append(":").append(event.location_id());
  return id;
}

}  // namespace

void Recommendations::publish_sellable(ItemId item) {
  state_->catalog.set_sold_out(item, !state_->stock.sellable(item));
}

void Recommendations::on(const souk::v1::ProductUpserted& event, const EventInfo& info) {
  folded(info);
  const souk::v1::Product& product = event.product();
  const ItemId item = state_->items.intern(product.id());
  if (item == kNoItem) return;
  std::vector<std::string_view> paths;
  for (const auto& category : product.categories())
    paths.push_back(category.value());
  const auto only = accounts_of(state_->catalog, product.only_account_ids());
  const auto excluded = accounts_of(state_->catalog, product.excluded_account_ids());
  const Declared whole = declared_by(product.availability());
  state_->stock.declare(item, whole, variants_of(product, whole));
  // Before it can be seen: a new product that is sold out is never shown in between.
  publish_sellable(item);
  const Catalog::Traits before = state_->catalog.traits(item);
  const SetId categories_before = state_->catalog.categories(item);
  categories_of(item);
  const Catalog::Traits traits =
      read_traits(state_->catalog, product, before, actor_of(info).now_s);
  state_->catalog.upsert(item, {.title = product.title(),
                                .categories = paths,
                                .hidden = product.hidden(),
                                .only_accounts = only,
                                .excluded_accounts = excluded,
                                .traits = traits});
  const SetId categories = state_->catalog.categories(item);
  for (const CategoryId old : event_categories_) {
    if (!state_->catalog.sets().contains(categories, old)) state_->trending.leave(item, old);
  }
  // Found by what it is from now on, though nobody has looked at it yet.
  read_content(product, traits.price_minor, content_features_);
  const bool described_anew = state_->content.upsert(item, content_features_.all());
  if (described_anew || categories != categories_before) {
    state_->catalog.sets().for_each(categories, [&](std::uint32_t category) {
      event_categories_.push_back(category);
      return true;
    });
    state_->alike.changed(event_categories_, state_->content.products());
  }
  state_->arrivals.put(item, before.since_s, traits.since_s);
}

void Recommendations::on(const souk::v1::ProductDeleted& event, const EventInfo& info) {
  folded(info);
  const ItemId item = state_->items.find(event.product_id());
  if (item == kNoItem) return;
  state_->stock.declare(item, Declared::unsaid, {});
  state_->arrivals.erase(item, state_->catalog.traits(item).since_s);
  const bool described = state_->content.erase(item);
  state_->catalog.erase(item);
  if (!described) return;
  categories_of(item);
  state_->alike.changed(event_categories_, state_->content.products());
}

void Recommendations::on(const souk::v1::InventorySet& event, const EventInfo& info) {
  folded(info);
  const std::string& product = event.product_id().empty() ? event.id() : event.product_id();
  const ItemId item = state_->items.intern(product);
  if (item == kNoItem) return;
  const std::string id = level_id(event, product);
  Stock::LevelSet level{.id = id,
                        .variant = event.variant_id(),
                        .location = event.location_id(),
                        .available = std::nullopt};
  if (event.has_available()) level.available = event.available();
  state_->stock.set_level(item, level);
  publish_sellable(item);
}

void Recommendations::on(const souk::v1::InventoryDeleted& event, const EventInfo& info) {
  folded(info);
  const ItemId item = state_->stock.remove_level(event.inventory_id());
  if (item != kNoItem) publish_sellable(item);
}

}  // namespace souk::recommendations
