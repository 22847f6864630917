#include "plugins/segmentation/model/pareto_nbd.hpp"

#include <algorithm>
#include <array>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>

namespace souk::segmentation {
namespace {

constexpr std::size_t kNodes = 20;

/// The moments at which a customer may have stopped, and how much each stands for.
struct Moments {
  std::array<double, kNodes> time{};
  std::array<double, kNodes> log_weight{};
};

/// Gauss-Legendre in u = log(α+y) between the last purchase and now, where the integrand is nearly
/// a polynomial. dy = (α+y) du.
Moments moments(double alpha, double from, double to) {
  using Rule = boost::math::quadrature::gauss<double, kNodes>;
  const double low = std::log(alpha + from);
  const double half = (std::log(alpha + to) - low) / 2;
  const double log_half = std::log(half);
  Moments out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < Rule::abscissa().size(); ++i) {
    for (const double sign : {-1.0, 1.0}) {
      const double u = low + half * (1 + sign * Rule::abscissa()[i]);
      out.time[at] = std::exp(u) - alpha;
      out.log_weight[at] = log_half + std::log(Rule::weights()[i]) + u;
      ++at;
    }
  }
  return out;
}

/// Sums terms given by their logarithms, with the first two derivatives of the sum's logarithm.
class LogSum {
 public:
  /// The term −rate·log(α+y) − decay·log(β+y) + constant at the moment y.
  struct Term {
    double value;
    Eigen::Vector4d gradient;
    double alpha_twice;  ///< second derivative by α
    double beta_twice;
    double once_alpha;  ///< mixed derivative by r and α
    double once_beta;   ///< by s and β
    double s_twice;
  };

  void add(const Term& term) {
    if (term.value > highest_) {
      const double scale = std::exp(highest_ - term.value);
      total_ *= scale;
      gradient_ *= scale;
      second_ *= scale;
      highest_ = term.value;
    }
    const double weight = std::exp(term.value - highest_);
    total_ += weight;
    gradient_ += weight * term.gradient;
    Eigen::Matrix4d second = term.gradient * term.gradient.transpose();
    second(1, 1) += term.alpha_twice;
    second(2, 2) += term.s_twice;
    second(3, 3) += term.beta_twice;
    second(0, 1) += term.once_alpha;
    second(1, 0) += term.once_alpha;
    second(2, 3) += term.once_beta;
    second(3, 2) += term.once_beta;
    second_ += weight * second;
  }

  [[nodiscard]] double value() const { return highest_ + std::log(total_); }
  [[nodiscard]] Eigen::Vector4d gradient() const { return gradient_ / total_; }
  [[nodiscard]] Eigen::Matrix4d hessian() const {
    const Eigen::Vector4d mean = gradient();
    return second_ / total_ - mean * mean.transpose();
  }

 private:
  double highest_ = -1e300;
  double total_ = 0;
  Eigen::Vector4d gradient_ = Eigen::Vector4d::Zero();
  Eigen::Matrix4d second_ = Eigen::Matrix4d::Zero();
};

LogSum::Term term_at(const ParetoNbd& model, std::uint32_t repeats, double time, bool stopped,
                     double log_weight) {
  const double rate = model.r + repeats;
  const double decay = model.s + (stopped ? 1 : 0);
  const double log_alpha = std::log(model.alpha + time);
  const double log_beta = std::log(model.beta + time);
  const double by_alpha = 1 / (model.alpha + time);
  const double by_beta = 1 / (model.beta + time);
  return {
      .value = log_weight + (stopped ? std::log(model.s) : 0) - rate * log_alpha - decay * log_beta,
      .gradient = {-log_alpha, -rate * by_alpha, (stopped ? 1 / model.s : 0) - log_beta,
                   -decay * by_beta},
      .alpha_twice = rate * by_alpha * by_alpha,
      .beta_twice = decay * by_beta * by_beta,
      .once_alpha = -by_alpha,
      .once_beta = -by_beta,
      .s_twice = stopped ? -1 / (model.s * model.s) : 0};
}

/// The braces of the likelihood, as its logarithm. The nodes move with α, but what they sum to does
/// not: to the rule's precision derivatives at fixed nodes are those of the integral.
LogSum braces(const ParetoNbd& model, const PurchaseSummary& customer) {
  LogSum sum;
  sum.add(term_at(model, customer.repeats, customer.age, false, 0));
  if (customer.age > customer.recency) {
    const Moments nodes = moments(model.alpha, customer.recency, customer.age);
    for (std::size_t i = 0; i < kNodes; ++i)
      sum.add(term_at(model, customer.repeats, nodes.time[i], true, nodes.log_weight[i]));
  }
  return sum;
}

}  // namespace

Evaluation<4> pareto_likelihood(const ParetoNbd& model, std::span<const SummaryGroup> groups) {
  std::uint32_t most = 0;
  for (const SummaryGroup& group : groups)
    most = std::max(most, group.summary.repeats);
  const RisingLogs rises(model.r, most);
  const double log_alpha = std::log(model.alpha);
  const double log_beta = std::log(model.beta);
  Evaluation<4> sum;
  for (const SummaryGroup& group : groups) {
    const std::uint32_t x = group.summary.repeats;
    const double n = group.customers;
    const LogSum inner = braces(model, group.summary);
    sum.value += n * (rises.value(x) + model.r * log_alpha + model.s * log_beta + inner.value());
    Eigen::Vector4d gradient = inner.gradient();
    gradient[0] += rises.first(x) + log_alpha;
    gradient[1] += model.r / model.alpha;
    gradient[2] += log_beta;
    gradient[3] += model.s / model.beta;
    Eigen::Matrix4d hessian = inner.hessian();
    hessian(0, 0) += rises.second(x);
    hessian(0, 1) += 1 / model.alpha;
    hessian(1, 0) += 1 / model.alpha;
    hessian(1, 1) -= model.r / (model.alpha * model.alpha);
    hessian(2, 3) += 1 / model.beta;
    hessian(3, 2) += 1 / model.beta;
    hessian(3, 3) -= model.s / (model.beta * model.beta);
    sum.gradient += n * gradient;
    sum.hessian += n * hessian;
  }
  return sum;
}

double ParetoNbd::alive(const PurchaseSummary& customer) const {
  const LogSum inner = braces(*this, customer);
  const double alive =
      -(r + customer.repeats) * std::log(alpha + customer.age) - s * std::log(beta + customer.age);
  return std::exp(alive - inner.value());
}

double ParetoNbd::expected(const PurchaseSummary& customer, double horizon) const {
  if (!(horizon > 0)) return 0;
  // (1 − z^(s−1)) / (s − 1) has a removable gap at s = 1, where it is −log z.
  const double log_z = -std::log1p(horizon / (beta + customer.age));
  const double power = s - 1;
  const double share = std::abs(power) < 1e-9 ? -log_z : -std::expm1(power * log_z) / power;
  return alive(customer) * (r + customer.repeats) * (beta + customer.age) / (alpha + customer.age) *
         share;
}

double ParetoNbd::log_likelihood(const PurchaseSummary& customer) const {
  const SummaryGroup group{customer, 1};
  return pareto_likelihood(*this, {&group, 1}).value;
}

Eigen::Vector4d ParetoFit::standard_errors() const {
  const Eigen::Vector4d parameters(model.r, model.alpha, model.s, model.beta);
  return parameters.cwiseProduct(log_covariance.diagonal().cwiseMax(0).cwiseSqrt());
}

ParetoFit fit_pareto_nbd(std::span<const SummaryGroup> groups, const LogNormalPrior<4>& prior) {
  ParetoFit fit;
  double ages = 0;
  for (const SummaryGroup& group : groups) {
    fit.customers += group.customers;
    ages += group.customers * group.summary.age;
  }
  if (groups.empty()) return fit;
  const double mean_age = std::max(1e-3, ages / static_cast<double>(fit.customers));
  const Eigen::Vector4d start(0.6, mean_age / 3, 0.6, mean_age / 3);
  const auto likelihood = [&](const Eigen::Vector4d& p) {
    return pareto_likelihood({p[0], p[1], p[2], p[3]}, groups);
  };
  const Maximum<4> maximum = maximise_positive<4>(start, likelihood, prior);
  const Eigen::Vector4d& p = maximum.parameters;
  fit.model = {p[0], p[1], p[2], p[3]};
  fit.log_likelihood = maximum.value;
  fit.log_covariance = maximum.log_covariance;
  fit.evaluations = maximum.evaluations;
  fit.regular = maximum.regular;
  return fit;
}

}  // namespace souk::segmentation
