// Catalogs made up at random, and what a row of them says: the plain truth that columns are held
// to.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "plugins/search/model/doc_set.hpp"
#include "plugins/search/model/document.hpp"

namespace souk::search::testing {

using Random = std::mt19937_64;

/// Brands, categories, colours, rare attributes, prices, several values, missing ones, places,
/// groups.
std::vector<Document> random_catalog(std::size_t documents, std::uint64_t seed);

/// Of an attribute, in the order in which the document says them; paths with all their levels.
std::vector<std::string> texts_of(const Document& document, const std::string& attribute);
std::vector<double> numbers_of(const Document& document, const std::string& attribute);

DocSet random_set(std::size_t documents, double share, Random& random);
bool chance(Random& random, double probability);
std::size_t below(Random& random, std::size_t end);

}  // namespace souk::search::testing
