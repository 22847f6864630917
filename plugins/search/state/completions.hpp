// Which queries begin like what is being typed: for each beginning of a word the best of the
// queries that have it, so that a key press looks into one list and not at all queries.
//
// Lists of one to five letters hold 64 queries; those of six, which longer ones are looked for in,
// 512. A list names queries only: what they are worth is read when it is used, so a query costs
// something when it enters lists and next to nothing each time it is asked again.
//
// One thread writes; copies (share()) are read by any. Follows from the queries alone, so it is in
// no snapshot.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "plugins/search/state/persistent_map.hpp"

namespace souk::search {

struct QueryEntry;

/// What a query counts as a completion, the later, the better: who types its beginning means it.
[[nodiscard]] double completion_worth(const QueryEntry& entry, std::string_view typed);

class Completions {
 public:
  // A query that one person typed may be private; several have asked what is proposed to others.
  static constexpr std::uint64_t kLeastSearches = 3;

  /// The keys of queries under a beginning.
  struct List {
    std::vector<std::uint64_t> queries;
    double floor = 0;  ///< of a full list: what is worth less has no place in it
  };
  using Queries = PersistentMap<QueryEntry>;

  /// `entry` was asked or clicked once more.
  void touch(std::uint64_t key, const QueryEntry& entry, const Queries& queries);
  void rebuild(const Queries& queries);

  /// Calls visit(entry) for queries of which a word may begin like `typed` (normalized): a
  /// superset, in no order, and at most 512.
  template <class Visit>
  void for_each(std::string_view typed, const Queries& queries, Visit&& visit) const {
    const List* list = lists_.find(key_under(typed.substr(0, kLongest)));
    if (list == nullptr) return;
    for (const std::uint64_t key : list->queries) {
      if (const QueryEntry* entry = queries.find(key)) visit(*entry);
    }
  }

  [[nodiscard]] std::size_t memory_bytes() const {
    return lists_.memory_bytes(
        [](const List& list) { return sizeof(list) + list.queries.capacity() * 8; });
  }

  [[nodiscard]] Completions share() {
    Completions copy;
    copy.lists_ = lists_.share();
    return copy;
  }

 private:
  static constexpr std::size_t kLongest = 6;  ///< bytes of a beginning
  static constexpr std::size_t kOfShort = 64;
  static constexpr std::size_t kOfLongest = 512;
  static std::uint64_t key_under(std::string_view beginning);
  void add(std::string_view beginning, std::uint64_t key, const QueryEntry& entry,
           const Queries& queries);

  PersistentMap<List> lists_;
};

}  // namespace souk::search
