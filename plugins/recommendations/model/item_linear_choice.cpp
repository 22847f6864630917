// Which parameters: by people who are held out.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "plugins/recommendations/model/item_linear.hpp"

namespace souk::recommendations {
namespace {

constexpr std::uint32_t kOneIn = 10;
constexpr std::uint32_t kMostPeople = 2'000;
constexpr std::uint32_t kFewestPeople = 50;
constexpr std::size_t kRanks = 100;
constexpr std::array<double, 4> kTargetPowers{1.0, 0.75, 0.5, 0.25};

/// Somebody who is held out: what the model is shown, and what it is asked for.
struct Case {
  std::vector<std::uint32_t> shown;
  std::vector<std::uint32_t> asked;
};

/// Every fifth item is asked for, counted through all columns so that popular and rare ones are.
Case make_case(std::span<const std::uint32_t> columns, std::uint32_t most, std::uint32_t phase) {
  Case made;
  for (const std::uint32_t column : columns) {
    if (column >= most) break;
    (phase++ % 5 == 2 ? made.asked : made.shown).push_back(column);
  }
  return made;
}

double ideal_gain(std::size_t relevant) {
  double gain = 0;
  for (std::size_t rank = 0; rank < std::min(relevant, kRanks); ++rank)
    gain += 1 / std::log2(static_cast<double>(rank) + 2);
  return gain;
}

class Chooser {
 public:
  Chooser(const TrainingData& data, std::uint32_t columns, Crew& crew)
      : data_(data), columns_(std::min(columns, data.columns())), crew_(crew) {
    const std::uint32_t people = data.people.rows();
    const std::uint32_t step = std::max(kOneIn, people / kMostPeople);
    held_out_.assign(people, 0);
    for (std::uint32_t person = 0; person < people; person += step) {
      Case made = make_case(data.people.row(person), columns_, person / step);
      if (made.shown.empty() || made.asked.empty()) continue;
      held_out_[person] = 1;
      cases_.push_back(std::move(made));
    }
  }

  [[nodiscard]] std::uint32_t people() const { return static_cast<std::uint32_t>(cases_.size()); }
  [[nodiscard]] std::uint32_t fits() const { return fits_; }

  /// The best of all target powers for these parameters; its nDCG.
  double score(ItemLinearParameters& parameters) {
    const SymmetricMatrix* gram = gram_of(parameters.person_power);
    if (gram == nullptr) return 0;
    SymmetricMatrix matrix(columns_);
    std::vector<float> row(columns_);
    for (std::size_t i = 0; i < columns_; ++i) {
      gram->get_row(i, row);
      matrix.set_lower(i, std::span(row).first(i + 1));
    }
    regularise(matrix, parameters);
    if (!matrix.invert(crew_).ok()) return 0;
    ++fits_;
    dense_.resize(columns_ * columns_);
    crew_.each(columns_, [&](std::size_t i, unsigned) {
      matrix.get_row(i, {dense_.data() + i * columns_, columns_});
    });
    return best_target_power(parameters);
  }

  /// How many people the items have, on average: where a search for λ may begin.
  [[nodiscard]] double mean_popularity() const {
    double cells = 0;
    for (std::uint32_t person = 0; person < data_.people.rows(); ++person) {
      for (const std::uint32_t column : data_.people.row(person))
        cells += column < columns_ ? 1 : 0;
    }
    return cells / std::max<double>(1, static_cast<double>(columns_));
  }

 private:
  const SymmetricMatrix* gram_of(double person_power) {
    const auto [found, added] = grams_.try_emplace(person_power, columns_);
    if (added &&
        !add_gram(
            data_, person_power, [this](std::uint32_t person) { return held_out_[person] == 0; },
            crew_, found->second)) {
      return nullptr;
    }
    return &found->second;
  }

  double best_target_power(ItemLinearParameters& parameters) {
    std::vector<std::array<double, kTargetPowers.size()>> gains(cases_.size());
    std::array<std::vector<float>, kTargetPowers.size()> scales;
    for (std::size_t power = 0; power < kTargetPowers.size(); ++power) {
      scales[power].resize(columns_);
      for (std::size_t j = 0; j < columns_; ++j) {
        scales[power][j] = static_cast<float>(
            -std::pow(static_cast<double>(dense_[j * columns_ + j]), -kTargetPowers[power]));
      }
    }
    crew_.each(cases_.size(), [&](std::size_t at, unsigned) {
      thread_local std::vector<float> sums, scores;
      thread_local std::vector<std::uint32_t> order;
      sums.assign(columns_, 0);
      for (const std::uint32_t shown : cases_[at].shown) {
        const float* row = dense_.data() + std::size_t{shown} * columns_;
        for (std::size_t j = 0; j < columns_; ++j)
          sums[j] += row[j];
      }
      scores.resize(columns_);
      for (std::size_t power = 0; power < kTargetPowers.size(); ++power) {
        for (std::size_t j = 0; j < columns_; ++j)
          scores[j] = sums[j] * scales[power][j];
        for (const std::uint32_t shown : cases_[at].shown)
          scores[shown] = -INFINITY;
        gains[at][power] = ndcg(scores, cases_[at].asked, order);
      }
    });
    std::size_t best = 0;
    std::array<double, kTargetPowers.size()> totals{};
    for (std::size_t power = 0; power < totals.size(); ++power) {
      for (const auto& gain : gains)
        totals[power] += gain[power];
      // A tie, or a hair's breadth, goes to the model of the paper.
      if (totals[power] > totals[best] * (best == 0 ? 1.001 : 1)) best = power;
    }
    parameters.target_power = kTargetPowers[best];
    return totals[best] / static_cast<double>(std::max<std::size_t>(1, cases_.size()));
  }

  /// nDCG@100 with one relevance for all that is asked for.
  static double ndcg(const std::vector<float>& scores, const std::vector<std::uint32_t>& asked,
                     std::vector<std::uint32_t>& order) {
    double gain = 0;
    for (const std::uint32_t wanted : asked) {
      // The rank is how many are better: cheaper than sorting, for few wanted ones.
      const float score = scores[wanted];
      std::size_t better = 0;
      for (const float other : scores)
        better += other > score ? 1 : 0;
      if (better < kRanks) gain += 1 / std::log2(static_cast<double>(better) + 2);
    }
    static_cast<void>(order);
    return gain / ideal_gain(asked.size());
  }

  const TrainingData& data_;
  const std::uint32_t columns_;
  Crew& crew_;
  std::vector<std::uint8_t> held_out_;
  std::vector<Case> cases_;
  std::map<double, SymmetricMatrix> grams_;
  std::vector<float> dense_;
  std::uint32_t fits_ = 0;
};

/// Climbs along one parameter from where it stands, by factors, while it gets better.
template <class Try>
void climb(ItemLinearChoice& best, double ItemLinearParameters::*which, double factor, double least,
           double most, const Try& attempt) {
  for (const double step : {factor, 1 / factor}) {
    bool moved = false;
    for (;;) {
      ItemLinearParameters next = best.parameters;
      next.*which *= step;
      if (next.*which < least || next.*which > most || !attempt(next)) break;
      moved = true;
    }
    if (moved) return;
  }
}

}  // namespace

ItemLinearChoice choose_item_linear(const TrainingData& data, std::uint32_t columns, Crew& crew,
                                    const std::function<bool()>& enough) {
  ItemLinearChoice best;
  Chooser chooser(data, columns, crew);
  best.people = chooser.people();
  const double popularity = std::max(1.0, chooser.mean_popularity());
  best.parameters.l2 = std::exp2(std::round(std::log2(popularity / 4)));
  if (best.people < kFewestPeople) return best;
  best.ndcg = chooser.score(best.parameters);
  const auto attempt = [&](ItemLinearParameters next) {
    if (crew.cancelled() || (enough && enough())) return false;
    const double ndcg = chooser.score(next);
    if (!(ndcg > best.ndcg)) return false;
    best.ndcg = ndcg;
    best.parameters = next;
    return true;
  };
  climb(best, &ItemLinearParameters::l2, 4, 0.25, 1e6, attempt);
  climb(best, &ItemLinearParameters::dropout_ratio, 3, 0.005, 3, attempt);
  for (const double power : {0.5, 0.25}) {
    ItemLinearParameters next = best.parameters;
    next.person_power = power;
    if (attempt(next)) break;
  }
  climb(best, &ItemLinearParameters::l2, 2, 0.25, 1e6, attempt);
  climb(best, &ItemLinearParameters::dropout_ratio, 1.7, 0.005, 3, attempt);
  best.fits = chooser.fits();
  return best;
}

}  // namespace souk::recommendations
