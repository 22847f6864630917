#include "kernel/log/erase.hpp"

#include <set>
#include <string>
#include <vector>

#include "kernel/log/batch.hpp"
#include "kernel/log/encoded_events.hpp"
#include "kernel/log/row_codec.hpp"

namespace souk::log {
namespace {

constexpr std::size_t kHeadsAtOnce = 4'096;

using People = std::set<std::string, std::less<>>;

bool about(const LoggedEvent& event, const People& people) {
  if (people.contains(event.fields.shopper_id) || people.contains(event.fields.anonymous_id)) {
    return true;
  }
  const auto change = entity_change(event.fields);
  return change && change->kind == "customer" && people.contains(change->id);
}

/// Walks the rows that may mention one of `people`; `visit` gets each as a batch.
template <class Visit>
Status walk(storage::Database& database, std::string_view store_id, const People& people,
            Visit&& visit) {
  std::vector<std::uint32_t> hashes;
  for (const std::string& person : people)
    hashes.push_back(person_hash(person));
  std::uint64_t from = 1;
  for (;;) {
    auto heads = database.read_event_heads(store_id, from, kHeadsAtOnce);
    if (!heads) return std::move(heads).status();
    if (heads->empty()) return {};
    for (const storage::EventRow& head : *heads) {
      from = head.first_sequence + head.count;
      bool hit = false;
      for (const std::uint32_t hash : hashes)
        hit = hit || mentions(head, hash);
      if (!hit) continue;
      auto rows = database.read_events(store_id, head.first_sequence, 1);
      if (!rows) return std::move(rows).status();
      if (rows->empty()) continue;
      auto batch = Batch::from_row(rows->front());
      if (!batch) return std::move(batch).status();
      if (Status status = visit(rows->front(), **batch); !status) return status;
    }
  }
}

/// The anonymous ids under which the person was seen.
Status find_aliases(storage::Database& database, std::string_view store_id, People& people) {
  const People known = people;
  return walk(database, store_id, known, [&](const storage::EventRow&, const Batch& batch) {
    for (const LoggedEvent& event : batch.events()) {
      if (known.contains(event.fields.shopper_id) && !event.fields.anonymous_id.empty()) {
        people.emplace(event.fields.anonymous_id);
      }
    }
    return Status();
  });
}

void remember_people(const LoggedEvent& event, std::vector<std::uint32_t>& hashes) {
  for (const std::string_view person : {event.fields.shopper_id, event.fields.anonymous_id}) {
    if (!person.empty()) hashes.push_back(person_hash(person));
  }
  const auto change = entity_change(event.fields);
  if (change && change->kind == "customer") hashes.push_back(person_hash(change->id));
}

}  // namespace

Result<std::uint64_t> erase_from_log(storage::Database& database, std::string_view store_id,
                                     std::string_view person, int compression_level) {
  if (person.empty()) return Status(Code::invalid_argument, "the person has no id");
  People people{std::string(person)};
  if (Status status = find_aliases(database, store_id, people); !status) return status;

  RowEncoder encoder(compression_level);
  std::uint64_t erased = 0;
  Status status =
      walk(database, store_id, people, [&](storage::EventRow& row, const Batch& batch) -> Status {
        std::string raw;
        std::vector<std::uint32_t> hashes;
        std::uint64_t here = 0;
        for (const LoggedEvent& event : batch.events()) {
          const bool gone = about(event, people);
          here += gone ? 1 : 0;
          append_frame(raw, gone ? std::string_view() : event.wire);
          if (!gone) remember_people(event, hashes);
        }
        if (here == 0) return {};
        erased += here;
        encoder.encode(raw, hashes, row, batch.commits());
        return database.rewrite_events({&row, 1});
      });
  if (!status) return status;
  return erased;
}

}  // namespace souk::log
