#include "plugins/search/train/ranker_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "plugins/search/train/example_texts.hpp"

namespace souk::search {
namespace {

constexpr double kMostWeight = 10;  ///< of a click far down: more weight, more noise
constexpr float kLeastText = 0.02F;

/// What is worth more to the shop counts more.
constexpr float gain_of(std::uint8_t outcome) { return static_cast<float>(outcome); }

/// Texts of all products that were shown for a query, of one query after the other.
using Fits = std::unordered_map<std::uint64_t, std::unordered_map<std::uint64_t, TextFit>>;

Fits read_texts(const Examples::List& examples, const Sources& sources,
                const std::function<bool()>& cancelled) {
  std::map<std::uint64_t, std::vector<std::uint64_t>> wanted;
  for (const auto& example : examples) {
    auto& products = wanted[example->query];
    for (const ExampleItem& item : example->items)
      products.push_back(item.product);
  }
  Fits fits;
  ExampleTexts texts(sources);
  for (auto& [query, products] : wanted) {
    if (cancelled()) break;
    const QueryEntry* entry = sources.known.behaviour.queries.find(query);
    if (entry == nullptr) continue;
    std::sort(products.begin(), products.end());
    products.erase(std::unique(products.begin(), products.end()), products.end());
    texts.find(entry->typed.empty() ? entry->text : entry->typed, products, fits[query]);
  }
  return fits;
}

/// Who is clicked moves up, and what somebody likes stands further up for him: places are compared
/// only while what is known of the product, and what it is to the shopper, is about the same. (A
/// product that leaves its stratum by being clicked does no harm: what it did before counts for
/// both places alike.)
std::uint64_t stratum_of(const Example& example, const ExampleItem& item) {
  const auto of = [&](RankFeature feature, unsigned shift) {
    return std::uint64_t{item.features[static_cast<std::size_t>(feature)]} >> shift;
  };
  const std::uint64_t kind = of(RankFeature::kTaste, 4) | of(RankFeature::kSeen, 7) << 8 |
                             of(RankFeature::kBehaviour, 3) << 16 |
                             of(RankFeature::kPopularity, 4) << 24;
  return segment_key(segment_key(example.query, item.product), kind + 1);
}

PositionBias estimate_bias(const Examples::List& examples) {
  PositionBiasEstimator estimator;
  for (const auto& example : examples) {
    for (const ExampleItem& item : example->items)
      estimator.shown(stratum_of(*example, item), item.position, item.outcome != Examples::nothing);
  }
  return estimator.estimate();
}

RankedItem ranked(const ExampleItem& item, const TextFit& fit, const PositionBias& bias) {
  RankedItem made;
  std::copy(item.features.begin(), item.features.end(), made.features.begin());
  const float text = std::log(std::max(kLeastText, fit.relevance));
  const auto set = [&](RankFeature feature, float value) {
    const auto f = static_cast<std::size_t>(feature);
    made.features[f] = to_byte(value, kRankFeatureInfo[f]);
  };
  set(RankFeature::kText, text);
  set(RankFeature::kExactness, fit.exactness);
  made.present = text + from_byte(item.present, kPresentInfo);
  made.position = item.position;
  made.gain = gain_of(item.outcome);
  made.weight = static_cast<float>(std::min(kMostWeight, 1 / bias.at(item.position)));
  return made;
}

/// Only products that the query finds, since no ranker could show others; lists of two and more.
RankedLists lists_of(const Examples::List& examples, const Fits& fits, TrainedRanker& made) {
  RankedLists lists;
  std::vector<std::int64_t> times;
  for (const auto& example : examples) {
    const auto texts = fits.find(example->query);
    if (texts == fits.end()) continue;
    const std::size_t before = lists.items.size();
    bool taken = false;
    for (const ExampleItem& item : example->items) {
      const auto fit = texts->second.find(item.product);
      if (fit == texts->second.end()) continue;
      lists.items.push_back(ranked(item, fit->second, made.bias));
      taken = taken || item.outcome != Examples::nothing;
    }
    if (lists.items.size() < before + 2) {
      lists.items.resize(before);
      continue;
    }
    lists.close();
    times.push_back(example->at_us);
    made.taken += taken ? 1 : 0;
  }
  made.searches = lists.size();
  if (!times.empty()) {
    made.first_us = times.front();
    made.last_us = times.back();
    made.judged_us = times[std::min(first_judged(times.size()), times.size() - 1)];
  }
  return lists;
}

}  // namespace

Result<TrainedRanker> train_ranker(const Examples::List& examples, const Sources& sources,
                                   const std::function<bool()>& cancelled,
                                   const std::function<void(double)>& progress) {
  TrainedRanker made;
  made.bias = estimate_bias(examples);
  progress(0.1);
  const Fits fits = read_texts(examples, sources, cancelled);
  progress(0.3);
  const RankedLists lists = lists_of(examples, fits, made);
  if (made.taken < kLeastTaken) {
    return Status(Code::failed_precondition, "not enough data yet: " + std::to_string(made.taken) +
                                                 " of " + std::to_string(kLeastTaken) +
                                                 " searches with a click on what their words find");
  }
  LearnedRanking learned = learn_ranking(lists, made.bias, {}, cancelled,
                                         [&](double share) { progress(0.3 + 0.7 * share); });
  if (cancelled()) return Status(Code::cancelled, "the training was stopped");
  made.model = std::move(learned.model);
  made.comparison = learned.comparison;
  made.importance = learned.importance;
  return made;
}

}  // namespace souk::search
