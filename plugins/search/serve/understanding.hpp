// What a query means beyond its words: prices, and values that products have ("black", "Acme",
// "size 42"). Read from the catalog itself, used to order products, shown with its evidence.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "plugins/search/model/text_query.hpp"
#include "plugins/search/serve/question.hpp"

namespace souk::search {

/// Reads prices ("under 80", "unter 80 euro", "between 20 and 40", "moins de 30") out of the words,
/// which are then no longer looked for in texts. Languages: en, de, fr, es, it, nl, pt, sv.
void read_prices(TextQuery& query, std::vector<Intent>& intents);

/// Recognises values of attributes in up to three words in a row. `visible` is what the account may
/// see: a value that nothing visible has is not recognised.
void read_values(const TextQuery& query, const Corpus& corpus, std::span<const DocSet> visible,
                 std::vector<Intent>& intents);

}  // namespace souk::search
