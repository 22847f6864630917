#include "plugins/segmentation/state/value_models.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace souk::segmentation {
namespace {

static_assert(sizeof(float) == 4 && sizeof(double) == 8);
constexpr double kTenth = 1.2816;  ///< deviations of a normal distribution with a tenth beyond
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

OrderDays order_days_of(const Subject& subject) {
  OrderDays out;
  out.first = static_cast<std::int32_t>(subject.facts->first_order_s / 86'400);
  for (const DeedRecord& deed : subject.deeds) {
    const auto day = static_cast<std::int32_t>(deed.at_s / 86'400);
    if (deed.deed != Deed::order_completed) continue;
    if (out.days.empty() || out.days.back() != day) out.days.push_back(day);
  }
  const auto known = static_cast<std::uint32_t>(out.days.size());
  out.forgotten = subject.facts->order_days > known ? subject.facts->order_days - known : 0;
  if (out.forgotten == 0 && !out.days.empty()) out.first = std::min(out.first, out.days.front());
  return out;
}

ValueModels ValueModels::fit(const Customers& customers, const Options& options) {
  ValueModels made;
  made.churn_horizon_s_ = options.churn_horizon_s;
  made.customers_ = customers.purchases.size();
  for (const PurchaseSummary& customer : customers.purchases)
    made.repeaters_ += customer.repeats > 0 ? 1 : 0;
  const std::vector<SummaryGroup> groups = group_summaries(customers.purchases);
  ParetoFit fit;
  if (made.repeaters_ >= kEnough) fit = fit_pareto_nbd(groups);
  made.regular_ = fit.regular;
  if (!fit.regular) fit = fit_pareto_nbd(groups, typical_shop());
  made.pareto_ = fit.model;
  made.pareto_errors_ = fit.standard_errors();
  made.log_likelihood_ = fit.log_likelihood;
  Eigen::Map<Eigen::Matrix4d>(made.tables_.log_covariance.data()) = fit.log_covariance;

  for (const auto kind : {DropoutModel::Kind::bg_nbd, DropoutModel::Kind::mbg_nbd})
    made.others_.push_back(fit_dropout(kind, groups));
  made.fit_level(customers, groups, options);
  made.fit_spend(customers);

  std::vector<float> values;
  values.reserve(customers.purchases.size());
  for (std::size_t i = 0; i < customers.purchases.size(); ++i) {
    const SpendSummary& spend = i < customers.spends.size() ? customers.spends[i] : SpendSummary{};
    values.push_back(
        static_cast<float>(made.pareto_.expected(customers.purchases[i], kYearS / kWeekS) *
                           made.spend_.expected(spend)));
  }
  std::sort(values.begin(), values.end());
  for (std::size_t q = 0; q < kQuantiles && !values.empty(); ++q)
    made.tables_.values[q] = values[q * (values.size() - 1) / (kQuantiles - 1)];
  return made;
}

void ValueModels::fit_level(const Customers& customers, std::span<const SummaryGroup> groups,
                            const Options& options) {
  if (repeaters_ >= kEnough) {
    level_ = level_by_looking_back(customers.days, customers.today,
                                   static_cast<std::int32_t>(options.level_horizon_days),
                                   typical_shop());
  }
  for (std::size_t i = 0; i < kHorizonDays.size(); ++i) {
    tables_.shares[i] =
        static_cast<float>(share_of_sum(groups, pareto_, kHorizonDays[i] / 7, level_.factor));
  }
}

void ValueModels::fit_spend(const Customers& customers) {
  double sum = 0;
  for (const SpendSummary& spend : customers.spends) {
    if (spend.purchases == 0 || !(spend.mean > 0)) continue;
    ++spenders_;
    sum += spend.mean;
  }
  // Where nobody came back yet, first orders say what an order is worth.
  const double first_orders =
      customers.revenue > 0 ? customers.revenue / std::max(1.0, customers.orders) : 50;
  const double mean = spenders_ > 0 ? sum / static_cast<double>(spenders_) : first_orders;
  GammaGammaFit fit;
  if (spenders_ >= kEnough) fit = fit_gamma_gamma(customers.spends);
  spend_regular_ = fit.regular && fit.model.q > 1;
  if (!spend_regular_) fit = fit_gamma_gamma(customers.spends, typical_spend(mean));
  if (fit.customers == 0) fit.model = {5, 4, mean * 0.6};
  spend_ = fit.model;
  spend_errors_ = fit.standard_errors();
  spend_likelihood_ = fit.log_likelihood;
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
  parameter(event, "level", level_.factor, level_.log_error * level_.factor);
  parameter(event, "level_origins", level_.origins);
  event.set_data(std::string(reinterpret_cast<const char*>(&tables_), sizeof(tables_)));
}

bool ValueModels::read(const souk::v1::ModelTrained& event) {
  if (event.model() != "pareto_nbd+gamma_gamma") return false;
  ValueModels made;
  if (!made.read_tables(event.data())) return false;
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
    } else if (parameter.name() == "level" && parameter.value() > 0) {
      made.level_.factor = parameter.value();
      made.level_.log_error = parameter.standard_error() / parameter.value();
    } else if (parameter.name() == "level_origins") {
      made.level_.origins = static_cast<unsigned>(std::clamp(parameter.value(), 0.0, 1e6));
    }
  }
  if (found != wanted.size()) return false;
  made.customers_ = event.rows();
  made.log_likelihood_ = event.fit();
  made.regular_ = event.regular();
  made.fitted_at_us = fitted_at_us;
  made.discovered = discovered;
  made.churn = churn;
  made.experiments = experiments;
  *this = made;
  return true;
}

void ValueModels::add(Experiment experiment, std::int64_t at_us) {
  const std::string id = experiment.id();
  experiments[id] = {std::make_shared<const Experiment>(std::move(experiment)), at_us};
  if (experiments.size() <= kMostExperiments) return;
  experiments.erase(std::min_element(
      experiments.begin(), experiments.end(),
      [](const auto& a, const auto& b) { return a.second.at_us < b.second.at_us; }));
}

double ValueModels::uplift(const Subject& subject, std::uint32_t now_s, std::string_view experiment,
                           std::string_view variant) const {
  const auto learned = experiments.find(experiment);
  if (learned == experiments.end() || subject.kind != SubjectKind::person) {
    return Predictions::kNone;
  }
  const Experiment::Arm* arm = learned->second->arm(variant);
  const auto values = arm == nullptr ? std::nullopt : uplift_values(subject, now_s);
  return values ? learned->second->value(*arm, *values) : Predictions::kNone;
}

bool ValueModels::read_tables(const std::string& data) {
  // Events of the first form held percentiles alone.
  if (data.size() != sizeof(Tables) && data.size() != sizeof(Tables::values)) return false;
  std::memcpy(static_cast<void*>(&tables_), data.data(), data.size());
  return true;
}

template <class Probability>
Range ValueModels::with_range(const Probability& probability) const {
  const auto log_odds = [&](const Eigen::Vector4d& logs) {
    const Eigen::Vector4d p = logs.array().exp();
    return log_odds_of(probability(ParetoNbd{p[0], p[1], p[2], p[3]}));
  };
  const Eigen::Vector4d here =
      Eigen::Vector4d(pareto_.r, pareto_.alpha, pareto_.s, pareto_.beta).array().log();
  constexpr double kStep = 1e-3;
  Eigen::Vector4d gradient;
  for (int i = 0; i < 4; ++i) {
    Eigen::Vector4d up = here;
    Eigen::Vector4d down = here;
    up[i] += kStep;
    down[i] -= kStep;
    gradient[i] = (log_odds(up) - log_odds(down)) / (2 * kStep);
  }
  const Eigen::Map<const Eigen::Matrix4d> covariance(tables_.log_covariance.data());
  const double spread = std::sqrt(std::max(0.0, gradient.dot(covariance * gradient)));
  const double middle = log_odds(here);
  const double value = probability(pareto_);
  return {value, std::min(value, probability_of(middle - kTenth * spread)),
          std::max(value, probability_of(middle + kTenth * spread))};
}

Range ValueModels::alive(const PurchaseSummary& customer) const {
  return with_range([&](const ParetoNbd& model) { return model.alive(customer); });
}

std::optional<ValueModels::Leaving> ValueModels::leaving(const Subject& subject,
                                                         std::uint32_t now_s) const {
  Leaving out;
  const auto said = [&](ChurnKind kind, double offset) {
    const ShopChurn* model = churn[static_cast<std::size_t>(kind)].get();
    if (model == nullptr || subject.kind != SubjectKind::person) return false;
    const auto values = churn_values(kind, subject, now_s);
    if (!values) return false;
    const ChurnModel::Risk risk = model->risk(*values, offset);
    out = {{risk.value, risk.low, risk.high}, model, *values};
    return true;
  };
  if (subject.facts->subscriptions > 0 && said(ChurnKind::subscriber, 0)) return out;
  const auto customer = summary_of(*subject.facts, now_s);
  if (!customer || !trained()) return std::nullopt;
  const double silence = silent(*customer, churn_horizon_s_);
  if (said(ChurnKind::buyer, log_odds_of(silence))) return out;
  out.risk = {silence, silence, silence};
  return out;
}

Range ValueModels::orders(const PurchaseSummary& customer, double horizon_s) const {
  const OrderCount count = count_of(pareto_, customer, horizon_s / kWeekS, level_.factor);
  return {count.alive * count.mean, count.at(0.1), count.at(0.9)};
}

double ValueModels::share_for(double horizon_s) const {
  const double days = horizon_s / 86'400;
  std::size_t above = 0;
  while (above < kHorizonDays.size() && kHorizonDays[above] < days)
    ++above;
  if (above == 0) return tables_.shares.front();
  if (above == kHorizonDays.size()) return tables_.shares.back();
  const double part = std::log(days / kHorizonDays[above - 1]) /
                      std::log(kHorizonDays[above] / kHorizonDays[above - 1]);
  return (1 - part) * tables_.shares[above - 1] + part * tables_.shares[above];
}

double ValueModels::likely_orders(const PurchaseSummary& customer, double horizon_s) const {
  const OrderCount count = count_of(pareto_, customer, horizon_s / kWeekS, level_.factor);
  const double share = share_for(horizon_s);
  return share > 0 ? count.evenly_at(share) : count.alive * count.mean;
}

Range ValueModels::order_value(const SpendSummary& spend) const {
  Range out;
  out.value = spend_.expected(spend);
  // The customer's own mean is p ν⁻¹ with ν gamma(px + q): nearly log-normal in its width.
  const double variance = spend_.variance(spend);
  const double spread =
      std::isfinite(variance) ? std::sqrt(std::log1p(variance / (out.value * out.value))) : 1.0;
  const double middle = out.value * std::exp(-spread * spread / 2);
  out.low = middle * std::exp(-kTenth * spread);
  out.high = middle * std::exp(kTenth * spread);
  return out;
}

Range ValueModels::silent_range(const PurchaseSummary& customer, double horizon_s) const {
  PurchaseSummary later = customer;
  later.age += horizon_s / kWeekS;
  return with_range([&](const ParetoNbd& model) {
    return std::exp(model.log_likelihood(later) - model.log_likelihood(customer));
  });
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
      std::lower_bound(tables_.values.begin(), tables_.values.end(), static_cast<float>(value));
  return std::min<double>(100, static_cast<double>(above - tables_.values.begin()));
}

Predictions ValueModels::predict(const Subject& subject, std::uint32_t now_s) const {
  Predictions out;
  if (const auto churn_now = leaving(subject, now_s)) out.churn_risk = churn_now->risk.value;
  const auto customer = summary_of(*subject.facts, now_s);
  if (!customer || !trained()) return out;
  out.alive = pareto_.alive(*customer);
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
  return level_.factor * pareto_.expected(*customer, within_s / kWeekS);
}

std::uint32_t ValueModels::group(const Subject& subject, std::uint32_t now_s) const {
  if (discovered == nullptr || subject.kind != SubjectKind::person) return 0;
  if (subject.facts->order_days == 0) return 0;
  return discovered->group_of(behaviour_of(subject, now_s));
}

std::string ValueModels::note() const {
  if (!trained()) return "no model yet: it needs customers with orders";
  if (regular_) return {};
  if (repeaters_ >= kEnough)
    return "purchases that follow no model alone: a typical shop's figures weigh in";
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
  parameter(*pareto, "level", level_.factor, level_.log_error * level_.factor);
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
