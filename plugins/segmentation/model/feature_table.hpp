// Columns of numbers and texts → a matrix that a linear model can learn from.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace souk::segmentation {

/// One column: numbers (NaN: missing), or texts (empty: missing), never both.
struct FeatureColumn {
  std::string name;
  std::vector<double> numbers{};
  std::vector<std::string> texts{};

  [[nodiscard]] std::size_t size() const { return numbers.empty() ? texts.size() : numbers.size(); }
};

/// Learned from a table, applied to others of the same columns. Numbers are scaled by median and
/// quartiles, their logarithm where they are positive and skewed, cut off at four deviations, and
/// missing ones lie at the median with a column of their own that says so; texts become a column
/// for each value that at least one row in a hundred has, the most frequent left out. Immutable
/// once fitted; any thread.
class FeatureEncoder {
 public:
  /// The first column of every matrix is 1.
  explicit FeatureEncoder(std::span<const FeatureColumn> train);

  /// A row for each of the table's; a column that is not there counts as missing.
  [[nodiscard]] Eigen::MatrixXd encode(std::span<const FeatureColumn> table) const;
  /// What a column of the matrix says, in words: "history is high", "channel is Web".
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] Eigen::Index columns() const { return static_cast<Eigen::Index>(names_.size()); }

 private:
  struct Part {
    std::string name;
    bool is_text = false;
    bool logarithm = false;
    bool may_miss = false;  ///< some were missing: a column says which
    double middle = 0;
    double scale = 1;
    std::vector<std::string> values{};  ///< texts with a column of their own
  };
  void learn_numbers(const FeatureColumn& column);
  void learn_texts(const FeatureColumn& column);

  std::vector<Part> parts_;
  std::vector<std::string> names_;
};

/// How numbers are brought to one scale: the median and a deviation from the quartiles, or from the
/// variance where more than half are equal; 0 where all are, or where they are too large to be
/// squared.
struct RobustScale {
  double middle = 0;
  double deviation = 0;
};
/// NaNs are left out. Reorders `values`.
[[nodiscard]] RobustScale robust_scale(std::vector<double>& values);

}  // namespace souk::segmentation
