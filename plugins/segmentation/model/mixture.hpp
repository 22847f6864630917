// Groups of points that lie together: k-means++ (Arthur, Vassilvitskii 2007) with Lloyd's steps as
// the start of a Gaussian mixture with diagonal covariances (EM: Dempster, Laird, Rubin 1977).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace souk::segmentation {

/// Rows are points; all columns of about one scale.
using Points = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Mixture {
  Eigen::VectorXd weights;    ///< sum 1
  Points means;               ///< a row a group
  Points variances;           ///< at least kLeastVariance
  double log_likelihood = 0;  ///< of the points it was fitted on
  double bic = 0;             ///< Schwarz 1978: the smaller the better

  static constexpr double kLeastVariance = 0.02;

  /// The likeliest group of a point.
  [[nodiscard]] Eigen::Index group_of(const Eigen::Ref<const Eigen::RowVectorXd>& point) const;
};

/// The best of a few starts; `seed` decides all. Groups may be fewer than asked for where points
/// coincide. O(points · groups · columns) a step.
[[nodiscard]] Mixture fit_mixture(const Points& points, Eigen::Index groups, std::uint64_t seed);

/// The mean of (b − a) / max(a, b) over at most `most` points, a the mean distance within the own
/// group, b that to the nearest other: Rousseeuw 1987. 0 with fewer than two groups.
[[nodiscard]] double silhouette_of(const Points& points, const std::vector<Eigen::Index>& group,
                                   Eigen::Index groups, Eigen::Index most = 1'000);

/// How many groups, and which: from 2 to `most` those with the best silhouette of all whose BIC is
/// better than one group's and whose smallest group holds `least` of the points; one where none is.
struct ChosenMixture {
  Mixture mixture;
  double silhouette = 0;
};
[[nodiscard]] ChosenMixture choose_mixture(const Points& points, Eigen::Index fewest,
                                           Eigen::Index most, double least, std::uint64_t seed);

/// Kuhn's assignment of rows to columns with the greatest sum of `gain` (a row a row): the column
/// of each row, -1 for rows beyond the columns. O(n³).
[[nodiscard]] std::vector<int> best_assignment(const Eigen::MatrixXd& gain);

/// How alike two groupings are, chance taken off (Hubert, Arabie 1985): 1 the same.
[[nodiscard]] double adjusted_rand_index(const std::vector<Eigen::Index>& a,
                                         const std::vector<Eigen::Index>& b);

}  // namespace souk::segmentation
