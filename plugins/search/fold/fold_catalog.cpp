// Products, stock, accounts and prices → what can be found, and by whom.
#include <optional>
#include <string>

#include "plugins/search/fold/product_vector.hpp"
#include "plugins/search/search.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

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

void Search::on(const souk::v1::ProductUpserted& event, const EventInfo& info) {
  folded(info);
  if (event.product().id().empty()) return;
  if (!has_sound_vector(event.product())) {
    useless_vectors_.fetch_add(1, std::memory_order_relaxed);
  }
  if (!event.product().hidden()) {
    index_.put(event.product());
    return;
  }
  const std::uint32_t freed = index_.remove(event.product().id());
  if (freed != IndexWriter::kNoNumber) popularity_.forget(freed);
}

void Search::on(const souk::v1::ProductDeleted& event, const EventInfo& info) {
  folded(info);
  const std::uint32_t freed = index_.remove(event.product_id());
  if (freed != IndexWriter::kNoNumber) popularity_.forget(freed);
}

void Search::on(const souk::v1::InventorySet& event, const EventInfo& info) {
  folded(info);
  const std::string& product = event.product_id().empty() ? event.id() : event.product_id();
  if (product.empty()) return;
  std::optional<double> available;
  if (event.has_available()) available = event.available();
  index_.set_level(key_of(product), key_of(level_id(event, product)), available);
}

void Search::on(const souk::v1::InventoryDeleted& event, const EventInfo& info) {
  folded(info);
  index_.remove_level(key_of(event.inventory_id()));
}

void Search::on(const souk::v1::AccountUpserted& event, const EventInfo& info) {
  folded(info);
  own_accounts().put(event.account());
}

void Search::on(const souk::v1::AccountDeleted& event, const EventInfo& info) {
  folded(info);
  own_accounts().remove(event.account_id());
}

void Search::on(const souk::v1::PriceListSet& event, const EventInfo& info) {
  folded(info);
  own_accounts().put(event.price_list(), settings()->currency());
}

void Search::on(const souk::v1::PriceListDeleted& event, const EventInfo& info) {
  folded(info);
  own_accounts().remove_list(event.price_list_id());
}

}  // namespace souk::search
