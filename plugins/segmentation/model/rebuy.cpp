#include "plugins/segmentation/model/rebuy.hpp"

#include <cmath>

namespace souk::segmentation {
namespace {

// How many gaps what is believed counts for: of a person beside the product's, of a product beside
// the shop's; and a gap of a month beside the shop's own.
constexpr double kOfProduct = 1.5;
constexpr double kOfShop = 3;
constexpr double kOfShops = 5;
constexpr double kTypicalLogGap = 3.4;  // 30 days
/// Of a product that is bought again so seldom nobody is told that it is due, unless the person
/// itself has bought it again.
constexpr double kRunsOut = 0.25;
constexpr double kPurchasesBelieved = 4;

}  // namespace

std::optional<double> rebuy_days(double log_gaps, unsigned gaps, const RebuyRate& product,
                                 const RebuyRate& shop) {
  const double shop_again =
      shop.purchases > 0 ? static_cast<double>(shop.gaps) / shop.purchases : 0;
  const double again =
      (product.gaps + kPurchasesBelieved * shop_again) / (product.purchases + kPurchasesBelieved);
  if (gaps == 0 && again < kRunsOut) return std::nullopt;
  const double of_shop =
      (static_cast<double>(shop.log_gaps) + kOfShops * kTypicalLogGap) / (shop.gaps + kOfShops);
  const double of_product =
      (static_cast<double>(product.log_gaps) + kOfShop * of_shop) / (product.gaps + kOfShop);
  return std::exp((log_gaps + kOfProduct * of_product) / (gaps + kOfProduct));
}

}  // namespace souk::segmentation
