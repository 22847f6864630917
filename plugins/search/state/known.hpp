// What answers read beside the catalog. Published whole after each batch that changed it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "plugins/search/state/accounts.hpp"
#include "plugins/search/state/behaviour.hpp"
#include "plugins/search/state/query_days.hpp"
#include "plugins/search/state/rules.hpp"
#include "plugins/search/state/synonyms.hpp"

namespace souk::search {

namespace algolia {
class IndexSettingsBook;
}
class IndexWriter;
struct Known;

/// An index beside the store's catalog: its records, and what holds for it (its own rules and
/// synonyms; nobody's behaviour).
struct OtherIndex {
  std::shared_ptr<IndexWriter> writer;
  std::shared_ptr<const Known> known;
};

struct Known {
  BehaviourView behaviour;
  PersistentMap<QueryCounts> days;
  std::shared_ptr<const Accounts> accounts;
  std::shared_ptr<const SynonymEvents> synonyms;
  std::shared_ptr<const RuleEvents> rules;
  std::uint64_t last_sequence = 0;
  std::uint64_t clicks = 0;  ///< on results, since the beginning
  std::shared_ptr<const algolia::IndexSettingsBook> settings = {};
  /// The index that the catalog was written by; empty: it came another way, and any name is its.
  std::string catalog = {};
  std::map<std::string, OtherIndex, std::less<>> others = {};
};

/// What the files that the settings name compile to.
struct Compiled {
  Synonyms synonyms;
  Rules rules;
};

}  // namespace souk::search
