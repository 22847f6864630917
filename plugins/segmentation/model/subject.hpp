// What is known of one subject, a person or an account, in the form in which conditions, models and
// pages read it. Plain values; state/ keeps them in a form that others may read.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "plugins/segmentation/model/deeds.hpp"
#include "plugins/segmentation/model/rebuy.hpp"

namespace souk::segmentation {

/// Sums over a subject's whole life. Times are seconds since 1970, 0 for never; money is in the
/// store's currency. All numbers that add up are kept as sums, so that two subjects can be joined
/// and parted again.
struct Facts {
  double revenue = 0;  ///< orders less cancellations and refunds; may be negative
  double refunds = 0;
  double listed = 0;     ///< what the orders' products cost without discounts
  double discounts = 0;  ///< what was taken off
  double spend_sum = 0;  ///< spent on `spend_days`
  double gap_days = 0;   ///< days between order days, summed
  double gap_days_squared = 0;
  double price_log_sum = 0;  ///< of log prices bought, by product
  double price_log_squared = 0;
  std::uint32_t first_seen_s = 0;
  std::uint32_t last_seen_s = 0;
  std::uint32_t first_order_s = 0;
  std::uint32_t last_order_s = 0;
  std::uint32_t customer_since_s = 0;  ///< as the customer's record says
  std::uint32_t last_open_s = 0;       ///< a message was opened or clicked by a person
  std::uint32_t visits = 0;
  std::array<std::uint32_t, kDeeds> deeds{};  ///< how often each was done
  std::uint32_t order_days = 0;               ///< days (UTC) with an order
  std::uint32_t spend_days = 0;               ///< order days after the first with money in them
  std::uint32_t discounted_orders = 0;
  std::uint32_t items = 0;  ///< bought, in selling units
  std::uint32_t items_returned = 0;
  std::uint32_t several_orders = 0;       ///< orders with three different products or more
  std::uint32_t views_before_orders = 0;  ///< product views since the order before, summed
  std::uint32_t views_since_order = 0;
  std::uint32_t sizes_compared = 0;  ///< another variant of a product looked at before
  std::uint32_t mobile = 0;          ///< deeds on a telephone or tablet
  std::uint32_t desktop = 0;
  std::uint32_t email_sent = 0;
  std::uint32_t email_opened = 0;  ///< by people, not by machines
  std::uint32_t email_clicked = 0;
  std::uint32_t sms_sent = 0;
  std::uint32_t sms_clicked = 0;
  std::uint32_t subscriptions = 0;  ///< that run now
  std::uint32_t subscribed_s = 0;   ///< since when at least one ran without a break
  std::uint32_t next_charge_s = 0;
  std::uint32_t prices = 0;         ///< products whose price is in the two sums
  std::uint32_t no_ads_s = 0;       ///< when advertising or the sharing of data was declined last
  std::uint32_t cohort_months = 0;  ///< bit k: ordered k calendar months (UTC) after the first
  std::array<std::uint16_t, 12> order_months{};  ///< order days by month of the year

  friend bool operator==(const Facts&, const Facts&) = default;
};
// Snapshots hold its bytes: nothing may lie between the members.
static_assert(sizeof(Facts) == 9 * 8 + (29 + kDeeds) * 4 + 12 * 2);

/// A name with a decayed weight: a category, brand, size, channel or source.
struct Liking {
  NameId name = 0;
  float weight = 0;
  friend bool operator==(const Liking&, const Liking&) = default;
};

/// A named property: of the customer's or account's record, or of identify. Values are personal:
/// only their keys are kept.
struct Attribute {
  NameId name = 0;
  std::uint32_t value = 0;  ///< value_key()
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// What models say of a subject. NaN where nothing can be said.
struct Predictions {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double alive = kNone;                 ///< probability of ever ordering again
  double churn_risk = kNone;            ///< probability of not ordering within the horizon
  double order_value = kNone;           ///< expected mean order
  double next_order_s = kNone;          ///< seconds until the next order is expected
  double value_percentile = kNone;      ///< share of subjects worth less, 0 to 100
  double discount_sensitivity = kNone;  ///< 0 to 1
};

/// What a subject is read beside: names, models, the catalog's tree.
class Surroundings {
 public:
  Surroundings() = default;
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;
  virtual ~Surroundings() = default;

  /// Whether a category is another or stands below it.
  [[nodiscard]] virtual bool within(NameId category, NameId above) const = 0;
  [[nodiscard]] virtual NameId brand_of(NameId product) const = 0;
  [[nodiscard]] virtual std::string_view text(NameId name) const = 0;
  /// How often a product is bought again; 0: all products together.
  [[nodiscard]] virtual RebuyRate rebuys_of(NameId product) const {
    static_cast<void>(product);
    return {};
  }
};

struct Subject;

/// Asked only by conditions that need it.
class Predictor {
 public:
  Predictor() = default;
  virtual ~Predictor() = default;
  [[nodiscard]] virtual Predictions predict(const Subject& subject, std::uint32_t now_s) const = 0;
  /// Orders expected within so many seconds.
  [[nodiscard]] virtual double expected_orders(const Subject& subject, std::uint32_t now_s,
                                               double within_s) const = 0;
  /// By how much a variant of an experiment changes the probability of an order; NaN where that was
  /// not learned. An empty variant: that with the largest effect.
  [[nodiscard]] virtual double uplift(const Subject& subject, std::uint32_t now_s,
                                      std::string_view experiment, std::string_view variant) const {
    static_cast<void>(subject);
    static_cast<void>(now_s);
    static_cast<void>(experiment);
    static_cast<void>(variant);
    return Predictions::kNone;
  }
  /// The id of the discovered group a person is in; 0 for none.
  [[nodiscard]] virtual std::uint32_t group(const Subject& subject, std::uint32_t now_s) const {
    static_cast<void>(subject);
    static_cast<void>(now_s);
    return 0;
  }

 protected:
  Predictor(const Predictor&) = default;
  Predictor& operator=(const Predictor&) = default;
};

enum class SubjectKind : std::uint8_t { person, account };

/// One subject; a view, valid while what it points to is.
struct Subject {
  std::string_view id;
  SubjectKind kind = SubjectKind::person;
  bool identified = false;  ///< a customer, not a visitor
  const Facts* facts = nullptr;
  std::span<const DeedRecord> deeds;  ///< the latest, oldest first
  /// Deeds before this were forgotten to bound memory; 0: none were.
  std::uint32_t forgotten_until_s = 0;
  std::span<const Liking> categories;  ///< heaviest first
  std::span<const Liking> brands;
  std::span<const Liking> sizes;
  std::span<const Liking> sources;  ///< where visits came from
  std::span<const Rebuy> rebuys;    ///< products bought, by product and slot
  std::span<const Attribute> attributes;
  std::span<const NameId> tags;
  std::span<const std::uint32_t> segments;  ///< numbers of the segments it is in, rising
  NameId account = 0;                       ///< for whom a person buys
  NameId role = 0;                          ///< what the person may do there
  const Surroundings* world = nullptr;
  const Predictor* predictor = nullptr;  ///< null: no model yet
  /// Its discovered group once asked for, as several conditions ask; a view is of one moment.
  static constexpr std::uint32_t kNotAsked = UINT32_MAX;
  mutable std::uint32_t group = kNotAsked;
};

}  // namespace souk::segmentation
