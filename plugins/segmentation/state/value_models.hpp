// Models of value as they are used: fitted parameters, and what they say of a subject.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/model/discovered.hpp"
#include "plugins/segmentation/model/dropout_model.hpp"
#include "plugins/segmentation/model/experiment.hpp"
#include "plugins/segmentation/model/gamma_gamma.hpp"
#include "plugins/segmentation/model/pareto_nbd.hpp"
#include "plugins/segmentation/model/purchase_level.hpp"
#include "plugins/segmentation/model/shop_churn.hpp"
#include "plugins/segmentation/model/subject.hpp"
#include "souk/v1/decisions.souk.hpp"
#include "souk/v1/segmentation.souk.hpp"

namespace souk::segmentation {

/// Weeks are the unit of the models' times.
inline constexpr double kWeekS = 7 * 86'400.0;

/// What the models need of a subject at a moment; nothing before the first order.
[[nodiscard]] std::optional<PurchaseSummary> summary_of(const Facts& facts, std::uint32_t now_s);
[[nodiscard]] SpendSummary spend_of(const Facts& facts);
/// The days on which a subject ordered, as far as its deeds reach back.
[[nodiscard]] OrderDays order_days_of(const Subject& subject);

/// An expectation with the range that holds four fifths of what may happen.
struct Range {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// Immutable once published; any thread.
class ValueModels final : public Predictor {
 public:
  /// From this many customers with repeat orders the shop's own figures decide alone.
  static constexpr std::uint64_t kEnough = 200;

  struct Options {
    double churn_horizon_s = 90 * 86'400.0;
    /// What the level is corrected for, see level_by_looking_back().
    std::uint32_t level_horizon_days = 365;
  };

  /// What customers did, each named once in both lists, in any order.
  struct Customers {
    std::vector<PurchaseSummary> purchases{};
    std::vector<SpendSummary> spends{};
    double revenue = 0;  ///< of all orders, the first ones too, which `spends` leaves out
    double orders = 0;
    /// Of some or all of them, for looking back; empty: the level is left as it is.
    std::vector<OrderDays> days{};
    std::int32_t today = 0;  ///< days since 1970
  };

  ValueModels() = default;

  static ValueModels fit(const Customers& customers, const Options& options);

  /// As an event that the fold takes up again, and back. False when it is none.
  void write(souk::v1::ModelTrained& event) const;
  bool read(const souk::v1::ModelTrained& event);

  [[nodiscard]] Predictions predict(const Subject& subject, std::uint32_t now_s) const override;
  [[nodiscard]] double expected_orders(const Subject& subject, std::uint32_t now_s,
                                       double within_s) const override;

  /// The range is that of the parameters' uncertainty (delta method, in log-odds).
  [[nodiscard]] Range alive(const PurchaseSummary& customer) const;
  [[nodiscard]] Range orders(const PurchaseSummary& customer, double horizon_s) const;
  /// The customer's part of the total by which single customers are missed least; see
  /// share_of_sum().
  [[nodiscard]] double likely_orders(const PurchaseSummary& customer, double horizon_s) const;
  /// Who says that somebody leaves within the horizon of churn, and how likely it is.
  struct Leaving {
    Range risk;
    const ShopChurn* by = nullptr;  ///< null: the model of purchases
    ChurnValues values{};
  };
  /// Of subscribers that they cancel, of others that they don't order. Nothing of whom nothing can
  /// be said.
  [[nodiscard]] std::optional<Leaving> leaving(const Subject& subject, std::uint32_t now_s) const;
  [[nodiscard]] Range order_value(const SpendSummary& spend) const;
  /// Probability of no order within the horizon: L(x, t_x, T+h) / L(x, t_x, T).
  [[nodiscard]] double silent(const PurchaseSummary& customer, double horizon_s) const;
  /// The same with the range of the parameters.
  [[nodiscard]] Range silent_range(const PurchaseSummary& customer, double horizon_s) const;
  /// Seconds until half of those alive would have ordered; nothing when hardly alive.
  [[nodiscard]] std::optional<double> next_order_s(const PurchaseSummary& customer) const;
  /// Share of customers who are worth less in a year, 0 to 100.
  [[nodiscard]] double percentile(double value) const;

  [[nodiscard]] bool trained() const { return customers_ > 0; }
  /// The merchant's customers decide; else those of typical shops weigh in.
  [[nodiscard]] std::string note() const;
  void describe(souk::v1::PredictValueReply& reply) const;
  [[nodiscard]] std::uint64_t customers() const { return customers_; }
  [[nodiscard]] const LevelCorrection& level() const { return level_; }

  [[nodiscard]] std::uint32_t group(const Subject& subject, std::uint32_t now_s) const override;

  std::int64_t fitted_at_us = 0;
  /// Segments that nobody defined; null before they are learned.
  std::shared_ptr<const DiscoveredGroups> discovered;
  /// Who leaves, of buyers and of subscribers (places by ChurnKind); null where nothing was learned
  /// that says more than the model of purchases.
  std::array<std::shared_ptr<const ShopChurn>, 2> churn;
  /// What experiments changed, by their ids, and when that was learned.
  static constexpr std::size_t kMostExperiments = 32;
  struct LearnedExperiment {
    std::shared_ptr<const Experiment> found;
    std::int64_t at_us = 0;
    const Experiment* operator->() const { return found.get(); }
  };
  using Learned = std::map<std::string, LearnedExperiment, std::less<>>;
  Learned experiments;
  /// Beyond kMostExperiments what was learned longest ago goes.
  void add(Experiment experiment, std::int64_t at_us);

  /// What a variant changes of the probability of an order; of an empty variant that with the
  /// largest effect. NaN where it is not learned.
  [[nodiscard]] double uplift(const Subject& subject, std::uint32_t now_s,
                              std::string_view experiment, std::string_view variant) const override;

 private:
  static constexpr std::size_t kQuantiles = 101;
  static constexpr std::array<double, 6> kHorizonDays{30, 60, 120, 240, 480, 960};

  /// What an event carries in its own form: host byte order, as snapshots do.
  struct Tables {
    std::array<float, kQuantiles> values{};           ///< a year's value by percentile
    std::array<float, kHorizonDays.size()> shares{};  ///< share_of_sum() by horizon
    std::array<double, 16> log_covariance{};          ///< of log r, log α, log s, log β
  };

  void fit_level(const Customers& customers, std::span<const SummaryGroup> groups,
                 const Options& options);
  void fit_spend(const Customers& customers);
  /// A probability that the model of purchases gives, with the range of its parameters.
  template <class Probability>
  [[nodiscard]] Range with_range(const Probability& probability) const;
  [[nodiscard]] double share_for(double horizon_s) const;
  bool read_tables(const std::string& data);

  ParetoNbd pareto_{0.55, 10.6, 0.6, 11.7};
  Eigen::Vector4d pareto_errors_ = Eigen::Vector4d::Zero();
  double log_likelihood_ = 0;
  GammaGamma spend_;
  Eigen::Vector3d spend_errors_ = Eigen::Vector3d::Zero();
  double spend_likelihood_ = 0;
  bool regular_ = false;
  bool spend_regular_ = false;
  std::uint64_t customers_ = 0;
  std::uint64_t repeaters_ = 0;
  std::uint64_t spenders_ = 0;
  double churn_horizon_s_ = 90 * 86'400.0;
  double discounted_share_ = 0.3;
  LevelCorrection level_;
  Tables tables_;
  /// For comparison, of models that were fitted just now: BG/NBD and MBG/NBD on the same customers.
  std::vector<DropoutFit> others_;
};

}  // namespace souk::segmentation
