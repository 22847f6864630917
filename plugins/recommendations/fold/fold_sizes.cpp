// Sizes kept and sent back → who takes which size.
#include <algorithm>

#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {

/// The variants of an order are what fits, until one comes back.
void Recommendations::fold_sizes(Orders::Order& order, Profile& profile) {
  for (std::size_t i = 0; i < order_items_.size(); ++i) {
    const std::uint32_t variant = order_variants_[i];
    const ItemId item = order_items_[i];
    if (variant == kNoItem || order.sizes.size() >= Orders::kMostSizes) continue;
    // What the order held before has said its word, and may have come back since.
    const bool had = std::find(order.items.begin(), order.items.end(), item) != order.items.end();
    if (!had) observe_size(order, profile, item, variant, SizeOutcome::kept);
  }
}

void Recommendations::observe_size(Orders::Order& order, Profile& profile, ItemId item,
                                   std::uint32_t variant, SizeOutcome outcome) {
  if (product_sizes_.read(state_->catalog, item) != ProductSizes::Kind::ordered) return;
  const ProductSizes::Size* size = product_sizes_.of_variant(state_->catalog, variant);
  if (size == nullptr) return;
  const SizeContext& context = product_sizes_.context();
  const Profile::Fit* known = profile.fit(context.system);
  Profile::Fit fit = known == nullptr ? Profile::Fit{context.system, {}} : *known;
  const SizeMessage message = state_->sizes.observe(context, fit.evidence, size->place, outcome);
  profile.set_fit(fit);
  order.sizes.push_back({item, variant, message});
}

/// What the size seemed to say is taken back, and what the complaint says takes its place.
void Recommendations::unfold_size(Orders::Order& order, Profile& profile, ItemId item,
                                  SizeComplaint complaint) {
  const auto found = std::find_if(order.sizes.begin(), order.sizes.end(),
                                  [&](const Orders::Sized& sized) { return sized.item == item; });
  if (found == order.sizes.end()) return;
  const Orders::Sized sized = *found;
  order.sizes.erase(found);
  if (product_sizes_.read(state_->catalog, item) != ProductSizes::Kind::ordered) return;
  const SizeContext& context = product_sizes_.context();
  const Profile::Fit* known = profile.fit(context.system);
  Profile::Fit fit = known == nullptr ? Profile::Fit{context.system, {}} : *known;
  state_->sizes.take_back(context, fit.evidence, sized.message);
  profile.set_fit(fit);
  if (complaint == SizeComplaint::none) return;
  observe_size(
      order, profile, item, sized.variant,
      complaint == SizeComplaint::too_small ? SizeOutcome::too_small : SizeOutcome::too_large);
  // A second notice of the same return finds nothing to take back.
  if (!order.sizes.empty() && order.sizes.back().item == item) order.sizes.pop_back();
}

}  // namespace souk::recommendations
