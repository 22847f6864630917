#include "plugins/search/serve/rule_effects.hpp"

#include "plugins/search/model/analyzer.hpp"

namespace souk::search {

void choose_rules(const Question& question, const Rules& file, const Rules& events,
                  std::vector<const Rule*>& chosen) {
  chosen.clear();
  const std::string query = normalized(question.text);
  const RuleSituation situation{.query = query,
                                .contexts = question.contexts,
                                .account = question.account,
                                .segment = question.segment,
                                .now_us = question.now_us};
  file.choose(situation, chosen);
  events.choose(situation, chosen);
}

void apply_rules(const std::vector<const Rule*>& chosen, Question& question, Answer& answer) {
  bool replaced = false;
  for (const Rule* rule : chosen) {
    if (!rule->replace_query.empty() && !replaced) {
      question.text = rule->replace_query;
      replaced = true;
    }
    if (!rule->filter.empty()) question.filter.require(rule->filter);
    question.boosts.insert(question.boosts.end(), rule->boosts.begin(), rule->boosts.end());
    if (answer.redirect.empty()) answer.redirect = rule->redirect;
    if (!rule->banner.empty()) answer.banners.push_back(rule->banner);
    answer.applied_rules.push_back(rule->id);
  }
}

}  // namespace souk::search
