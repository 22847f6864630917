#include "plugins/segmentation/model/shop_churn.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "plugins/segmentation/model/behaviour.hpp"
#include "plugins/segmentation/model/feature_table.hpp"

namespace souk::segmentation {
namespace {

constexpr std::uint32_t kChurnDayS = 86'400;
constexpr std::uint32_t kRecentS = 90 * kChurnDayS;
constexpr double kChurnFarthest = 4;

/// Places in behaviours() of what can be taken back to an earlier moment.
constexpr std::array<std::size_t, kChurnColumns> kOfBehaviour{0, 1, 2, 3, 4, 5, 7};

constexpr std::array<ChurnColumn, kChurnColumns> kSubscriberColumns{{
    {"subscriber for long", "new subscriber"},
    {"skipped deliveries lately", "skipped nothing lately"},
    {"paused lately", "did not pause lately"},
    {"payments failed lately", "payments go through"},
    {"renewed often", "renewed seldom"},
    {"not seen for long", "seen lately"},
    {"orders much beside the subscription", "orders little beside the subscription"},
}};

std::uint32_t& deeds_of(Facts& facts, Deed deed) {
  return facts.deeds[static_cast<std::size_t>(deed)];
}

void take_back(Facts& facts, const DeedRecord& deed) {
  std::uint32_t& times = deeds_of(facts, deed.deed);
  if (times > 0) --times;
  if (deed.deed == Deed::order_completed) {
    facts.revenue -= deed.amount;
    facts.items -= std::min<std::uint32_t>(facts.items, deed.quantity);
    const bool discounted = (deed.flags & DeedRecord::kDiscounted) != 0;
    if (discounted && facts.discounted_orders > 0) --facts.discounted_orders;
  } else if (deed.deed == Deed::order_cancelled || deed.deed == Deed::order_refunded) {
    facts.revenue += deed.amount;
  } else if (deed.deed == Deed::subscription_started && facts.subscriptions > 0) {
    --facts.subscriptions;
  } else if (deed.deed == Deed::subscription_cancelled) {
    ++facts.subscriptions;
  }
}

std::optional<ChurnValues> subscriber_values(const Subject& subject, const Facts& facts,
                                             std::uint32_t at_s) {
  if (facts.subscriptions == 0) return std::nullopt;
  std::array<double, kDeeds> lately{};
  std::uint32_t began_s = 0;
  std::uint32_t seen_s = 0;
  for (const DeedRecord& deed : subject.deeds) {
    if (deed.at_s > at_s) break;
    if (deed.deed == Deed::subscription_started && began_s == 0) began_s = deed.at_s;
    seen_s = deed.at_s;
    if (at_s - deed.at_s < kRecentS) ++lately[static_cast<std::size_t>(deed.deed)];
  }
  const auto log_days = [&](std::uint32_t moment_s) {
    return moment_s == 0 ? Predictions::kNone : std::log1p((at_s - moment_s) / 86'400.0);
  };
  const auto recent = [&](Deed deed) { return lately[static_cast<std::size_t>(deed)]; };
  const auto ever = [&](Deed deed) {
    return std::log1p(facts.deeds[static_cast<std::size_t>(deed)]);
  };
  return ChurnValues{log_days(began_s),
                     recent(Deed::subscription_skipped),
                     recent(Deed::subscription_paused),
                     recent(Deed::subscription_payment_failed),
                     ever(Deed::subscription_renewed),
                     log_days(seen_s),
                     ever(Deed::order_completed)};
}

template <class T>
void put_churn(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}
template <class T>
bool get_churn(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof(T)) return false;
  std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return true;
}

/// The columns, 1 before them and the offset behind.
constexpr Eigen::Index kCoefficients = static_cast<Eigen::Index>(kChurnColumns) + 2;
using Coefficients = std::array<double, static_cast<std::size_t>(kCoefficients)>;
using Covariance = std::array<double, static_cast<std::size_t>(kCoefficients* kCoefficients)>;

}  // namespace

const std::array<ChurnColumn, kChurnColumns>& churn_columns(ChurnKind kind) {
  static const auto buyers = [] {
    std::array<ChurnColumn, kChurnColumns> out;
    for (std::size_t i = 0; i < kChurnColumns; ++i)
      out[i] = {behaviours()[kOfBehaviour[i]].high, behaviours()[kOfBehaviour[i]].low};
    return out;
  }();
  return kind == ChurnKind::buyer ? buyers : kSubscriberColumns;
}

std::optional<Facts> facts_at(const Subject& subject, std::uint32_t at_s) {
  if (subject.facts->last_seen_s <= at_s) return *subject.facts;
  if (subject.forgotten_until_s > at_s) return std::nullopt;
  Facts facts = *subject.facts;
  std::uint32_t last_order_s = 0;
  std::uint32_t days_after = 0;
  std::uint32_t day_before = 0;
  for (const DeedRecord& deed : subject.deeds) {
    const std::uint32_t day = deed.at_s / kChurnDayS;
    const bool order = deed.deed == Deed::order_completed;
    if (deed.at_s <= at_s) {
      if (order) last_order_s = deed.at_s;
    } else {
      take_back(facts, deed);
      const bool new_day = day != day_before && day != last_order_s / kChurnDayS;
      if (order && new_day) ++days_after;
    }
    if (order) day_before = day;
  }
  if (facts.first_order_s > at_s) {
    facts.order_days = 0;
    facts.first_order_s = facts.last_order_s = 0;
    return facts;
  }
  // Ordered by then, but when last is forgotten.
  if (facts.order_days > 0 && last_order_s == 0) return std::nullopt;
  facts.order_days -= std::min(facts.order_days, days_after);
  facts.last_order_s = last_order_s;
  facts.gap_days = std::floor((last_order_s - facts.first_order_s) / 86'400.0);
  return facts;
}

std::optional<ChurnValues> churn_values(ChurnKind kind, const Subject& subject,
                                        std::uint32_t at_s) {
  const auto facts = facts_at(subject, at_s);
  if (!facts) return std::nullopt;
  if (kind == ChurnKind::subscriber) return subscriber_values(subject, *facts, at_s);
  if (facts->order_days == 0) return std::nullopt;
  Subject then = subject;
  then.facts = &*facts;
  const BehaviourValues all = behaviour_of(then, at_s);
  ChurnValues out;
  for (std::size_t i = 0; i < kChurnColumns; ++i)
    out[i] = all[kOfBehaviour[i]];
  return out;
}

bool stayed_or_left(Deed deed, const Subject& subject, std::uint32_t from_s,
                    std::uint32_t until_s) {
  return std::any_of(subject.deeds.begin(), subject.deeds.end(), [&](const DeedRecord& record) {
    return record.deed == deed && record.at_s > from_s && record.at_s <= until_s;
  });
}

/// Examples as a model learns from them; buyers have an offset.
struct ShopChurn::Table {
  Eigen::MatrixXd rows;
  Eigen::VectorXd offset;
  Eigen::VectorXd left;
};

ShopChurn::Table ShopChurn::table_of(const std::vector<Example>& examples) const {
  const auto n = static_cast<Eigen::Index>(examples.size());
  Table out{Eigen::MatrixXd(n, kCoefficients - 1),
            Eigen::VectorXd(kind_ == ChurnKind::buyer ? n : 0), Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const Example& example = examples[static_cast<std::size_t>(i)];
    out.rows.row(i) = row_of(example.values);
    if (out.offset.size() > 0) out.offset[i] = example.offset;
    out.left[i] = example.left ? 1 : 0;
  }
  return out;
}

std::optional<ShopChurn> ShopChurn::learn(ChurnKind kind, const std::vector<Example>& earlier,
                                          const std::vector<Example>& later) {
  const auto enough = [](const std::vector<Example>& examples) {
    const auto leavers = static_cast<std::uint64_t>(
        std::count_if(examples.begin(), examples.end(), [](const Example& e) { return e.left; }));
    return leavers >= kFewest && examples.size() - leavers >= kFewest;
  };
  if (!enough(later)) return std::nullopt;
  const bool out_of_time = enough(earlier);
  const std::vector<Example>& examples = out_of_time ? earlier : later;
  ShopChurn made;
  made.kind_ = kind;
  for (std::size_t i = 0; i < kChurnColumns; ++i) {
    std::vector<double> values;
    for (const Example& example : examples)
      values.push_back(example.values[i]);
    const RobustScale scale = robust_scale(values);
    made.middle_[i] = scale.middle;
    made.deviation_[i] = scale.deviation;
  }
  const Table learned = made.table_of(examples);
  made.model_ = ChurnModel::fit(learned.rows, learned.offset, learned.left);
  if (out_of_time) {
    const Table after = made.table_of(later);
    made.model_.calibrate(after.rows, after.offset, after.left);
  }
  const bool better = made.model_.regular && made.model_.log_loss < made.model_.prior_log_loss;
  return better ? std::optional<ShopChurn>(std::move(made)) : std::nullopt;
}

Eigen::RowVectorXd ShopChurn::row_of(const ChurnValues& values) const {
  Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(kCoefficients - 1);
  row[0] = 1;
  for (std::size_t i = 0; i < kChurnColumns; ++i) {
    if (deviation_[i] == 0 || !std::isfinite(values[i])) continue;
    row[static_cast<Eigen::Index>(i) + 1] =
        std::clamp((values[i] - middle_[i]) / deviation_[i], -kChurnFarthest, kChurnFarthest);
  }
  return row;
}

ChurnModel::Risk ShopChurn::risk(const ChurnValues& values, double offset) const {
  return model_.risk(row_of(values), kind_ == ChurnKind::buyer ? offset : 0);
}

std::vector<std::string> ShopChurn::reasons(const ChurnValues& values, std::size_t most) const {
  const Eigen::RowVectorXd row = row_of(values);
  auto found = model_.reasons(row, most);
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> out;
  for (const auto& [column, part] : found) {
    const ChurnColumn& words = churn_columns(kind_)[static_cast<std::size_t>(column) - 1];
    const bool high = row[column] > model_.average[column];
    out.push_back(std::string(part > 0 ? "for leaving: " : "for staying: ") +
                  std::string(high ? words.high : words.low));
  }
  return out;
}

std::string ShopChurn::bytes() const {
  std::string out;
  Coefficients coefficients{};
  Coefficients average{};
  Covariance covariance{};
  for (Eigen::Index i = 0; i < kCoefficients; ++i) {
    coefficients[static_cast<std::size_t>(i)] = model_.coefficients[i];
    average[static_cast<std::size_t>(i)] = model_.average[i];
    for (Eigen::Index j = 0; j < kCoefficients; ++j)
      covariance[static_cast<std::size_t>(i * kCoefficients + j)] = model_.covariance(i, j);
  }
  put_churn(out, static_cast<std::uint64_t>(kind_));
  put_churn(out, middle_);
  put_churn(out, deviation_);
  put_churn(out, coefficients);
  put_churn(out, average);
  put_churn(out, covariance);
  put_churn(out, std::array<double, 5>{model_.calibration_slope, model_.calibration_shift,
                                       model_.precision, model_.log_loss, model_.prior_log_loss});
  put_churn(out, std::array<std::uint64_t, 2>{model_.people, model_.leavers});
  put_churn(out, static_cast<std::uint64_t>(model_.out_of_time));
  return out;
}

bool ShopChurn::read(std::string_view bytes) {
  ShopChurn made;
  std::uint64_t kind = 0;
  Coefficients coefficients{};
  Coefficients average{};
  Covariance covariance{};
  std::array<double, 5> figures{};
  std::array<std::uint64_t, 2> counts{};
  const bool good = get_churn(bytes, kind) && kind <= 1 && get_churn(bytes, made.middle_) &&
                    get_churn(bytes, made.deviation_) && get_churn(bytes, coefficients) &&
                    get_churn(bytes, average) && get_churn(bytes, covariance) &&
                    get_churn(bytes, figures) && get_churn(bytes, counts);
  std::uint64_t out_of_time = 0;  // events of the first form end before it
  if (!good || (!bytes.empty() && !get_churn(bytes, out_of_time)) || !bytes.empty()) return false;
  made.kind_ = static_cast<ChurnKind>(kind);
  made.model_.coefficients.resize(kCoefficients);
  made.model_.average.resize(kCoefficients);
  made.model_.covariance.resize(kCoefficients, kCoefficients);
  for (Eigen::Index i = 0; i < kCoefficients; ++i) {
    made.model_.coefficients[i] = coefficients[static_cast<std::size_t>(i)];
    made.model_.average[i] = average[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j < kCoefficients; ++j)
      made.model_.covariance(i, j) = covariance[static_cast<std::size_t>(i * kCoefficients + j)];
  }
  if (!made.model_.coefficients.allFinite() || !made.model_.covariance.allFinite()) return false;
  made.model_.calibration_slope = figures[0];
  made.model_.calibration_shift = figures[1];
  made.model_.precision = figures[2];
  made.model_.log_loss = figures[3];
  made.model_.prior_log_loss = figures[4];
  made.model_.people = counts[0];
  made.model_.leavers = counts[1];
  made.model_.out_of_time = out_of_time != 0;
  made.model_.regular = true;
  *this = std::move(made);
  return true;
}

}  // namespace souk::segmentation
