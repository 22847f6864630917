#include "plugins/segmentation/model/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "plugins/segmentation/model/feature_table.hpp"

namespace souk::segmentation {
namespace {

constexpr double kExperimentTenth = 1.2816;
constexpr double kExperimentFarthest = 4;
constexpr Eigen::Index kUpliftRow = static_cast<Eigen::Index>(kUpliftColumns) + 1;
constexpr int kUpliftFolds = 5;

UpliftValues values_in(const Experiment::Row& row) {
  Exposure exposure;
  exposure.before = row.before;
  return exposure.values();
}

/// People of two arms as a model learns from them.
struct TwoArms {
  Eigen::MatrixXd rows;
  Eigen::VectorXd outcome;
  Eigen::VectorXd treated;
};

TwoArms part_of(const TwoArms& all, int fold, bool inside) {
  std::vector<Eigen::Index> places;
  for (Eigen::Index i = 0; i < all.outcome.size(); ++i)
    if ((i % kUpliftFolds == fold) == inside) places.push_back(i);
  return {all.rows(places, Eigen::all), all.outcome(places), all.treated(places)};
}

/// What models say of people whom they were not learned from.
Eigen::VectorXd unseen_scores(const TwoArms& all, double precision) {
  Eigen::VectorXd said(all.outcome.size());
  for (int fold = 0; fold < kUpliftFolds; ++fold) {
    const TwoArms others = part_of(all, fold, false);
    const UpliftModel model =
        UpliftModel::fit(others.rows, others.outcome, others.treated, precision);
    for (Eigen::Index i = fold; i < said.size(); i += kUpliftFolds)
      said[i] = model.value(all.rows.row(i));
  }
  return said;
}

Experiment::Policy policy_of(const std::vector<bool>& treat, const TwoArms& all) {
  const auto chosen = static_cast<double>(std::count(treat.begin(), treat.end(), true));
  return {chosen / static_cast<double>(treat.size()),
          policy_value(treat, all.outcome, all.treated)};
}

}  // namespace

Change share_difference(double with, double of_with, double without, double of_without) {
  const double n = of_with + 2;
  const double m = of_without + 2;
  const double p = (with + 1) / n;
  const double q = (without + 1) / m;
  const double spread = kExperimentTenth * std::sqrt(p * (1 - p) / n + q * (1 - q) / m);
  const double value =
      of_with > 0 && of_without > 0 ? with / of_with - without / of_without : p - q;
  return {value, p - q - spread, p - q + spread};
}

std::optional<Experiment> Experiment::learn(std::string id, std::vector<std::string> variants,
                                            const std::vector<Row>& rows, std::uint32_t window_s,
                                            std::uint64_t fewest) {
  Experiment made;
  made.id_ = std::move(id);
  made.window_s_ = window_s;
  variants.resize(std::min(variants.size(), kMostVariants));
  for (std::string& variant : variants) {
    made.arms_.emplace_back();
    made.arms_.back().variant = std::move(variant);
  }
  double several = 0;
  for (const Row& row : rows) {
    if (row.arm >= made.arms_.size()) continue;
    Arm& arm = made.arms_[row.arm];
    ++arm.people;
    arm.ordered += row.ordered ? 1 : 0;
    arm.revenue += static_cast<double>(row.revenue);
    several += row.met_another ? 1 : 0;
  }
  if (made.arms_.size() < 2 || made.arms_.front().people < fewest) return std::nullopt;
  made.met_several_ = several / static_cast<double>(rows.size());
  made.learn_scales(rows);
  const Arm& control = made.arms_.front();
  bool any = false;
  for (std::uint32_t place = 1; place < made.arms_.size(); ++place) {
    Arm& arm = made.arms_[place];
    const auto ordered = static_cast<double>(arm.ordered + control.ordered);
    const auto people = static_cast<double>(arm.people + control.people);
    if (arm.people < fewest || std::min(ordered, people - ordered) < kFewestOrders) continue;
    made.learn_arm(place, rows);
    any = true;
  }
  return any ? std::optional<Experiment>(std::move(made)) : std::nullopt;
}

void Experiment::learn_scales(const std::vector<Row>& rows) {
  for (std::size_t i = 0; i < kUpliftColumns; ++i) {
    std::vector<double> values;
    const std::size_t stride = 1 + rows.size() / kMostLearnedFrom;
    for (std::size_t at = 0; at < rows.size(); at += stride)
      values.push_back(values_in(rows[at])[i]);
    const RobustScale scale = robust_scale(values);
    middle_[i] = scale.middle;
    deviation_[i] = scale.deviation;
  }
}

void Experiment::learn_arm(std::uint32_t place, const std::vector<Row>& rows) {
  Arm& arm = arms_[place];
  const Arm& control = arms_.front();
  arm.learned = true;
  arm.effect =
      share_difference(static_cast<double>(arm.ordered), static_cast<double>(arm.people),
                       static_cast<double>(control.ordered), static_cast<double>(control.people));
  // Every so many of each arm, so that the shares of the arms stay what they are.
  const std::size_t stride = 1 + std::max(arm.people, control.people) / kMostLearnedFrom;
  std::vector<const Row*> chosen;
  std::size_t seen[2] = {0, 0};
  for (const Row& row : rows) {
    if (row.arm != 0 && row.arm != place) continue;
    if (seen[row.arm == 0 ? 0 : 1]++ % stride == 0) chosen.push_back(&row);
  }
  const auto n = static_cast<Eigen::Index>(chosen.size());
  TwoArms all{Eigen::MatrixXd(n, kUpliftRow), Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const Row& row = *chosen[static_cast<std::size_t>(i)];
    all.rows.row(i) = row_of(values_in(row));
    all.outcome[i] = row.ordered ? 1 : 0;
    all.treated[i] = row.arm == 0 ? 0 : 1;
  }
  arm.model = UpliftModel::fit(all.rows, all.outcome, all.treated);
  const Eigen::VectorXd unseen = unseen_scores(all, arm.model.precision);
  constexpr unsigned kSeed = 5;  // the bootstrap's; any would do
  arm.qini = qini_range(unseen, all.outcome, all.treated, kSeed);
  std::vector<bool> gains(chosen.size());
  std::vector<double> scores(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    gains[i] = unseen[static_cast<Eigen::Index>(i)] > 0;
    scores[i] = arm.model.value(all.rows.row(static_cast<Eigen::Index>(i)));
  }
  arm.nobody = policy_of(std::vector<bool>(chosen.size(), false), all);
  arm.everybody = policy_of(std::vector<bool>(chosen.size(), true), all);
  arm.gainers = policy_of(gains, all);
  std::sort(scores.begin(), scores.end());
  for (std::size_t q = 0; q < kQuantiles; ++q)
    arm.scores[q] = static_cast<float>(scores[q * (scores.size() - 1) / (kQuantiles - 1)]);
}

std::uint64_t Experiment::people() const {
  std::uint64_t all = 0;
  for (const Arm& arm : arms_)
    all += arm.people;
  return all;
}

const Experiment::Arm* Experiment::arm(std::string_view variant) const {
  const Arm* found = nullptr;
  for (const Arm& arm : arms_) {
    if (!arm.learned || (!variant.empty() && arm.variant != variant)) continue;
    if (found == nullptr || arm.effect.value > found->effect.value) found = &arm;
  }
  return found;
}

Eigen::RowVectorXd Experiment::row_of(const UpliftValues& values) const {
  Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(kUpliftRow);
  row[0] = 1;
  for (std::size_t i = 0; i < kUpliftColumns; ++i) {
    if (deviation_[i] == 0 || !std::isfinite(values[i])) continue;
    row[static_cast<Eigen::Index>(i) + 1] = std::clamp((values[i] - middle_[i]) / deviation_[i],
                                                       -kExperimentFarthest, kExperimentFarthest);
  }
  return row;
}

Change Experiment::change(const Arm& arm, const UpliftValues& values) const {
  return arm.model.change(row_of(values));
}

double Experiment::value(const Arm& arm, const UpliftValues& values) const {
  return arm.model.value(row_of(values));
}

double Experiment::percentile(const Arm& arm, double value) {
  const auto above =
      std::lower_bound(arm.scores.begin(), arm.scores.end(), static_cast<float>(value));
  return std::min<double>(100, static_cast<double>(above - arm.scores.begin()));
}

std::vector<std::string> Experiment::reasons(const Arm& arm, std::size_t most) {
  std::vector<std::string> out;
  for (const auto& [column, slope] : arm.model.strongest(most)) {
    const UpliftColumn& words = uplift_columns()[static_cast<std::size_t>(column) - 1];
    out.push_back("gains more: who " + std::string(slope > 0 ? words.high : words.low));
  }
  return out;
}

std::string Experiment::note() const {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
  for (std::size_t i = 1; i < arms_.size(); ++i) {
    const Arm& arm = arms_[i];
    const std::string name = "\"" + arm.variant + "\"";
    if (!arm.learned) {
      add("too little data of " + name);
      continue;
    }
    if (arm.effect.low <= 0 && arm.effect.high >= 0) {
      add("the effect of " + name + " can't be told from chance");
    }
    if (arm.qini.low <= 0) {
      add("whom " + name + " changes most can't be told from chance");
    }
  }
  if (met_several_ > 0.05) {
    add(std::to_string(std::lround(100 * met_several_)) +
        " % met more than one variant: the first counts");
  }
  return out;
}

}  // namespace souk::segmentation
