// Which variant of a product fits a shopper.
#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {

void Recommender::size(const StoreState&) {}

}  // namespace souk::recommendations
