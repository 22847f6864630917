#include "plugins/segmentation/model/gamma_gamma.hpp"

#include <algorithm>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <limits>
#include <vector>

namespace souk::segmentation {
namespace {

struct Customer {
  std::uint32_t purchases = 0;
  double sum = 0;
  double log_mean = 0;
};

/// What depends on the number of purchases alone: gamma functions, once for each number.
Evaluation<3> of_number(const Eigen::Vector3d& at, double x) {
  using boost::math::digamma;
  using boost::math::trigamma;
  const double p = at[0];
  const double q = at[1];
  const double v = at[2];
  const double both = p * x + q;
  Evaluation<3> out;
  out.value = std::lgamma(both) - std::lgamma(p * x) - std::lgamma(q) + q * std::log(v) +
              p * x * std::log(x);
  out.gradient = {x * (digamma(both) - digamma(p * x) + std::log(x)),
                  digamma(both) - digamma(q) + std::log(v), q / v};
  const double curve = trigamma(both);
  out.hessian << x * x * (curve - trigamma(p * x)), x * curve, 0,  //
      x * curve, curve - trigamma(q), 1 / v,                       //
      0, 1 / v, -q / (v * v);
  return out;
}

/// Customers in order of their number of purchases.
Evaluation<3> likelihood(const Eigen::Vector3d& at, std::span<const Customer> customers) {
  const double p = at[0];
  const double q = at[1];
  const double v = at[2];
  Evaluation<3> sum;
  for (std::size_t begin = 0; begin < customers.size();) {
    const std::uint32_t number = customers[begin].purchases;
    const double x = number;
    std::size_t end = begin;
    double logs = 0;       // Σ log(x·mean + v)
    double log_means = 0;  // Σ log mean
    double inverses = 0;   // Σ 1 / (x·mean + v)
    double squares = 0;    // Σ 1 / (x·mean + v)²
    for (; end < customers.size() && customers[end].purchases == number; ++end) {
      const double inverse = 1 / (customers[end].sum + v);
      logs -= std::log(inverse);
      log_means += customers[end].log_mean;
      inverses += inverse;
      squares += inverse * inverse;
    }
    const auto n = static_cast<double>(end - begin);
    const Evaluation<3> shared = of_number(at, x);
    const double both = p * x + q;
    sum.value += n * shared.value + (p * x - 1) * log_means - both * logs;
    sum.gradient +=
        n * shared.gradient + Eigen::Vector3d(x * (log_means - logs), -logs, -both * inverses);
    sum.hessian += n * shared.hessian;
    sum.hessian(0, 2) -= x * inverses;
    sum.hessian(1, 2) -= inverses;
    sum.hessian(2, 2) += both * squares;
    begin = end;
  }
  sum.hessian(2, 0) = sum.hessian(0, 2);
  sum.hessian(2, 1) = sum.hessian(1, 2);
  return sum;
}

}  // namespace

double GammaGamma::expected(const SpendSummary& customer) const {
  const double shape = p * customer.purchases + q;
  if (shape <= 1) return std::numeric_limits<double>::infinity();
  return p * (v + customer.purchases * customer.mean) / (shape - 1);
}

double GammaGamma::variance(const SpendSummary& customer) const {
  const double shape = p * customer.purchases + q;
  if (shape <= 2) return std::numeric_limits<double>::infinity();
  const double mean = expected(customer);
  return mean * mean / (shape - 2);
}

Eigen::Vector3d GammaGammaFit::standard_errors() const {
  const Eigen::Vector3d parameters(model.p, model.q, model.v);
  return parameters.cwiseProduct(log_covariance.diagonal().cwiseMax(0).cwiseSqrt());
}

GammaGammaFit fit_gamma_gamma(std::span<const SpendSummary> all, const LogNormalPrior<3>& prior) {
  GammaGammaFit fit;
  std::vector<Customer> customers;
  double logs = 0;
  for (const SpendSummary& one : all) {
    if (one.purchases == 0 || !(one.mean > 0) || !std::isfinite(one.mean)) continue;
    customers.push_back({one.purchases, one.purchases * one.mean, std::log(one.mean)});
    logs += customers.back().log_mean;
  }
  fit.customers = customers.size();
  if (customers.empty()) return fit;
  std::stable_sort(customers.begin(), customers.end(),
                   [](const Customer& a, const Customer& b) { return a.purchases < b.purchases; });
  const double typical = std::exp(logs / static_cast<double>(customers.size()));
  const Eigen::Vector3d start(4, 4, typical * 3 / 4);
  const Maximum<3> maximum = maximise_positive<3>(
      start, [&](const Eigen::Vector3d& at) { return likelihood(at, customers); }, prior);
  fit.model = {maximum.parameters[0], maximum.parameters[1], maximum.parameters[2]};
  fit.log_likelihood = maximum.value;
  fit.log_covariance = maximum.log_covariance;
  fit.evaluations = maximum.evaluations;
  fit.regular = maximum.regular;
  return fit;
}

}  // namespace souk::segmentation
