// What the catalog says: titles, prices, and what is there again or costs less.
#include <algorithm>

#include "plugins/email/email.hpp"

namespace souk::email {
namespace {

/// Interest older than this brings nobody a message about stock or prices.
constexpr std::uint32_t kInterestS = 60 * 86'400;

/// -1: the stock levels decide. 0: can't be bought. 1: can.
int word_on_availability(const souk::v1::Product& product) {
  const auto& availability = product.availability();
  if (availability.has_available()) return availability.available() ? 1 : 0;
  switch (availability.status()) {
    case souk::v1::Availability::out_of_stock:
    case souk::v1::Availability::discontinued:
      return 0;
    case souk::v1::Availability::in_stock:
    case souk::v1::Availability::backorder:
    case souk::v1::Availability::preorder:
      return 1;
    default:
      return -1;
  }
}

std::string first_picture(const souk::v1::Product& product) {
  for (const souk::v1::Media& media : product.media()) {
    if (media.type().empty() || media.type() == "image") return media.url();
  }
  return {};
}

}  // namespace

void Email::on(const souk::v1::ProductUpserted& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const souk::v1::Product& given = event.product();
  const std::uint32_t number = catalog_.number(given.id());
  if (number == kNoProduct) return;
  ProductFacts& product = catalog_.at(number);
  const std::int64_t before = product.price;
  const std::string currency_before = product.currency;
  product.from_catalog = true;
  product.title = given.title();
  product.url = given.url();
  product.image = first_picture(given);
  product.brand = given.brand();
  product.category = given.categories_size() > 0 ? given.categories(0).value() : std::string();
  product.hidden = given.hidden();
  // A price without a currency is in the store's.
  const souk::v1::Money& price = given.price_range().min();
  product.price = price.amount();
  product.currency = price.currency().empty() ? currency_ : price.currency();
  product.list_price = given.list_price_range().min().amount();
  if (before > 0 && product.price > 0 && product.price < before &&
      currency_before == product.currency) {
    product.list_price = std::max(product.list_price, before);
    const double drop = 1 - static_cast<double>(product.price) / static_cast<double>(before);
    if (!product.out && !product.hidden)
      bring_interested(TriggerKind::price_drop, number, drop, info);
  }
  if (const int word = word_on_availability(given); word >= 0) {
    stock_changed(number, word == 0, info);
  }
}

void Email::on(const souk::v1::ProductDeleted& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const std::uint32_t number = catalog_.find(event.product_id());
  if (number == kNoProduct) return;
  catalog_.at(number).hidden = true;
  catalog_.at(number).interested.clear();
}

void Email::on(const souk::v1::InventorySet& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const std::string& id = event.product_id().empty() ? event.id() : event.product_id();
  const std::uint32_t number = catalog_.number(id);
  // A product is there when one of its variants or places has it; the figure of one is enough to
  // say yes, and only that of the whole says no.
  if (number == kNoProduct) return;
  const bool whole = event.variant_id().empty() && event.location_id().empty();
  const bool some = !event.has_available() || event.available() > 0;
  if (whole) catalog_.at(number).available = event.has_available() ? event.available() : -1;
  if (some || whole) stock_changed(number, !some, info);
}

void Email::stock_changed(std::uint32_t number, bool out, const EventInfo& info) {
  ProductFacts& product = catalog_.at(number);
  const bool back = product.out && !out;
  product.out = out;
  if (back && !product.hidden) bring_interested(TriggerKind::back_in_stock, number, 0, info);
}

void Email::bring_interested(TriggerKind kind, std::uint32_t product, double drop,
                             const EventInfo& info) {
  // Those who still are: their own list says so. Whoever is not is taken out on the way.
  std::vector<std::uint32_t> interested;
  for (const std::uint32_t number : catalog_.at(product).interested) {
    if (number >= people_.end()) continue;
    const Person& person = people_.at(number);
    const bool still =
        std::any_of(person.interests.begin(), person.interests.end(), [&](const Interest& one) {
          return one.product == product && one.at_s + kInterestS > now_s_;
        });
    if (still) interested.push_back(number);
  }
  std::sort(interested.begin(), interested.end());
  interested.erase(std::unique(interested.begin(), interested.end()), interested.end());
  catalog_.at(product).interested = interested;
  for (std::uint16_t flow = 0; flow < book_.flows().size(); ++flow) {
    const FlowState& state = book_.flows()[flow];
    if (state.current == kNoFlow) continue;
    const Flow& definition = *book_.version(state.current).flow;
    if (definition.trigger != kind) continue;
    if (kind == TriggerKind::price_drop && drop < definition.price_drop) continue;
    for (const std::uint32_t number : interested) {
      if (people_.at(number).has_address() && !bought_lately(people_.at(number), product) &&
          admits(definition, number, {.product = product}))
        bring_in(number, flow, product, info.received_us());
    }
  }
}

}  // namespace souk::email
