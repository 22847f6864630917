// Lists of search results → examples for the learned ranker, with the features of that moment.
#include <algorithm>
#include <cmath>

#include "plugins/search/search.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

/// Of a search that came without an id: by whom and when it was made.
std::uint64_t id_of_unnamed(const Behaviour& behaviour, const Behaviour::Who& who,
                            std::uint64_t query) {
  for (const std::uint64_t id : {who.visit, who.shopper}) {
    const Person* person = id != 0 ? behaviour.person(id) : nullptr;
    if (person == nullptr || person->last_query != query) continue;
    return segment_key(query ^ id, static_cast<std::uint64_t>(person->searched_us));
  }
  return segment_key(query, static_cast<std::uint64_t>(who.now_us));
}

}  // namespace

/// The example to which a list belongs. A storefront may tell of the same products twice, with the
/// search and as a list that names none.
std::uint64_t Search::example_of(const Behaviour::Who& who, std::uint64_t id,
                                 std::uint64_t query) const {
  if (id != 0) return id;
  for (const std::uint64_t person : {who.visit, who.shopper}) {
    const std::uint64_t latest = person != 0 ? examples_.latest_of(person) : 0;
    const Example* example = latest != 0 ? examples_.find(latest) : nullptr;
    if (example == nullptr || example->query != query) continue;
    const bool same = std::any_of(example->items.begin(), example->items.end(), [&](const auto& i) {
      return i.product == shown_.front().product;
    });
    if (same && who.now_us - example->at_us <= visit_gap_us_) return latest;
  }
  return id_of_unnamed(behaviour_, who, query);
}

void Search::record_example(const Behaviour::Who& who, std::uint64_t id, std::uint64_t query) {
  if (query == 0 || shown_.empty()) return;
  Example example;
  example.id = example_of(who, id, query);
  if (!examples_.wanted(example.id)) return;
  example.query = query;
  example.at_us = who.now_us;
  if (who.personal) {
    example.shopper = who.shopper;
    example.visit = who.visit;
  }
  const Person* shopper =
      who.personal && who.shopper != 0 ? behaviour_.person(who.shopper) : nullptr;
  Ranker::Setup setup{
      .weights = fold_weights_,
      .query = behaviour_.query(query),
      .visit = who.personal && who.visit != 0 ? behaviour_.person(who.visit) : nullptr,
      .shopper = shopper,
      .popularity = &popularity_,
      .half_life_us = half_life_us_,
      .now_us = who.now_us};
  if (shopper != nullptr) {
    for (const std::uint64_t segment : shopper->segments) {
      const QueryEntry* entry = behaviour_.segment(segment_key(query, segment));
      if (entry != nullptr) setup.segments.push_back(entry);
    }
  }
  fold_ranker_.prepare(setup);
  struct Candidate {
    const Behaviour::Shown* shown;
    std::uint32_t number;
    ProductFacts facts;
  };
  std::vector<Candidate> candidates;
  double popularity = 0;
  MeanLogPrice price;
  for (const Behaviour::Shown& each : shown_) {
    if (candidates.size() >= Examples::kMostItems) break;
    const std::uint32_t number = index_.number_of(each.product);
    const auto facts =
        number == IndexWriter::kNoNumber ? std::nullopt : index_.facts_of(each.product);
    if (!facts || each.position < 1) continue;
    candidates.push_back({&each, number, *facts});
    popularity += fold_ranker_.popularity(number);
    price.add(facts->price);
  }
  if (candidates.empty()) return;
  fold_ranker_.set_means(popularity / static_cast<double>(candidates.size()), price.value());
  for (const auto& [shown, number, facts] : candidates) {
    ExampleItem& item = example.items.emplace_back();
    item.product = shown->product;
    item.position = static_cast<std::uint16_t>(std::min(shown->position, 65'535));
    const RankBytes bytes = to_bytes(fold_ranker_.features(shown->product, number, facts));
    std::copy_n(bytes.begin(), item.features.size(), item.features.begin());
    const double present =
        std::log(std::max(1e-9, fold_ranker_.factor(shown->product, number, facts)));
    item.present = to_byte(static_cast<float>(present), kPresentInfo);
  }
  examples_.add(std::move(example));
}

/// `from_person`: also of the latest search of this person, when no search is named.
void Search::example_outcome(const Behaviour::Who& who, std::uint64_t id, std::uint64_t product,
                             Examples::Outcome outcome, bool from_person) {
  const std::uint64_t before = examples_.taken();
  if (id != 0 && examples_.find(id) != nullptr) {
    examples_.outcome(id, product, outcome);
    examples_taken_ever_ += examples_.taken() - before;
    return;
  }
  if (!from_person || !who.personal) return;
  for (const std::uint64_t person : {who.visit, who.shopper}) {
    const std::uint64_t latest = person != 0 ? examples_.latest_of(person) : 0;
    const Example* example = latest != 0 ? examples_.find(latest) : nullptr;
    if (example == nullptr || who.now_us - example->at_us > window_us_) continue;
    examples_.outcome(latest, product, outcome);
    examples_taken_ever_ += examples_.taken() - before;
    return;
  }
}

}  // namespace souk::search
