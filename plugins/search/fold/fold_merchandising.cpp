// Synonyms and rules that were written over the Algolia API.
#include "plugins/search/search.hpp"

namespace souk::search {

void Search::on(const souk::v1::SearchSynonymsSet& event, const EventInfo& info) {
  folded(info);
  auto next = std::make_shared<SynonymEvents>(*synonyms_);
  next->records.apply(event);
  synonyms_ = std::move(next);
  compile_merchandising();
}

void Search::on(const souk::v1::SearchRulesSet& event, const EventInfo& info) {
  folded(info);
  auto next = std::make_shared<RuleEvents>(*rules_);
  next->records.apply(event);
  rules_ = std::move(next);
  compile_merchandising();
}

/// What was written for an index beside the catalog holds there; all else for the catalog, whatever
/// name it goes by.
void Search::compile_merchandising() {
  auto synonyms = std::make_shared<SynonymEvents>(*synonyms_);
  auto rules = std::make_shared<RuleEvents>(*rules_);
  const auto of_catalog = [this](const std::string& name) { return !beside_.contains(name); };
  synonyms->compile(synonyms->records.of(of_catalog));
  rules->compile(rules->records.of(of_catalog));
  synonyms_ = synonyms;
  rules_ = rules;
  for (auto& [index, beside] : beside_) {
    const auto own = [name = &index](const std::string& other) { return other == *name; };
    auto own_synonyms = std::make_shared<SynonymEvents>();
    own_synonyms->records = synonyms->records.of(own);
    own_synonyms->compile();
    beside.synonyms = std::move(own_synonyms);
    auto own_rules = std::make_shared<RuleEvents>();
    own_rules->records = rules->records.of(own);
    own_rules->compile();
    beside.rules = std::move(own_rules);
  }
  behaviour_changed_ = true;
}

}  // namespace souk::search
