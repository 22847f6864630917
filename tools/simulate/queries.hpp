// What shoppers type into the search box: words of the product they have in mind, their own words
// for it, and slips of the finger. Not thread-safe (draws from the caller's Random).
#pragma once

#include <string>

#include "tools/simulate/catalog.hpp"
#include "tools/simulate/random.hpp"

namespace souk::simulate {

struct Query {
  std::string text;
  bool typo = false;
  bool synonym = false;
};

/// A query by somebody who thinks of `product`.
[[nodiscard]] Query make_query(const Product& product, const Catalog& catalog, Random& random);

/// The same text with one slip: a letter left out, doubled, swapped with the next, or hit beside
/// (QWERTY). Texts under four letters stay as they are.
[[nodiscard]] std::string with_typo(const std::string& text, Random& random);

}  // namespace souk::simulate
