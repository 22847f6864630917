#include "plugins/search/model/randomised_svd.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace souk::search {
namespace {

constexpr std::size_t kRowsBetweenLooks = 4096;

/// SplitMix64 and Box–Muller: the same numbers with every standard library.
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : state_(seed) {}
  float next() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return static_cast<float>(radius * std::cos(2 * std::numbers::pi * uniform()));
  }

 private:
  double uniform() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return (static_cast<double>((z ^ (z >> 31)) >> 11) + 0.5) * 0x1.0p-53;
  }
  std::uint64_t state_;
};

class Projection {
 public:
  Projection(const SparseRows& matrix, const SvdOptions& options)
      : matrix_(matrix), options_(options) {}

  bool run(Svd& out) {
    const auto columns = static_cast<Eigen::Index>(matrix_.columns);
    const auto most = std::min<std::size_t>(matrix_.rows(), matrix_.columns);
    const auto width = static_cast<Eigen::Index>(
        std::min<std::size_t>(std::size_t{options_.rank} + options_.oversample, most));
    out.values.resize(0);
    out.right.resize(columns, 0);
    if (width == 0) return true;
    DenseRows narrow(columns, width);
    Normal normal(options_.seed);
    for (Eigen::Index i = 0; i < narrow.size(); ++i)
      narrow.data()[i] = normal.next();
    DenseRows wide;
    if (!times(narrow, wide)) return false;
    orthonormalise(wide);
    for (std::uint32_t i = 0; i < options_.iterations && !options_.hurried(); ++i) {
      tell(i);
      if (!transposed_times(wide, narrow)) return false;
      orthonormalise(narrow);
      if (!times(narrow, wide)) return false;
      orthonormalise(wide);
    }
    tell(options_.iterations);
    if (!transposed_times(wide, narrow)) return false;
    decompose(narrow, out);
    return true;
  }

 private:
  void tell(std::uint32_t done) const {
    options_.progress((done + 1.0) / (options_.iterations + 2.0));
  }

  bool times(const DenseRows& by, DenseRows& out) const {
    out.setZero(static_cast<Eigen::Index>(matrix_.rows()), by.cols());
    for (std::size_t row = 0; row < matrix_.rows(); ++row) {
      if (row % kRowsBetweenLooks == 0 && options_.cancelled()) return false;
      auto sum = out.row(static_cast<Eigen::Index>(row));
      for (std::size_t i = matrix_.begin[row]; i < matrix_.begin[row + 1]; ++i)
        sum += matrix_.value[i] * by.row(matrix_.column[i]);
    }
    return true;
  }

  bool transposed_times(const DenseRows& by, DenseRows& out) const {
    out.setZero(static_cast<Eigen::Index>(matrix_.columns), by.cols());
    for (std::size_t row = 0; row < matrix_.rows(); ++row) {
      if (row % kRowsBetweenLooks == 0 && options_.cancelled()) return false;
      const auto given = by.row(static_cast<Eigen::Index>(row));
      for (std::size_t i = matrix_.begin[row]; i < matrix_.begin[row + 1]; ++i)
        out.row(matrix_.column[i]) += matrix_.value[i] * given;
    }
    return true;
  }

  using Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
  static Solver solve(const DenseRows& of) {
    const Eigen::MatrixXf gram = of.transpose() * of;
    return Solver(gram.cast<double>());
  }

  /// Through the eigenvectors of the Gram matrix, since columns may depend on each other (a catalog
  /// of one product many times): directions that are nothing become zero. A second time, for what
  /// the first lost in single precision.
  static void orthonormalise(DenseRows& of) {
    for (int round = 0; round < 2; ++round) {
      const Solver solved = solve(of);
      const double largest = std::max(solved.eigenvalues().maxCoeff(), 0.0);
      Eigen::VectorXd scale = Eigen::VectorXd::Zero(of.cols());
      for (Eigen::Index i = 0; i < of.cols(); ++i) {
        const double value = solved.eigenvalues()[i];
        if (value > largest * kNothing && value > 0) scale[i] = 1 / std::sqrt(value);
      }
      of *= (solved.eigenvectors() * scale.asDiagonal()).cast<float>();
    }
  }

  /// Of Bᵀ = narrow: B Bᵀ = U S² Uᵀ, so the right vectors are Bᵀ U / S.
  void decompose(const DenseRows& narrow, Svd& out) const {
    const Solver solved = solve(narrow);
    const double largest = std::max(solved.eigenvalues().maxCoeff(), 0.0);
    Eigen::Index found = 0;
    while (found < std::min<Eigen::Index>(narrow.cols(), options_.rank)) {
      const double value = solved.eigenvalues()[narrow.cols() - 1 - found];
      if (!(value > largest * kNothing)) break;
      ++found;
    }
    const Eigen::VectorXd values =
        solved.eigenvalues().tail(found).reverse().cwiseMax(0.0).cwiseSqrt();
    const Eigen::MatrixXd vectors = solved.eigenvectors().rightCols(found).rowwise().reverse();
    out.right = narrow * (vectors * values.cwiseInverse().asDiagonal()).cast<float>();
    out.values = values.cast<float>();
  }

  static constexpr double kNothing = 1e-10;  // of the largest, squared: single precision ends there
  const SparseRows& matrix_;
  const SvdOptions& options_;
};

}  // namespace

bool truncated_svd(const SparseRows& matrix, const SvdOptions& options, Svd& out) {
  return Projection(matrix, options).run(out);
}

}  // namespace souk::search
