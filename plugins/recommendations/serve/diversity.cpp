#include "plugins/recommendations/serve/diversity.hpp"

#include <cmath>

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kNone = 0xffffffffu;

// 0, ½, ¾, … : the second of a kind costs most.
double sameness(std::uint32_t chosen) { return 1 - std::ldexp(1.0, -static_cast<int>(chosen)); }
}  // namespace

void Diversity::begin(double lambda, std::uint32_t max_per_brand) {
  lambda_ = lambda;
  max_per_brand_ = max_per_brand;
  candidates_.clear();
  chosen_.clear();
  brands_.clear();
  categories_.clear();
  of_full_brands_ = 0;
}

void Diversity::add(double score, std::uint32_t brand, std::uint32_t category) {
  candidates_.push_back({score, brand, category, false});
}

double Diversity::value(const Candidate& candidate) {
  const double best = candidates_.front().score;
  const double relevance = best > 0 ? candidate.score / best : 0;
  double same = 0;
  if (candidate.brand != kNone) same += 0.5 * sameness(brands_[candidate.brand]);
  if (candidate.category != kNone) same += 0.5 * sameness(categories_[candidate.category]);
  return (1 - lambda_) * relevance - lambda_ * same;
}

const std::vector<std::size_t>& Diversity::choose(std::size_t limit) {
  while (chosen_.size() < limit) {
    std::size_t best = candidates_.size();
    double most = 0;
    for (std::size_t place = 0; place < candidates_.size(); ++place) {
      Candidate& candidate = candidates_[place];
      if (candidate.gone) continue;
      if (max_per_brand_ > 0 && candidate.brand != kNone &&
          brands_[candidate.brand] >= max_per_brand_) {
        candidate.gone = true;
        ++of_full_brands_;
        continue;
      }
      const double worth = value(candidate);
      if (best == candidates_.size() || worth > most) {
        best = place;
        most = worth;
      }
    }
    if (best == candidates_.size()) break;
    Candidate& taken = candidates_[best];
    taken.gone = true;
    chosen_.push_back(best);
    if (taken.brand != kNone) ++brands_[taken.brand];
    if (taken.category != kNone) ++categories_[taken.category];
  }
  return chosen_;
}

}  // namespace souk::recommendations
