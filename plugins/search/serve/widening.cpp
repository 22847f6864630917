#include "plugins/search/serve/widening.hpp"

#include <string>

namespace souk::search {
namespace {

constexpr std::size_t kMostAlternatives = 64;  ///< of a query

}  // namespace

void add_synonyms(const Synonyms& synonyms, TextQuery& query) {
  if (synonyms.empty()) return;
  for (std::size_t first = 0; first < query.words.size(); ++first) {
    std::string phrase;
    for (std::size_t n = 0; n < synonyms.longest() && first + n < query.words.size(); ++n) {
      const QueryWord& word = query.words[first + n];
      if (word.role != WordRole::kNeeded || word.phrase != 0) break;
      if (n > 0) phrase += ' ';
      phrase += word.text;
      const auto* found = synonyms.find(phrase);
      if (found == nullptr) continue;
      for (const Synonyms::Alternative& alternative : *found) {
        if (query.alternatives.size() >= kMostAlternatives) return;
        query.alternatives.push_back({.first = static_cast<std::uint8_t>(first),
                                      .words = static_cast<std::uint8_t>(n + 1),
                                      .text = alternative.text,
                                      .weight = alternative.weight});
      }
    }
  }
}

}  // namespace souk::search
