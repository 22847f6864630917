// A catalog cut into segments, and all of it as one list: what is asked of segments can be asked of
// the list too.
#pragma once

#include <vector>

#include "plugins/search/model/sorting.hpp"
#include "plugins/search/tests/columns_fixtures.hpp"

namespace souk::search::testing {

struct TestCorpus {
  TestCorpus(std::size_t documents, std::size_t segments, std::uint64_t seed)
      : all(random_catalog(documents, seed)) {
    for (std::size_t s = 0; s < segments; ++s) {
      begins.push_back(documents * s / segments);
      const std::size_t end = documents * (s + 1) / segments;
      columns.push_back(Columns::build(std::span(all).subspan(begins[s], end - begins[s])));
    }
    sets.resize(segments);
  }

  /// Chooses what was found.
  void find(double share, Random& random) {
    found.clear();
    for (std::size_t s = 0; s < columns.size(); ++s) {
      sets[s] = random_set(columns[s].documents(), share, random);
      found.push_back({{&columns[s]}, &sets[s], sets[s].count()});
    }
  }
  [[nodiscard]] const Document& at(const DocRef& ref) const {
    return all[begins[ref.segment] + ref.doc];
  }
  template <class Visit>
  void for_each_found(Visit&& visit) const {
    for (std::uint32_t s = 0; s < sets.size(); ++s)
      sets[s].for_each([&](DocId doc) { visit(DocRef{s, doc}); });
  }

  std::vector<Document> all;
  std::vector<std::size_t> begins;
  std::vector<Columns> columns;
  std::vector<DocSet> sets;
  std::vector<FoundIn> found;
};

}  // namespace souk::search::testing
