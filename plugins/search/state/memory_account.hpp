// What the plugin holds, in bytes by part: each part says what it has allocated. Allocators add
// some percent to it.
#pragma once

#include <cstdint>
#include <string>

#include "plugins/search/state/known.hpp"
#include "plugins/search/state/meaning.hpp"
#include "plugins/search/state/segment.hpp"

namespace souk::search {

/// Of the catalog: cheap, as it asks each segment and not each product.
struct CatalogMemory {
  std::uint64_t text = 0;     ///< inverted and forward index, words, stems, typos
  std::uint64_t columns = 0;  ///< what is filtered, counted and sorted by
  std::uint64_t facts = 0;    ///< what ranking looks at, keys, numbers
  std::uint64_t records = 0;  ///< the products themselves
  std::uint64_t meaning = 0;  ///< directions of products and words

  [[nodiscard]] std::uint64_t all() const { return text + columns + facts + records + meaning; }
};
[[nodiscard]] CatalogMemory catalog_memory(const Corpus& corpus, const Meaning& meaning);

/// Of what shoppers do; walks through all of it.
struct BehaviourMemory {
  std::uint64_t queries = 0;      ///< rates of products by query, also within segments
  std::uint64_t completions = 0;  ///< lists of queries by beginning
  std::uint64_t people = 0;
  std::uint64_t days = 0;  ///< counts of queries by day

  [[nodiscard]] std::uint64_t all() const { return queries + completions + people + days; }
};
[[nodiscard]] BehaviourMemory behaviour_memory(const Known& known);

/// For people: "58.1 MB for the catalog (text 33.0, …), 12.0 MB for behaviour (…)".
[[nodiscard]] std::string memory_text(const CatalogMemory& catalog,
                                      const BehaviourMemory& behaviour, std::uint64_t products);

}  // namespace souk::search
