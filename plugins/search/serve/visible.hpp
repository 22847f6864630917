// What an account may see of the catalog: everything else is not matched, counted, suggested or
// corrected to.
#pragma once

#include <string_view>
#include <vector>

#include "plugins/search/model/doc_set.hpp"
#include "plugins/search/serve/question.hpp"
#include "plugins/search/settings.hpp"
#include "plugins/search/state/accounts.hpp"

namespace souk::search {

/// One set a part of the corpus.
void see_for(std::string_view account, const Corpus& corpus, const Accounts& accounts,
             const v1::Settings& settings, const ServingSettings& serving, double now_s,
             std::vector<DocSet>& visible);

}  // namespace souk::search
