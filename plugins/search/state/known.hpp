// What answers read beside the catalog. Published whole after each batch that changed it.
#pragma once

#include <cstdint>
#include <memory>

#include "plugins/search/state/accounts.hpp"
#include "plugins/search/state/behaviour.hpp"
#include "plugins/search/state/query_days.hpp"
#include "plugins/search/state/rules.hpp"
#include "plugins/search/state/synonyms.hpp"

namespace souk::search {

struct Known {
  BehaviourView behaviour;
  PersistentMap<QueryCounts> days;
  std::shared_ptr<const Accounts> accounts;
  std::shared_ptr<const SynonymEvents> synonyms;
  std::shared_ptr<const RuleEvents> rules;
  std::uint64_t last_sequence = 0;
  std::uint64_t clicks = 0;  ///< on results, since the beginning
};

/// What the files that the settings name compile to.
struct Compiled {
  Synonyms synonyms;
  Rules rules;
};

}  // namespace souk::search
