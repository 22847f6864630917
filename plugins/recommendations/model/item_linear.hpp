// Linear models between items in closed form: EASE and EDLAE.
//
// With X the people × items matrix, G = XᵀΩX its weighted Gram matrix, and
//
//     P = (G + λI + r·diag(G))⁻¹          B_ij = −P_ij / P_jj^β  (i ≠ j),   B_jj = 0
//
// the scores of somebody with the row x are xB.
//
//   r = 0, β = 1    EASEᴿ: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019,
//                   equation 8: least squares with λ‖B‖² under diag(B) = 0.
//   r = p/(1 − p)   EDLAE: Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS
//                   2020: dropout of items with probability p, in expectation, is a regularisation
//                   in proportion to an item's popularity, under the same constraint.
//   β < 1           between that constraint and none at all (β = 0 is the plain denoising model's
//                   direction); "It's Enough: Relaxing Diagonal Constraints in Linear Autoencoders
//                   for Recommendation", SIGIR 2023, argues for the space between. Popular items
//                   have a small P_jj, so a smaller β shows them less.
//   Ω               diag(|x_u|^−α), scaled to the same mass: who has many items says less by each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "plugins/recommendations/model/crew.hpp"
#include "plugins/recommendations/model/item_weights.hpp"
#include "plugins/recommendations/model/symmetric_matrix.hpp"
#include "plugins/recommendations/model/training_data.hpp"
#include "souk/result.hpp"

namespace souk::recommendations {

/// The symbols above. λ is in interactions: it is to be compared with how many people an item has.
struct ItemLinearParameters {
  double l2 = 100;             ///< λ > 0
  double dropout_ratio = 0.1;  ///< r = p/(1 − p) ≥ 0
  double target_power = 1;     ///< β, 0 … 1
  double person_power = 0;     ///< α, 0 … 1
};

/// G of the people in `[0, rows)` for whom `take` is true (null: all), for the first
/// `size()` columns of the data, into `gram`, which must be zero. False when cancelled.
bool add_gram(const TrainingData& data, double person_power,
              const std::function<bool(std::uint32_t)>& take, Crew& crew, SymmetricMatrix& gram);

/// G + λI + r·diag(G).
void regularise(SymmetricMatrix& gram, const ItemLinearParameters& parameters);

/// Fits B to all of the data and keeps the `widest` weights of each row. CANCELLED,
/// FAILED_PRECONDITION without any item, RESOURCE_EXHAUSTED without memory (bytes_to_fit()).
/// `progress` gets 0 to 1 on this thread. Time: n³ operations for n items, and the squares of
/// people's items.
[[nodiscard]] Result<std::unique_ptr<ItemWeights>> fit_item_linear(
    const TrainingData& data, const ItemLinearParameters& parameters, std::uint32_t widest,
    Crew& crew, const std::function<void(double)>& progress = nullptr);

/// Memory that a fit takes at its height, the data itself excluded.
[[nodiscard]] std::size_t bytes_to_fit(std::size_t items, std::size_t cells, std::uint32_t widest);

/// What a choice of parameters came to.
struct ItemLinearChoice {
  ItemLinearParameters parameters;
  double ndcg = 0;           ///< at 100, on people held out
  std::uint32_t people = 0;  ///< held out
  std::uint32_t fits = 0;    ///< tried
};

/// Chooses parameters: holds out up to 2,000 people (one in ten at most), fits the `columns` most
/// popular items to the others, shows the model four fifths of each one's items and asks for the
/// rest (nDCG@100). Climbs in λ and r by factors of 2, then tries α; β costs no fit. Ends early,
/// with the best so far, when `enough()` says so. With fewer than 50 people to hold out the
/// defaults stand.
[[nodiscard]] ItemLinearChoice choose_item_linear(const TrainingData& data, std::uint32_t columns,
                                                  Crew& crew,
                                                  const std::function<bool()>& enough = nullptr);

}  // namespace souk::recommendations
