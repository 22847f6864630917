// The prices of an account's price list, for one part of the catalog.
#pragma once

#include <memory>

#include "plugins/search/model/number_override.hpp"
#include "plugins/search/state/accounts.hpp"
#include "plugins/search/state/segment.hpp"

namespace souk::search {

/// Null when `list` changes nothing here. Each thread keeps those it used last: making one looks at
/// every price of the list.
std::shared_ptr<const NumberOverride> account_prices(
    const std::shared_ptr<const Segment>& segment, const PriceListFacts& list,
    const std::shared_ptr<const Accounts>& accounts);

/// What one product costs this account, in major units.
[[nodiscard]] double account_price(const PriceListFacts& list, std::uint64_t product,
                                   double shop_price);

}  // namespace souk::search
