// Which category a question is about, where no value of the catalog says it in so many words:
// "laptop bag" asks for bags, though "laptop" is a category too. Read from where the products are
// that answer it best, and from what shoppers who asked the same took.
#pragma once

#include <span>
#include <vector>

#include "plugins/search/serve/question.hpp"
#include "plugins/search/state/behaviour.hpp"

namespace souk::search {

/// A product that answers the question, and how well.
struct CategoryVote {
  std::uint32_t part = 0;
  DocId doc = 0;
  float weight = 0;
};

/// Appends an intent when three fifths of the weight lie in one category, the narrowest such, and
/// another intent does not name it yet. `votes` are products that the account may see; `query`, may
/// be null, is what is known of the same question.
void predict_category(std::span<const CategoryVote> votes, const QueryEntry* query,
                      const Corpus& corpus, std::vector<Intent>& intents);

}  // namespace souk::search
