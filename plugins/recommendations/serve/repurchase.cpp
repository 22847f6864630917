// What a shopper is due to buy again.
#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {

void Recommender::buy_again(const StoreState&) {}

}  // namespace souk::recommendations
