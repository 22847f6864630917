// From factors to weights between items, so that both trained models are served in the same way.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "plugins/recommendations/model/implicit_als.hpp"
#include "plugins/recommendations/model/item_weights.hpp"

namespace souk::recommendations {

/// Somebody new with the items S is solved for as w = (D + Σ_{i∈S} h_i h_iᵀ)⁻¹ Σ_{i∈S} h_i. With
/// the sum replaced by its expectation over all people, |S|/|I| · HᵀH of a typical |S|, this is
/// linear in the items, and the scores are Σ_{i∈S} B_ij with
///
///     B = H (α₀ HᵀH + λ̄ I + |S|/|I| · HᵀH)⁻¹ Hᵀ,
///
/// a diagonal in between once H is turned into the eigenvectors of HᵀH, which this does. Of each
/// row the `widest` largest weights are kept. `mean_cells` is the typical |S|. CANCELLED;
/// RESOURCE_EXHAUSTED without memory. Time: items² · factors.
[[nodiscard]] Result<std::unique_ptr<ItemWeights>> weights_of_factors(
    Factors& items, const std::vector<ItemId>& ids, const AlsParameters& parameters,
    double mean_cells, std::uint32_t widest, Crew& crew);

}  // namespace souk::recommendations
