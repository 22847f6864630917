// Synonyms that were written over the Algolia API → alternatives of words.
#include "plugins/search/search.hpp"

namespace souk::search {

void Search::on(const souk::v1::SearchSynonymsSet& event, const EventInfo& info) {
  folded(info);
  SynonymEvents& synonyms = own_synonyms();
  if (event.clear()) synonyms.clear(event.index());
  for (const std::string& id : event.deleted_ids())
    synonyms.remove(event.index(), id);
  for (const auto& record : event.records())
    synonyms.put(event.index(), record.id(), record.json());
  synonyms.compile();
}

}  // namespace souk::search
