// The highest point of a smooth function of a few positive numbers, by damped Newton steps in
// their logarithms (Levenberg, 1944): quick because the models here know their second derivatives.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace souk::segmentation {

/// A function's value and derivatives by its parameters (not by their logarithms).
template <int N>
struct Evaluation {
  double value = 0;
  Eigen::Matrix<double, N, 1> gradient = Eigen::Matrix<double, N, 1>::Zero();
  Eigen::Matrix<double, N, N> hessian = Eigen::Matrix<double, N, N>::Zero();
};

/// What is believed before any data: independent normal distributions of the parameters'
/// logarithms. A precision (1 / variance) of 0 believes nothing.
template <int N>
struct LogNormalPrior {
  Eigen::Matrix<double, N, 1> log_mean = Eigen::Matrix<double, N, 1>::Zero();
  Eigen::Matrix<double, N, 1> precision = Eigen::Matrix<double, N, 1>::Zero();
};

/// Where the search ended.
template <int N>
struct Maximum {
  Eigen::Matrix<double, N, 1> parameters;
  /// Of the function itself, without the prior.
  double value = 0;
  /// Of the parameters' logarithms: inverse of the negative second derivatives. Meaningless unless
  /// `regular`.
  Eigen::Matrix<double, N, N> log_covariance = Eigen::Matrix<double, N, N>::Zero();
  std::uint32_t evaluations = 0;
  /// A maximum inside the allowed box, where the second derivatives are negative definite.
  bool regular = false;
};

namespace detail {

template <int N>
class LogSpaceSearch {
 public:
  using Vector = Eigen::Matrix<double, N, 1>;
  using Matrix = Eigen::Matrix<double, N, N>;

  explicit LogSpaceSearch(const LogNormalPrior<N>& prior) : prior_(prior) {}

  template <class Function>
  Maximum<N> run(Vector at, const Function& function) {
    look(at, function, now_);
    double damping = 1e-3;
    while (evaluations_ < kMostEvaluations) {
      const Eigen::LLT<Matrix> factor(-now_.hessian + damping * scale());
      if (factor.info() != Eigen::Success) {
        damping = std::max(10 * damping, 1e-3);
        if (damping > kHopeless) break;
        continue;
      }
      Vector step = factor.solve(now_.gradient);
      const double promised = now_.gradient.dot(step) / 2;
      if (promised < kEnough * (1 + std::abs(now_.value) * 1e-6) && damping < 1) break;
      step *= std::min(1.0, kLongestStep / step.template lpNorm<Eigen::Infinity>());
      const Vector next = (at + step).cwiseMax(-kEdge).cwiseMin(kEdge);
      look(next, function, then_);
      if (std::isfinite(then_.value) && then_.value > now_.value) {
        at = next;
        std::swap(now_, then_);
        damping = damping / 10 < 1e-9 ? 0 : damping / 10;
      } else {
        damping = std::max(10 * damping, 1e-3);
        if (damping > kHopeless) break;
      }
    }
    return result(at);
  }

 private:
  static constexpr std::uint32_t kMostEvaluations = 200;
  static constexpr double kLongestStep = 1.5;
  static constexpr double kEdge = 15;  ///< logarithms: from 3e-7 to 3e6
  static constexpr double kEnough = 1e-9;
  static constexpr double kHopeless = 1e12;

  [[nodiscard]] Matrix scale() const {
    return now_.hessian.diagonal().cwiseAbs().cwiseMax(1e-6).asDiagonal();
  }

  template <class Function>
  void look(const Vector& logs, const Function& function, Evaluation<N>& out) {
    const Vector parameters = logs.array().exp();
    Evaluation<N> plain = function(parameters);
    ++evaluations_;
    out.gradient = plain.gradient.cwiseProduct(parameters);
    out.hessian = parameters.asDiagonal() * plain.hessian * parameters.asDiagonal();
    out.hessian.diagonal() += out.gradient;
    const Vector away = logs - prior_.log_mean;
    out.value = plain.value - away.dot(prior_.precision.cwiseProduct(away)) / 2;
    out.gradient -= prior_.precision.cwiseProduct(away);
    out.hessian.diagonal() -= prior_.precision;
  }

  [[nodiscard]] Maximum<N> result(const Vector& at) const {
    Maximum<N> maximum;
    maximum.parameters = at.array().exp();
    const Vector away = at - prior_.log_mean;
    maximum.value = now_.value + away.dot(prior_.precision.cwiseProduct(away)) / 2;
    maximum.evaluations = evaluations_;
    const Eigen::LLT<Matrix> factor(-now_.hessian);
    const bool inside = at.template lpNorm<Eigen::Infinity>() < kEdge;
    maximum.regular =
        inside && factor.info() == Eigen::Success && std::isfinite(now_.value) &&
        now_.gradient.template lpNorm<Eigen::Infinity>() < 1e-3 * (1 + std::abs(now_.value));
    if (maximum.regular) maximum.log_covariance = factor.solve(Matrix::Identity());
    return maximum;
  }

  LogNormalPrior<N> prior_;
  Evaluation<N> now_;
  Evaluation<N> then_;
  std::uint32_t evaluations_ = 0;
};

}  // namespace detail

/// `function`: Evaluation<N>(const Vector&), of which the sum with the prior's logarithm is
/// maximised. `start`: positive. Any thread; never fails, see `Maximum::regular`.
template <int N, class Function>
[[nodiscard]] Maximum<N> maximise_positive(const Eigen::Matrix<double, N, 1>& start,
                                           const Function& function,
                                           const LogNormalPrior<N>& prior = {}) {
  return detail::LogSpaceSearch<N>(prior).run(start.array().log().matrix(), function);
}

}  // namespace souk::segmentation
