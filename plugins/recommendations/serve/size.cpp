// Which variant of a product fits a shopper.
#include <algorithm>
#include <cmath>
#include <string>

#include "plugins/recommendations/serve/recommender.hpp"

namespace souk::recommendations {
namespace {

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

}  // namespace

void Recommender::size(const StoreState& state) {
  size_notes_.clear();
  if (question.product == kNoItem) return;
  const Catalog::Facts facts = state.catalog.facts(question.product);
  if (facts.hidden || facts.deleted || !is_for_account(state.catalog, facts, question.account)) {
    why_few_ = "the product is not shown to this shopper";
    return;
  }
  switch (product_sizes_.read(state.catalog, question.product)) {
    case ProductSizes::Kind::unknown:
      why_few_ = "the catalog knows no sizes of this product";
      return;
    case ProductSizes::Kind::unordered:
      why_few_ = "its sizes have no order, so that nothing can be said of which fits";
      return;
    case ProductSizes::Kind::ordered:
      break;
  }
  const SizeContext& context = product_sizes_.context();
  const Profile::Fit* fit = question.profile.fit(context.system);
  const SizeBelief belief =
      state.sizes.belief(context, fit == nullptr ? SizeEvidence{} : fit->evidence);
  if (!belief.known_system) {
    why_few_ = "nobody has kept or returned a product with such sizes yet";
    return;
  }
  why_few_ = "";
  selection.begin_source(Source::size_model, 1);
  offer_sizes(state, belief);
  if (fit == nullptr) {
    size_notes_.push_back("size_model: nothing is known of this shopper's size: what fits most");
  }
}

// Sizes are not products: what speaks against showing the product is no reason not to say which
// one fits, so they pass by the selection's judging of candidates.
void Recommender::offer_sizes(const StoreState& state, const SizeBelief& belief) {
  double all = 0;
  for (const ProductSizes::Size& size : product_sizes_.sizes())
    all += belief.fits(size.place);
  ranked_.clear();
  for (const ProductSizes::Size& size : product_sizes_.sizes()) {
    const double fits = belief.fits(size.place);
    Pick pick{.item = question.product,
              .score = fits / std::max(all, 1e-9),
              .source = Source::size_model};
    pick.add_part(Source::size_model, fits);
    pick.variant = size.variant;
    ranked_.push_back(pick);
    size_notes_.push_back("size " + std::string(size.label) + ": fits " + percent(fits) +
                          ", too small " + percent(belief.too_small(size.place)) + ", too large " +
                          percent(belief.too_large(size.place)));
  }
  std::stable_sort(ranked_.begin(), ranked_.end(),
                   [](const Pick& a, const Pick& b) { return a.score > b.score; });
  const KeptSize kept = kept_size(state, ranked_.front().variant);
  ranked_.front().because = kept.item;
  ranked_.front().because_variant = kept.variant;
  ranked_.front().support = 1;
  for (const Pick& pick : ranked_)
    selection.offer_variant(pick);
}

// The newest purchase of the size that is answered, of the brand if there is one; without any, the
// newest that says the shopper's size at all.
Recommender::KeptSize Recommender::kept_size(const StoreState& state, std::uint32_t answer) {
  const SizeContext asked = product_sizes_.context();
  const ProductSizes::Size* answered = product_sizes_.of_variant(state.catalog, answer);
  KeptSize best;
  int best_speaks = -1;
  const auto& bought = question.profile.bought;
  for (auto had = bought.rbegin(); had != bought.rend() && best_speaks < 3; ++had) {
    if (had->variant == kNoItem || question.profile.has_returned(had->item)) continue;
    if (kept_sizes_.read(state.catalog, had->item) != ProductSizes::Kind::ordered) continue;
    const SizeContext& context = kept_sizes_.context();
    if (context.system != asked.system) continue;
    const ProductSizes::Size* size = kept_sizes_.of_variant(state.catalog, had->variant);
    const bool agrees = size != nullptr && answered != nullptr &&
                        std::abs(size->place - answered->place) < 0.01 * asked.step;
    const bool of_brand = context.brand != kNoItem && context.brand == asked.brand;
    const int speaks = (agrees ? 2 : 0) + (of_brand ? 1 : 0);
    if (speaks <= best_speaks) continue;
    best_speaks = speaks;
    best = {had->item, had->variant};
  }
  return best;
}

}  // namespace souk::recommendations
