// What ranking knows of the question, before it is asked for products.
#include <algorithm>
#include <cmath>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/serve/finder.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {

void Finder::prepare_ranker(const Question& question, const Sources& sources) {
  const BehaviourView& known = sources.known.behaviour;
  const auto person = [&](std::uint64_t key) {
    return question.personal && question.personal_share > 0 && key != 0 ? known.people.find(key)
                                                                        : nullptr;
  };
  RankingWeights weights = sources.serving.weights;
  weights.personal *= question.personal_share;
  const std::uint64_t query = question.text.empty() ? 0 : key_of(normalized(question.text));
  Ranker::Setup setup{.weights = weights,
                      .query = query != 0 ? known.queries.find(query) : nullptr,
                      .visit = person(question.visit),
                      .shopper = person(question.shopper),
                      .popularity = &sources.popularity,
                      .half_life_us = sources.half_life_us,
                      .now_us = question.now_us};
  const auto add = [&](std::uint64_t segment) {
    const QueryEntry* entry = known.segments.find(segment_key(query, segment));
    if (entry != nullptr) setup.segments.push_back(entry);
  };
  if (query != 0 && setup.shopper != nullptr) {
    for (const std::uint64_t segment : setup.shopper->segments)
      add(segment);
  }
  const std::uint64_t named = question.personal ? key_of(question.segment) : 0;
  const bool again = setup.shopper != nullptr &&
                     std::find(setup.shopper->segments.begin(), setup.shopper->segments.end(),
                               named) != setup.shopper->segments.end();
  if (query != 0 && named != 0 && !again) add(named);
  ranker_.prepare(setup);
}

RankBytes Finder::learned_row(const Segment& segment, DocId doc, double text,
                              float exactness) const {
  constexpr double kLeastText = 0.02;
  RankRow row = ranker_.features(segment.key(doc), segment.number(doc), segment.facts(doc));
  row[static_cast<std::size_t>(RankFeature::kText)] =
      static_cast<float>(std::log(std::max(kLeastText, text)));
  row[static_cast<std::size_t>(RankFeature::kExactness)] = exactness;
  return to_bytes(row);
}

}  // namespace souk::search
