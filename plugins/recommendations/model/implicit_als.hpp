// Factors of people and items by alternating least squares: for catalogs too large for a closed
// form.
//
// Objective (Hu, Koren, Volinsky, ICDM 2008; in the form and with the regularisation of Rendle,
// Krichene, Zhang, Koren, "Revisiting the Performance of iALS on Item Recommendation Benchmarks",
// RecSys 2022, equations 1 to 3), with c the worth of a cell:
//
//     Σ_{(u,i) ∈ S} c_ui (w_u·h_i − 1)²  +  α₀ Σ_u Σ_i (w_u·h_i)²
//       +  λ Σ_u (|S_u| + α₀|I|)^ν ‖w_u‖²  +  λ Σ_i (|S_i| + α₀|U|)^ν ‖h_i‖²
//
// With H fixed, the best w_u solves (Σ_{i ∈ S_u} c h_i h_iᵀ + α₀ HᵀH + λ_u I) w_u = Σ c h_i.
//
// How it is solved here: before each half of an iteration both factor matrices are turned into the
// eigenvectors of HᵀH, which changes neither predictions nor norms. Then α₀ HᵀH + λ_u I is a
// diagonal D_u, exact for each person, and the matrix of a person is D_u plus |S_u| outer products:
// a product with it costs |S_u|·2f instead of f² and more. A few steps of conjugate gradients
// (Takács, Pilászy, Tikk, RecSys 2011) from the factors of the iteration before, preconditioned
// with D_u + |S_u|/|I| · diag(HᵀH), come close to the solution, and the rows of S_u stay in the
// cache between steps.
//
// Rows that stand still are read as bfloat16 (half_rows.hpp), rounded anew for each half: what is
// solved is exact for factors that are wrong by a thousandth, at random, and an error of the
// optimum counts by its square.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "plugins/recommendations/model/als_row.hpp"
#include "plugins/recommendations/model/crew.hpp"
#include "plugins/recommendations/model/half_rows.hpp"
#include "plugins/recommendations/model/training_data.hpp"

namespace souk::recommendations {

/// The symbols above.
struct AlsParameters {
  std::uint32_t factors = 128;  ///< f; rounded up to a multiple of HalfRows::kBlock
  double l2 = 0.003;            ///< λ
  double unobserved = 0.05;     ///< α₀
  double frequency_power = 1;   ///< ν
  std::uint32_t steps = 2;      ///< of conjugate gradients
};

/// One row a person or item, `width` floats each.
struct Factors {
  std::uint32_t rows = 0;
  std::size_t width = 0;
  AlignedFloats floats;

  Factors() = default;
  Factors(std::uint32_t how_many, std::size_t how_wide)
      : rows(how_many), width(how_wide), floats(how_many * how_wide) {}
  [[nodiscard]] float* row(std::uint32_t at) { return floats.data() + at * width; }
  [[nodiscard]] const float* row(std::uint32_t at) const { return floats.data() + at * width; }
};

/// Training. Not thread-safe; each function uses the crew it is given.
class ImplicitAls {
 public:
  /// `people` and `items` are the same matrix by rows and by columns and must outlive this. Item
  /// factors begin small and at random, the same for the same sizes; `set_items()` replaces them.
  ImplicitAls(const SparseRows& people, const SparseRows& items, const AlsParameters& parameters);

  /// Factors to go on from; of other shape, ignored. False when ignored.
  bool set_items(const Factors& items);

  /// People given items, then items given people. False when the crew was cancelled.
  bool iterate(Crew& crew);
  /// The objective; for tests and for whoever wants to see it fall. One pass over the data.
  [[nodiscard]] double objective() const;

  [[nodiscard]] const Factors& people() const { return people_factors_; }
  [[nodiscard]] const Factors& items() const { return item_factors_; }
  [[nodiscard]] const AlsParameters& parameters() const { return parameters_; }
  /// Hands the item factors over; this is of no use afterwards.
  [[nodiscard]] Factors take_items() { return std::move(item_factors_); }

 private:
  bool solve(const SparseRows& cells, Factors& mine, Factors& others, Crew& crew);

  const SparseRows& people_cells_;
  const SparseRows& item_cells_;
  AlsParameters parameters_;
  Factors people_factors_;
  Factors item_factors_;
  HalfRows rounded_;  ///< of the side that stands still
};

/// Turns `factors`, and `along` with them unless null, into the eigenvectors of factorsᵀfactors.
/// Returns the eigenvalues, which are the diagonal of that product afterwards; empty when
/// cancelled.
[[nodiscard]] std::vector<float> diagonalise(Factors& factors, Factors* along, Crew& crew);

}  // namespace souk::recommendations
