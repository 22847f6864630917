#include "kernel/log/erase.hpp"

#include <string>
#include <vector>

#include "kernel/log/person_rows.hpp"
#include "kernel/log/traces.hpp"

namespace souk::log {
namespace {

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
  auto traces = find_traces(database, store_id, person);
  if (!traces) return std::move(traces).status();

  RowEncoder encoder(compression_level);
  std::uint64_t erased = 0;
  Status status = for_rows_of(database, store_id, traces->ids,
                              [&](storage::EventRow& row, const Batch& batch) -> Status {
                                std::string raw;
                                std::vector<std::uint32_t> hashes;
                                std::uint64_t here = 0;
                                for (const LoggedEvent& event : batch.events()) {
                                  const bool gone = is_about(event, traces->ids);
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
