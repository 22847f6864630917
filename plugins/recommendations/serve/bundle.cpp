// Sets of products that go with a product or a cart.
#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {

void Recommender::bundle(const StoreState& state) { bought_together(state); }

}  // namespace souk::recommendations
