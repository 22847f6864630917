#include "plugins/search/serve/account_prices.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace souk::search {
namespace {

std::shared_ptr<const NumberOverride> make(const Segment& segment, const PriceListFacts& list) {
  std::vector<std::pair<DocId, double>> values;
  if (list.discount > 0) {
    for (DocId doc = 0; doc < segment.size(); ++doc) {
      const double price = segment.facts(doc).price;
      if (std::isfinite(price)) {
        values.emplace_back(doc, account_price(list, segment.key(doc), price));
      }
    }
  } else {
    for (const auto& [product, price] : list.prices) {
      const DocId doc = segment.find(product);
      if (doc != Segment::kNowhere) values.emplace_back(doc, price);
    }
  }
  if (values.empty()) return nullptr;
  return std::make_shared<NumberOverride>("price", segment.size(), std::move(values));
}

}  // namespace

double account_price(const PriceListFacts& list, std::uint64_t product, double shop_price) {
  const auto named = list.prices.find(product);
  return named != list.prices.end() ? named->second : shop_price * (1 - list.discount);
}

std::shared_ptr<const NumberOverride> account_prices(
    const std::shared_ptr<const Segment>& segment, const PriceListFacts& list,
    const std::shared_ptr<const Accounts>& accounts) {
  struct Kept {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<const Accounts> accounts;  ///< keeps `list`
    const PriceListFacts* list = nullptr;
    std::shared_ptr<const NumberOverride> made;
  };
  constexpr std::size_t kKept = 16;
  thread_local std::array<Kept, kKept> kept;
  thread_local std::size_t next = 0;
  for (const Kept& each : kept) {
    if (each.segment == segment && each.list == &list) return each.made;
  }
  Kept& place = kept[next++ % kKept];
  place = {segment, accounts, &list, make(*segment, list)};
  return place.made;
}

}  // namespace souk::search
