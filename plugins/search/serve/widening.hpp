// What else a query may be written as: synonyms of the merchant.
#pragma once

#include "plugins/search/model/text_query.hpp"
#include "plugins/search/state/synonyms.hpp"

namespace souk::search {

/// Adds the alternatives of every run of words that has some.
void add_synonyms(const Synonyms& synonyms, TextQuery& query);

}  // namespace souk::search
