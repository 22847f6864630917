#include "plugins/segmentation/model/feature_table.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace souk::segmentation {
namespace {

constexpr double kMostDeviations = 4;
constexpr double kRareText = 0.01;
constexpr std::size_t kMostTexts = 40;
constexpr double kQuartileToDeviation = 1.349;  // of a normal distribution

double skewness(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values)
    mean += value;
  mean /= static_cast<double>(values.size());
  double second = 0;
  double third = 0;
  for (const double value : values) {
    second += (value - mean) * (value - mean);
    third += std::pow(value - mean, 3);
  }
  const auto n = static_cast<double>(values.size());
  return second > 0 ? (third / n) / std::pow(second / n, 1.5) : 0;
}

double quantile_of_sorted(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

RobustScale robust_scale(std::vector<double>& values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  RobustScale scale;
  if (values.empty()) return scale;
  std::sort(values.begin(), values.end());
  scale.middle = quantile_of_sorted(values, 0.5);
  scale.deviation =
      (quantile_of_sorted(values, 0.75) - quantile_of_sorted(values, 0.25)) / kQuartileToDeviation;
  double mean = 0;
  for (const double value : values)
    mean += value / static_cast<double>(values.size());
  double variance = 0;
  for (const double value : values)
    variance += (value - mean) * (value - mean) / static_cast<double>(values.size());
  const double deviation = std::sqrt(variance);
  // Quartiles that fall together, or nearly, say nothing of the rest.
  if (scale.deviation < 0.2 * deviation) {
    scale.middle = mean;
    scale.deviation = deviation;
  }
  if (scale.deviation < 1e-9 * (1 + std::abs(scale.middle))) scale.deviation = 0;
  // Numbers whose squares no double holds: a share of infinity would make every row NaN.
  if (!std::isfinite(scale.middle) || !std::isfinite(scale.deviation)) return {};
  return scale;
}

FeatureEncoder::FeatureEncoder(std::span<const FeatureColumn> train) {
  names_.emplace_back("always");
  for (const FeatureColumn& column : train)
    column.numbers.empty() ? learn_texts(column) : learn_numbers(column);
}

void FeatureEncoder::learn_numbers(const FeatureColumn& column) {
  Part part;
  part.name = column.name;
  std::vector<double> values = column.numbers;
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  part.may_miss = values.size() < column.numbers.size() && !values.empty();
  if (!values.empty()) {
    constexpr double kSkewed = 2;
    const double least = *std::min_element(values.begin(), values.end());
    const double most = *std::max_element(values.begin(), values.end());
    part.logarithm = least >= 0 && most > 2 && skewness(values) > kSkewed;
    if (part.logarithm)
      for (double& value : values)
        value = std::log1p(value);
  }
  const RobustScale scale = robust_scale(values);
  if (scale.deviation == 0) return;  // all alike: nothing to learn from
  part.middle = scale.middle;
  part.scale = scale.deviation;
  names_.push_back(part.name + " is high");
  if (part.may_miss) names_.push_back(part.name + " is unknown");
  parts_.push_back(std::move(part));
}

void FeatureEncoder::learn_texts(const FeatureColumn& column) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& text : column.texts)
    ++counts[text];
  std::vector<std::pair<std::size_t, std::string>> frequent;
  for (const auto& [text, count] : counts)
    if (static_cast<double>(count) >= kRareText * static_cast<double>(column.texts.size()))
      frequent.emplace_back(count, text);
  std::stable_sort(frequent.begin(), frequent.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (frequent.size() < 2) return;
  frequent.resize(std::min(frequent.size(), kMostTexts));
  Part part;
  part.name = column.name;
  part.is_text = true;
  for (std::size_t i = 1; i < frequent.size(); ++i) {
    part.values.push_back(frequent[i].second);
    names_.push_back(part.name + " is " +
                     (frequent[i].second.empty() ? "unknown" : frequent[i].second));
  }
  parts_.push_back(std::move(part));
}

Eigen::MatrixXd FeatureEncoder::encode(std::span<const FeatureColumn> table) const {
  std::size_t rows = 0;
  for (const FeatureColumn& column : table)
    rows = std::max(rows, column.size());
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(rows), columns());
  out.col(0).setOnes();
  Eigen::Index at = 1;
  for (const Part& part : parts_) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const FeatureColumn& column) {
      return column.name == part.name && part.is_text == column.numbers.empty();
    });
    const Eigen::Index width =
        part.is_text ? static_cast<Eigen::Index>(part.values.size()) : (part.may_miss ? 2 : 1);
    for (std::size_t row = 0; found != table.end() && row < found->size(); ++row) {
      const auto i = static_cast<Eigen::Index>(row);
      if (part.is_text) {
        const auto value = std::find(part.values.begin(), part.values.end(), found->texts[row]);
        if (value != part.values.end()) out(i, at + (value - part.values.begin())) = 1;
        continue;
      }
      double value = found->numbers[row];
      if (!std::isfinite(value)) {
        if (part.may_miss) out(i, at + 1) = 1;
        continue;
      }
      if (part.logarithm) value = std::log1p(std::max(0.0, value));
      out(i, at) =
          std::clamp((value - part.middle) / part.scale, -kMostDeviations, kMostDeviations);
    }
    at += width;
  }
  return out;
}

}  // namespace souk::segmentation
