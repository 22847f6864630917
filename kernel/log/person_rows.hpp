// The rows of a store's log that may mention somebody. Used inside this room only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "kernel/log/batch.hpp"
#include "kernel/log/encoded_events.hpp"
#include "kernel/log/row_codec.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

using PersonIds = std::set<std::string, std::less<>>;

/// Walks the rows that may mention one of `ids`; `visit(row, batch)` answers a Status.
template <class Visit>
Status for_rows_of(storage::Database& database, std::string_view store_id, const PersonIds& ids,
                   Visit&& visit) {
  constexpr std::size_t kHeadsAtOnce = 4'096;
  std::vector<std::uint32_t> hashes;
  for (const std::string& id : ids)
    hashes.push_back(person_hash(id));
  std::uint64_t from = 1;
  for (;;) {
    auto heads = database.read_event_heads(store_id, from, kHeadsAtOnce);
    if (!heads) return std::move(heads).status();
    if (heads->empty()) return {};
    for (const storage::EventRow& head : *heads) {
      if (head.first_sequence + head.count <= from) continue;
      const std::uint64_t begin = std::max(from, head.first_sequence);
      from = head.first_sequence + head.count;
      bool hit = false;
      for (const std::uint32_t hash : hashes)
        hit = hit || mentions(head, hash);
      if (!hit) continue;
      auto rows = database.read_events(store_id, begin, 1);
      if (!rows) return std::move(rows).status();
      if (rows->empty()) continue;
      // Merged meanwhile: what it holds beyond the head is looked at here too.
      from = std::max(from, rows->front().first_sequence + rows->front().count);
      auto batch = Batch::from_row(rows->front());
      if (!batch) return std::move(batch).status();
      if (Status status = visit(rows->front(), **batch); !status) return status;
    }
  }
}

}  // namespace souk::log
