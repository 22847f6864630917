// What a name of an index means: the store's catalog, an index beside it, or another order of one
// of them (a replica).
#pragma once

#include <string>
#include <string_view>

#include "plugins/search/algolia/index_settings.hpp"
#include "plugins/search/state/known.hpp"
#include "plugins/search/state/segment.hpp"
#include "souk/result.hpp"

namespace souk::search::algolia {

struct Target {
  std::string beside;                       ///< whose records; empty: the store's catalog
  const IndexSettings* settings = nullptr;  ///< null: nothing was set
  std::string sort;                         ///< before relevance; empty: by relevance
};

/// The catalog is found under the name by which it was written over this API; under any name when
/// it came another way. Replicas are those that settings name, and for every attribute
/// "NAME_price_asc", "NAME_price_desc" and "NAME/sort/price:asc". NOT_FOUND for everything else.
Result<Target> target_of(std::string_view index, const Known& known, const Corpus& catalog);

}  // namespace souk::search::algolia
