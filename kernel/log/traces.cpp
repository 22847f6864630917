#include "kernel/log/traces.hpp"

#include <algorithm>
#include <cctype>

#include "kernel/log/person_rows.hpp"
#include "souk/v1/event.pb.h"

namespace souk::log {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return result;
}

void add_contact(PersonTraces& traces, std::string_view contact) {
  // Three bytes are the shortest that can be an address at all ("a@b").
  if (contact.size() >= 3) traces.contacts.insert(lower(contact));
}

void add_contacts(PersonTraces& traces, const souk::v1::Customer& customer) {
  add_contact(traces, customer.email());
  add_contact(traces, customer.phone());
}

void add_contacts(PersonTraces& traces, const LoggedEvent& entry) {
  souk::v1::Event event;
  if (!event.ParseFromArray(entry.wire.data(), static_cast<int>(entry.wire.size()))) return;
  if (event.has_customer_upserted()) add_contacts(traces, event.customer_upserted().customer());
  if (!event.has_identified()) return;
  const auto& traits = event.identified().traits().fields();
  for (const char* name : {"email", "phone"}) {
    const auto found = traits.find(name);
    if (found != traits.end()) add_contact(traces, found->second.string_value());
  }
}

/// The ids that an event ties to the person whom it is about.
void add_aliases(PersonTraces& traces, const LoggedEvent& entry) {
  if (!entry.fields.anonymous_id.empty()) traces.ids.emplace(entry.fields.anonymous_id);
  souk::v1::Event event;
  if (!event.ParseFromArray(entry.wire.data(), static_cast<int>(entry.wire.size()))) return;
  if (event.has_aliased() && !event.aliased().previous_id().empty()) {
    traces.ids.insert(event.aliased().previous_id());
  }
}

bool part_of_a_word(char letter) noexcept {
  const auto byte = static_cast<unsigned char>(letter);
  return std::isalnum(byte) != 0 || letter == '-' || letter == '_' || byte >= 0x80;
}

/// Whether the varint before `at` says how long the found text is.
bool length_stands_before(std::string_view bytes, std::size_t at, std::size_t size) noexcept {
  if (size < 0x80) return at >= 1 && static_cast<unsigned char>(bytes[at - 1]) == size;
  return at >= 2 && static_cast<unsigned char>(bytes[at - 2]) == ((size & 0x7fU) | 0x80U) &&
         static_cast<unsigned char>(bytes[at - 1]) == size >> 7U;
}

bool stands_alone(std::string_view bytes, std::string_view text) {
  for (auto at = bytes.find(text); at != std::string_view::npos; at = bytes.find(text, at + 1)) {
    const std::size_t end = at + text.size();
    const bool word = (at == 0 || !part_of_a_word(bytes[at - 1])) &&
                      (end == bytes.size() || !part_of_a_word(bytes[end]));
    if (word || length_stands_before(bytes, at, text.size())) return true;
  }
  return false;
}

}  // namespace

bool is_about(const LoggedEvent& event, const std::set<std::string, std::less<>>& ids) {
  const schema::EventFields& fields = event.fields;
  if (ids.contains(fields.shopper_id.empty() ? fields.anonymous_id : fields.shopper_id)) {
    return true;
  }
  const auto change = entity_change(fields);
  return change && change->kind == "customer" && ids.contains(change->id);
}

Result<PersonTraces> find_traces(storage::Database& database, std::string_view store_id,
                                 std::string_view person) {
  if (person.empty()) return Status(Code::invalid_argument, "the person has no id");
  PersonTraces traces;
  traces.ids.emplace(person);
  const PersonIds known = traces.ids;
  Status status = for_rows_of(database, store_id, known,
                              [&](const storage::EventRow&, const Batch& batch) -> Status {
                                for (const LoggedEvent& event : batch.events()) {
                                  if (is_about(event, known)) add_aliases(traces, event);
                                }
                                return {};
                              });
  if (!status) return status;
  status = for_rows_of(database, store_id, traces.ids,
                       [&](const storage::EventRow&, const Batch& batch) -> Status {
                         for (const LoggedEvent& event : batch.events()) {
                           if (!is_about(event, traces.ids)) continue;
                           traces.sequences.push_back(event.sequence);
                           add_contacts(traces, event);
                         }
                         return {};
                       });
  if (!status) return status;
  auto row = database.entity(store_id, "customer", person);
  souk::v1::Customer customer;
  if (row && customer.ParseFromString(row->data)) add_contacts(traces, customer);
  if (!row && row.code() != Code::not_found) return std::move(row).status();
  return traces;
}

bool speaks_of(std::string_view bytes, const PersonTraces& traces) {
  const auto stands = [bytes](const std::string& id) { return stands_alone(bytes, id); };
  if (std::any_of(traces.ids.begin(), traces.ids.end(), stands)) return true;
  if (traces.contacts.empty()) return false;
  const std::string small = lower(bytes);
  return std::any_of(traces.contacts.begin(), traces.contacts.end(), [&](const std::string& each) {
    return small.find(each) != std::string::npos;
  });
}

}  // namespace souk::log
