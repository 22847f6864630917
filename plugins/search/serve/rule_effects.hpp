// What rules do to a question and to its answer.
#pragma once

#include <vector>

#include "plugins/search/serve/question.hpp"
#include "plugins/search/state/rules.hpp"

namespace souk::search {

/// The rules that hold for `question`: those of the settings first, then those of events.
void choose_rules(const Question& question, const Rules& file, const Rules& events,
                  std::vector<const Rule*>& chosen);

/// Words, filters and boosts of the rules go into the question; redirect, banners and names into
/// the answer.
void apply_rules(const std::vector<const Rule*>& chosen, Question& question, Answer& answer);

}  // namespace souk::search
