// What answers read beside the catalog. Published whole after each batch that changed it.
#pragma once

#include <cstdint>
#include <memory>

#include "plugins/search/state/accounts.hpp"
#include "plugins/search/state/behaviour.hpp"
#include "plugins/search/state/query_days.hpp"
#include "plugins/search/state/synonyms.hpp"

namespace souk::search {

struct Known {
  BehaviourView behaviour;
  PersistentMap<QueryCounts> days;
  std::shared_ptr<const Accounts> accounts;
  std::shared_ptr<const SynonymEvents> synonyms;
  std::uint64_t last_sequence = 0;
};

}  // namespace souk::search
