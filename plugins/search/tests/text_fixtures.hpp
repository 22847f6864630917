// Small corpora, and the text engine written once more, slowly and without an index: what the real
// one must agree with.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/text_index.hpp"
#include "plugins/search/model/text_search.hpp"

namespace souk::search::testing {

Document titled(std::string title, std::string id = {});
std::vector<Document> titles(const std::vector<std::string>& texts);

/// One segment and everything to ask it.
class Shop {
 public:
  explicit Shop(const std::vector<Document>& documents, const TextIndexOptions& options = {});

  /// Titles of the best, in order.
  std::vector<std::string> ask(std::string_view text);
  std::vector<std::string> ask(const TextQuery& asked);

  TextQuery query;    ///< settings for ask(text)
  TextResult result;  ///< of the last question
  std::vector<Document> documents;
  std::shared_ptr<const TextIndex> index;
  const DocSet* visible = nullptr;
  TextScratch scratch;
  TextSearcher searcher;
};

/// `count` documents of words w0 … w<words>, the small numbers more often.
std::vector<Document> random_documents(std::mt19937& random, std::size_t count, unsigned words);

/// Words of a text that do not lie over others.
std::vector<std::string> plain_words(std::string_view text);

/// The restricted distance of Damerau and Levenshtein, by recursion over the definition's table.
unsigned naive_distance(const std::string& a, const std::string& b);

}  // namespace souk::search::testing
