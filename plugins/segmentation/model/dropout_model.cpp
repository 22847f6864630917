#include "plugins/segmentation/model/dropout_model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "plugins/segmentation/model/hypergeometric.hpp"

namespace souk::segmentation {
namespace {

constexpr std::size_t kKnown = 1U << 16U;

/// m of the common form.
std::uint32_t chances(DropoutModel::Kind kind, std::uint32_t repeats) {
  return repeats + (kind == DropoutModel::Kind::mbg_nbd ? 1 : 0);
}

/// Odds of having stopped against still buying, from log(α + T).
double stopped_odds(const DropoutModel& model, const PurchaseSummary& customer, double log_age) {
  const std::uint32_t m = chances(model.kind, customer.repeats);
  if (m == 0) return 0;
  const double rate = model.r + customer.repeats;
  return model.a / (model.b + m - 1) *
         std::exp(rate * (log_age - std::log(model.alpha + customer.recency)));
}

/// Purchases in the next `horizon` of one who has not stopped: equation 10 of the paper without its
/// denominator. Its ((α+T)/(α+T+t))^(r+x) · 2F1(r+x, b+m; a+b+m−1; z) is written by Euler's
/// transformation (Abramowitz, Stegun 15.3.3) as (1−z)^(a−1) · 2F1(a+b+m−1−r−x, a−1; a+b+m−1; z):
/// few terms, and nothing overflows for customers with thousands of purchases.
double while_alive(const DropoutModel& model, std::uint32_t repeats, double age, double horizon) {
  if (!(horizon > 0)) return 0;
  const double z = horizon / (model.alpha + age + horizon);
  // Both 1 − … and a − 1 vanish at a = 1: a removable gap.
  const double a = std::abs(model.a - 1) < 1e-6 ? 1 + 1e-6 : model.a;
  const double total = a + model.b + chances(model.kind, repeats) - 1;
  const double left = std::exp((a - 1) * std::log1p(-z)) *
                      hypergeometric(total - model.r - repeats, a - 1, total, z);
  return std::max(0.0, total / (a - 1) * (1 - left));
}

/// One of the two cases: the logarithm of its term, and that by r, α, a and b.
struct Branch {
  double value = 0;
  Eigen::Vector4d gradient = Eigen::Vector4d::Zero();
};

}  // namespace

double DropoutModel::alive(const PurchaseSummary& customer) const {
  return 1 / (1 + stopped_odds(*this, customer, std::log(alpha + customer.age)));
}

double DropoutModel::expected(const PurchaseSummary& customer, double horizon) const {
  return while_alive(*this, customer.repeats, customer.age, horizon) * alive(customer);
}

double DropoutModel::log_likelihood(const PurchaseSummary& customer) const {
  const SummaryGroup group{customer, 1};
  return dropout_likelihood(*this, {&group, 1}).value;
}

Evaluation<4> dropout_likelihood(const DropoutModel& model, std::span<const SummaryGroup> groups) {
  std::uint32_t most = 0;
  for (const SummaryGroup& group : groups)
    most = std::max(most, group.summary.repeats);
  const RisingLogs rises_r(model.r, most);
  const RisingLogs rises_b(model.b, chances(model.kind, most));
  const RisingLogs rises_ab(model.a + model.b, chances(model.kind, most));
  const double log_alpha = std::log(model.alpha);
  const double log_a = std::log(model.a);
  Evaluation<4> sum;
  for (const SummaryGroup& group : groups) {
    const auto& [x, recency, age] = group.summary;
    const std::uint32_t m = chances(model.kind, x);
    const double n = group.customers;
    const double rate = model.r + x;
    // What both cases share: r, α and the beta functions.
    double value = rises_r.value(x) + model.r * log_alpha + rises_b.value(m) - rises_ab.value(m);
    Eigen::Vector4d gradient(rises_r.first(x) + log_alpha, model.r / model.alpha,
                             -rises_ab.first(m), rises_b.first(m) - rises_ab.first(m));
    Eigen::Matrix4d hessian = Eigen::Matrix4d::Zero();
    hessian(0, 0) = rises_r.second(x);
    hessian(1, 0) = 1 / model.alpha;
    hessian(1, 1) = -model.r / (model.alpha * model.alpha);
    hessian(2, 2) = hessian(3, 2) = -rises_ab.second(m);
    hessian(3, 3) = rises_b.second(m) - rises_ab.second(m);
    // Still buying: (α+T)^−(r+x).
    const double until_now = 1 / (model.alpha + age);
    const Branch alive{rate * std::log(until_now), {std::log(until_now), -rate * until_now, 0, 0}};
    double weight = 0;  // probability of having stopped
    const double until_last = 1 / (model.alpha + recency);
    const double denominator = model.b + m - 1;
    Branch stopped;
    if (m > 0) {
      stopped.value = log_a - std::log(denominator) + rate * std::log(until_last);
      stopped.gradient = {std::log(until_last), -rate * until_last, 1 / model.a, -1 / denominator};
      weight = 1 / (1 + std::exp(alive.value - stopped.value));
    }
    value += weight < 0.5 ? alive.value - std::log1p(-weight) : stopped.value - std::log(weight);
    gradient += (1 - weight) * alive.gradient + weight * stopped.gradient;
    const double once = (1 - weight) * until_now + weight * until_last;
    const double twice = (1 - weight) * until_now * until_now + weight * until_last * until_last;
    hessian(1, 0) -= once;
    hessian(1, 1) += rate * twice;
    if (m > 0) {
      hessian(2, 2) -= weight / (model.a * model.a);
      hessian(3, 3) += weight / (denominator * denominator);
      const Eigen::Vector4d apart = stopped.gradient - alive.gradient;
      hessian.triangularView<Eigen::Lower>() += weight * (1 - weight) * apart * apart.transpose();
    }
    sum.value += n * value;
    sum.gradient += n * gradient;
    sum.hessian += n * hessian;
  }
  sum.hessian.triangularView<Eigen::StrictlyUpper>() = sum.hessian.transpose();
  return sum;
}

Eigen::Vector4d DropoutFit::standard_errors() const {
  const Eigen::Vector4d parameters(model.r, model.alpha, model.a, model.b);
  return parameters.cwiseProduct(log_covariance.diagonal().cwiseMax(0).cwiseSqrt());
}

DropoutFit fit_dropout(DropoutModel::Kind kind, std::span<const SummaryGroup> groups,
                       const LogNormalPrior<4>& prior) {
  DropoutFit fit;
  fit.model.kind = kind;
  double ages = 0;
  for (const SummaryGroup& group : groups) {
    fit.customers += group.customers;
    ages += group.customers * group.summary.age;
  }
  if (groups.empty()) return fit;
  const double mean_age = std::max(1e-3, ages / static_cast<double>(fit.customers));
  const Eigen::Vector4d start(0.5, mean_age / 4, 0.7, 2);
  const auto likelihood = [&](const Eigen::Vector4d& p) {
    return dropout_likelihood({kind, p[0], p[1], p[2], p[3]}, groups);
  };
  const Maximum<4> maximum = maximise_positive<4>(start, likelihood, prior);
  const Eigen::Vector4d& p = maximum.parameters;
  fit.model = {kind, p[0], p[1], p[2], p[3]};
  fit.log_likelihood = maximum.value;
  fit.log_covariance = maximum.log_covariance;
  fit.evaluations = maximum.evaluations;
  fit.regular = maximum.regular;
  return fit;
}

DropoutForecast::DropoutForecast(const DropoutModel& model, double horizon)
    : model_(model), horizon_(horizon), known_(kKnown) {}

double DropoutForecast::expected(const PurchaseSummary& customer) {
  const std::uint64_t mixed =
      (std::bit_cast<std::uint64_t>(customer.age) + customer.repeats * 0x9e3779b97f4a7c15) *
      0xff51afd7ed558ccd;
  Known& known = known_[mixed >> 48U];
  if (known.age != customer.age || known.repeats != customer.repeats) {
    known = {customer.age, customer.repeats, std::log(model_.alpha + customer.age),
             while_alive(model_, customer.repeats, customer.age, horizon_)};
  }
  return known.unstopped / (1 + stopped_odds(model_, customer, known.log_age));
}

}  // namespace souk::segmentation
