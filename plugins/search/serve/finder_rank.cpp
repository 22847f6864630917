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
                      .now_us = question.now_us,
                      .opinion = question.personal ? question.opinion.get() : nullptr};
  const auto add = [&](std::uint64_t segment) {
    const QueryEntry* entry = known.segments.find(segment_key(query, segment));
    if (entry != nullptr) setup.segments.push_back(entry);
  };
  if (query != 0 && setup.shopper != nullptr) {
    for (const std::uint64_t segment : setup.shopper->segments)
      add(segment);
  }
  if (query != 0 && setup.opinion != nullptr && weights.segments > 0) {
    for (const std::uint64_t segment : setup.opinion->segments) {
      const bool listed = setup.shopper != nullptr &&
                          std::find(setup.shopper->segments.begin(), setup.shopper->segments.end(),
                                    segment) != setup.shopper->segments.end();
      if (!listed && segment != key_of(question.segment)) add(segment);
    }
  }
  const std::uint64_t named = question.personal ? key_of(question.segment) : 0;
  const bool again = setup.shopper != nullptr &&
                     std::find(setup.shopper->segments.begin(), setup.shopper->segments.end(),
                               named) != setup.shopper->segments.end();
  if (query != 0 && named != 0 && !again) add(named);
  ranker_.prepare(setup);
}

/// Which other plugins had a part in the order, and which could not be asked.
void Finder::explain_opinion(const Question& question, Answer& answer) {
  const Opinion* opinion = question.opinion.get();
  if (opinion != nullptr && opinion->no_segmentation.empty())
    answer.sources.emplace_back("segmentation");
  if (opinion != nullptr && opinion->no_recommendations.empty())
    answer.sources.emplace_back("recommendations");
  if (!question.explain || question.shopper == 0 || !question.personal) return;
  const auto say = [&](const char* without, const std::string& why) {
    if (!why.empty()) answer.notes.push_back(why + ": ranked without " + without);
  };
  if (opinion == nullptr) {
    answer.notes.emplace_back("no plugin of segmentation or recommendations was asked");
    return;
  }
  say("segments and profile", opinion->no_segmentation);
  say("recommendations", opinion->no_recommendations);
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
