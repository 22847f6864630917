#include "plugins/segmentation/state/value_models.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace souk::segmentation {
namespace {

constexpr double kYearS = 365 * 86'400.0;
constexpr double kHardlyAlive = 0.1;
constexpr double kDiscountPrior = 4;  // orders

/// What is believed of a shop of which little is known: customers order every few months, and a
/// third of the first-time buyers come back. Wide: a few dozen repeat orders outweigh it.
LogNormalPrior<4> typical_shop() {
  LogNormalPrior<4> prior;
  prior.log_mean << std::log(0.6), std::log(9.0), std::log(0.6), std::log(12.0);
  prior.precision << 4, 2, 4, 2;
  return prior;
}

LogNormalPrior<3> typical_spend(double mean) {
  LogNormalPrior<3> prior;
  prior.log_mean << std::log(5.0), std::log(4.0), std::log(std::max(0.01, mean) * 0.6);
  prior.precision << 4, 4, 2;
  return prior;
}

/// Quantiles of a count that is 0 with 1 − p and else negative binomial with mean m and shape k.
struct CountQuantiles {
  double p, m, k;

  [[nodiscard]] double at(double wanted) const {
    double cumulated = 1 - p;
    double log_term = -k * std::log1p(m / k);
    const double log_odds = std::log(m / (m + k));
    const auto most = static_cast<std::uint32_t>(std::min(1e5, 10 + m * 8));
    for (std::uint32_t n = 0; n < most; ++n) {
      cumulated += p * std::exp(log_term);
      if (cumulated >= wanted) return n;
      log_term += log_odds + std::log((k + n) / (n + 1));
    }
    return most;
  }
};

void parameter(souk::v1::ModelTrained& event, const char* name, double value, double error = 0) {
  auto* added = event.add_parameters();
  added->set_name(name);
  added->set_value(value);
  added->set_standard_error(error);
}

void parameter(souk::v1::FittedModel& model, const char* name, double value, double error) {
  auto* added = model.add_parameters();
  added->set_name(name);
  added->set_value(value);
  added->set_standard_error(error);
}

}  // namespace

std::optional<PurchaseSummary> summary_of(const Facts& facts, std::uint32_t now_s) {
  if (facts.order_days == 0 || facts.first_order_s == 0) return std::nullopt;
  // Whole days, as orders of one day are one.
  const double first = facts.first_order_s / 86'400;
  const double last = std::max(first, static_cast<double>(facts.last_order_s / 86'400));
  const double now = std::max(last, static_cast<double>(now_s / 86'400));
  return PurchaseSummary{facts.order_days - 1, (last - first) / 7, (now - first) / 7};
}

SpendSummary spend_of(const Facts& facts) {
  if (facts.spend_days == 0 || !(facts.spend_sum > 0)) return {};
  return {facts.spend_days, facts.spend_sum / facts.spend_days};
}

ValueModels ValueModels::fit(std::vector<PurchaseSummary> customers,
                             std::vector<SpendSummary> spends, const Options& options) {
  ValueModels made;
  made.churn_horizon_s_ = options.churn_horizon_s;
  made.customers_ = customers.size();
  for (const PurchaseSummary& customer : customers)
    made.repeaters_ += customer.repeats > 0 ? 1 : 0;
  const std::vector<SummaryGroup> groups = group_summaries(customers);
  ParetoFit fit;
  if (made.repeaters_ >= kEnough) fit = fit_pareto_nbd(groups);
  made.regular_ = fit.regular;
  if (!fit.regular) fit = fit_pareto_nbd(groups, typical_shop());
  made.pareto_ = fit.model;
  made.pareto_errors_ = fit.standard_errors();
  made.log_likelihood_ = fit.log_likelihood;

  for (const auto kind : {DropoutModel::Kind::bg_nbd, DropoutModel::Kind::mbg_nbd})
    made.others_.push_back(fit_dropout(kind, groups));

  double sum = 0;
  for (const SpendSummary& spend : spends) {
    if (spend.purchases == 0 || !(spend.mean > 0)) continue;
    ++made.spenders_;
    sum += spend.mean;
  }
  const double mean = made.spenders_ > 0 ? sum / static_cast<double>(made.spenders_) : 50;
  GammaGammaFit spend_fit;
  if (made.spenders_ >= kEnough) spend_fit = fit_gamma_gamma(spends);
  made.spend_regular_ = spend_fit.regular && spend_fit.model.q > 1;
  if (!made.spend_regular_) spend_fit = fit_gamma_gamma(spends, typical_spend(mean));
  if (spend_fit.customers == 0) spend_fit.model = {5, 4, mean * 0.6};
  made.spend_ = spend_fit.model;
  made.spend_errors_ = spend_fit.standard_errors();
  made.spend_likelihood_ = spend_fit.log_likelihood;

  std::vector<float> values;
  values.reserve(customers.size());
  for (std::size_t i = 0; i < customers.size(); ++i) {
    const SpendSummary& spend = i < spends.size() ? spends[i] : SpendSummary{};
    values.push_back(static_cast<float>(made.pareto_.expected(customers[i], kYearS / kWeekS) *
                                        made.spend_.expected(spend)));
  }
  std::sort(values.begin(), values.end());
  for (std::size_t q = 0; q < kQuantiles && !values.empty(); ++q)
    made.value_quantiles_[q] = values[q * (values.size() - 1) / (kQuantiles - 1)];
  return made;
}

void ValueModels::write(souk::v1::ModelTrained& event) const {
  event.set_model("pareto_nbd+gamma_gamma");
  parameter(event, "r", pareto_.r, pareto_errors_[0]);
  parameter(event, "alpha", pareto_.alpha, pareto_errors_[1]);
  parameter(event, "s", pareto_.s, pareto_errors_[2]);
  parameter(event, "beta", pareto_.beta, pareto_errors_[3]);
  parameter(event, "p", spend_.p, spend_errors_[0]);
  parameter(event, "q", spend_.q, spend_errors_[1]);
  parameter(event, "v", spend_.v, spend_errors_[2]);
  parameter(event, "repeaters", static_cast<double>(repeaters_));
  parameter(event, "spenders", static_cast<double>(spenders_));
  parameter(event, "churn_horizon_s", churn_horizon_s_);
  parameter(event, "spend_likelihood", spend_likelihood_);
  parameter(event, "spend_regular", spend_regular_ ? 1 : 0);
  event.set_rows(customers_);
  event.set_fit(log_likelihood_);
  event.set_regular(regular_);
  event.set_data(std::string(reinterpret_cast<const char*>(value_quantiles_.data()),
                             sizeof(value_quantiles_)));
}

bool ValueModels::read(const souk::v1::ModelTrained& event) {
  if (event.model() != "pareto_nbd+gamma_gamma") return false;
  if (event.data().size() != sizeof(value_quantiles_)) return false;
  ValueModels made;
  const std::array<std::pair<const char*, double*>, 7> wanted{{{"r", &made.pareto_.r},
                                                               {"alpha", &made.pareto_.alpha},
                                                               {"s", &made.pareto_.s},
                                                               {"beta", &made.pareto_.beta},
                                                               {"p", &made.spend_.p},
                                                               {"q", &made.spend_.q},
                                                               {"v", &made.spend_.v}}};
  std::size_t found = 0;
  for (const auto& parameter : event.parameters()) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (parameter.name() != wanted[i].first) continue;
      if (!(parameter.value() > 0) || !std::isfinite(parameter.value())) return false;
      *wanted[i].second = parameter.value();
      (i < 4 ? made.pareto_errors_[static_cast<int>(i)]
             : made.spend_errors_[static_cast<int>(i - 4)]) = parameter.standard_error();
      ++found;
    }
    if (parameter.name() == "repeaters") {
      made.repeaters_ = static_cast<std::uint64_t>(std::max(0.0, parameter.value()));
    } else if (parameter.name() == "spenders") {
      made.spenders_ = static_cast<std::uint64_t>(std::max(0.0, parameter.value()));
    } else if (parameter.name() == "churn_horizon_s" && parameter.value() > 0) {
      made.churn_horizon_s_ = parameter.value();
    } else if (parameter.name() == "spend_likelihood") {
      made.spend_likelihood_ = parameter.value();
    } else if (parameter.name() == "spend_regular") {
      made.spend_regular_ = parameter.value() != 0;
    }
  }
  if (found != wanted.size()) return false;
  made.customers_ = event.rows();
  made.log_likelihood_ = event.fit();
  made.regular_ = event.regular();
  std::memcpy(made.value_quantiles_.data(), event.data().data(), sizeof(value_quantiles_));
  made.fitted_at_us = fitted_at_us;
  *this = made;
  return true;
}

Range ValueModels::orders(const PurchaseSummary& customer, double horizon_s) const {
  Range out;
  out.value = pareto_.expected(customer, horizon_s / kWeekS);
  const double p = std::clamp(pareto_.alive(customer), 1e-9, 1.0);
  const CountQuantiles quantiles{p, std::max(1e-12, out.value / p), pareto_.r + customer.repeats};
  out.low = quantiles.at(0.1);
  out.high = quantiles.at(0.9);
  return out;
}

Range ValueModels::order_value(const SpendSummary& spend) const {
  Range out;
  out.value = spend_.expected(spend);
  // The customer's own mean is p ν⁻¹ with ν gamma(px + q): nearly log-normal in its width.
  const double variance = spend_.variance(spend);
  const double spread =
      std::isfinite(variance) ? std::sqrt(std::log1p(variance / (out.value * out.value))) : 1.0;
  constexpr double kTenth = 1.2816;
  const double middle = out.value * std::exp(-spread * spread / 2);
  out.low = middle * std::exp(-kTenth * spread);
  out.high = middle * std::exp(kTenth * spread);
  return out;
}

double ValueModels::silent(const PurchaseSummary& customer, double horizon_s) const {
  PurchaseSummary later = customer;
  later.age += horizon_s / kWeekS;
  return std::clamp(std::exp(pareto_.log_likelihood(later) - pareto_.log_likelihood(customer)), 0.0,
                    1.0);
}

std::optional<double> ValueModels::next_order_s(const PurchaseSummary& customer) const {
  if (pareto_.alive(customer) < kHardlyAlive) return std::nullopt;
  // Of one who goes on buying, rates are gamma(r+x, α+T): half have bought when (1 + h/(α+T)) is
  // 2^(1/(r+x)).
  const double rate = pareto_.r + customer.repeats;
  return (pareto_.alpha + customer.age) * std::expm1(std::log(2.0) / rate) * kWeekS;
}

double ValueModels::percentile(double value) const {
  if (!trained()) return Predictions::kNone;
  const auto above =
      std::lower_bound(value_quantiles_.begin(), value_quantiles_.end(), static_cast<float>(value));
  return std::min<double>(100, static_cast<double>(above - value_quantiles_.begin()));
}

Predictions ValueModels::predict(const Subject& subject, std::uint32_t now_s) const {
  Predictions out;
  const auto customer = summary_of(*subject.facts, now_s);
  if (!customer || !trained()) return out;
  out.alive = pareto_.alive(*customer);
  out.churn_risk = silent(*customer, churn_horizon_s_);
  out.order_value = spend_.expected(spend_of(*subject.facts));
  if (const auto next = next_order_s(*customer)) out.next_order_s = *next;
  out.value_percentile = percentile(pareto_.expected(*customer, kYearS / kWeekS) * out.order_value);
  const double orders = subject.facts->deeds[static_cast<std::size_t>(Deed::order_completed)];
  out.discount_sensitivity =
      (subject.facts->discounted_orders + kDiscountPrior * discounted_share_) /
      (orders + kDiscountPrior);
  return out;
}

double ValueModels::expected_orders(const Subject& subject, std::uint32_t now_s,
                                    double within_s) const {
  const auto customer = summary_of(*subject.facts, now_s);
  if (!customer || !trained()) return Predictions::kNone;
  return pareto_.expected(*customer, within_s / kWeekS);
}

std::string ValueModels::note() const {
  if (!trained()) return "no model yet: it needs customers with orders";
  if (regular_) return {};
  return std::to_string(repeaters_) + " of " + std::to_string(kEnough) +
         " customers with repeat orders: a typical shop's figures weigh in";
}

void ValueModels::describe(souk::v1::PredictValueReply& reply) const {
  if (!trained()) return;
  auto* pareto = reply.add_models();
  pareto->set_name("pareto_nbd");
  parameter(*pareto, "r", pareto_.r, pareto_errors_[0]);
  parameter(*pareto, "alpha", pareto_.alpha, pareto_errors_[1]);
  parameter(*pareto, "s", pareto_.s, pareto_errors_[2]);
  parameter(*pareto, "beta", pareto_.beta, pareto_errors_[3]);
  pareto->set_log_likelihood(log_likelihood_);
  pareto->set_customers(customers_);
  pareto->set_regular(regular_);
  auto* spend = reply.add_models();
  spend->set_name("gamma_gamma");
  parameter(*spend, "p", spend_.p, spend_errors_[0]);
  parameter(*spend, "q", spend_.q, spend_errors_[1]);
  parameter(*spend, "v", spend_.v, spend_errors_[2]);
  spend->set_log_likelihood(spend_likelihood_);
  spend->set_customers(spenders_);
  spend->set_regular(spend_regular_);
  for (const DropoutFit& other : others_) {
    const Eigen::Vector4d errors = other.standard_errors();
    auto* added = reply.add_models();
    added->set_name(other.model.kind == DropoutModel::Kind::bg_nbd ? "bg_nbd" : "mbg_nbd");
    parameter(*added, "r", other.model.r, errors[0]);
    parameter(*added, "alpha", other.model.alpha, errors[1]);
    parameter(*added, "a", other.model.a, errors[2]);
    parameter(*added, "b", other.model.b, errors[3]);
    added->set_log_likelihood(other.log_likelihood);
    added->set_customers(other.customers);
    added->set_regular(other.regular);
  }
  for (auto& model : *reply.mutable_models())
    model.mutable_fitted_at()->set_seconds(fitted_at_us / 1'000'000);
}

}  // namespace souk::segmentation
