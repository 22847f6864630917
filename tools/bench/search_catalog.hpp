// A made-up catalog and the questions of its shoppers, for measuring search. Words are syllables,
// so that beginnings are shared as in a language; how often each occurs follows a Zipf law.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "plugins/search/model/document.hpp"

namespace souk::search::bench {

class Catalog {
 public:
  explicit Catalog(std::uint32_t seed = 1);

  /// Brand, qualities, kind, colour, model code; 40 words of description; five attributes and a
  /// price.
  std::vector<Document> products(std::size_t count);

  /// One to three words of what products are called; every fourth ends in half a word, and with
  /// `typos` every fifth has a wrong letter.
  std::vector<std::string> questions(std::size_t count, bool typos);

  /// One or two of the words that most products have: each finds 5,000 to 60,000 of 100,000
  /// products. With `typos` every fourth has a wrong letter.
  std::vector<std::string> broad_questions(std::size_t count, bool typos);

 private:
  std::string word();
  void misspell(std::string& word);
  std::string pick(const std::vector<std::string>& words);
  std::mt19937 random_;
  std::vector<std::string> brands_, kinds_, qualities_, colours_, materials_, words_;
};

}  // namespace souk::search::bench
