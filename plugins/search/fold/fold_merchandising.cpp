// Synonyms and rules that were written over the Algolia API.
#include "plugins/search/search.hpp"

namespace souk::search {

void Search::on(const souk::v1::SearchSynonymsSet& event, const EventInfo& info) {
  folded(info);
  auto next = std::make_shared<SynonymEvents>(*synonyms_);
  next->records.apply(event);
  next->compile();
  synonyms_ = std::move(next);
  behaviour_changed_ = true;
}

void Search::on(const souk::v1::SearchRulesSet& event, const EventInfo& info) {
  folded(info);
  auto next = std::make_shared<RuleEvents>(*rules_);
  next->records.apply(event);
  next->compile();
  rules_ = std::move(next);
  behaviour_changed_ = true;
}

}  // namespace souk::search
