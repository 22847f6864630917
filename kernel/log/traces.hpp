// What tells that something speaks of a person: the ids under which they were seen and the
// addresses that they left. By these the bytes are found that plugins have put aside (effects that
// wait, dead letters), whose form the kernel does not know.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

struct LoggedEvent;

struct PersonTraces {
  std::set<std::string, std::less<>> ids;       ///< shopper, customer and anonymous ids
  std::set<std::string, std::less<>> contacts;  ///< e-mail addresses, telephones; lower case
  std::vector<std::uint64_t> sequences;         ///< of the events about them, ascending
};

/// Whether an event is about somebody with one of these ids. Where a shopper is named, the shopper
/// counts and not the device: what others did on a shared one stays theirs.
[[nodiscard]] bool is_about(const LoggedEvent& event,
                            const std::set<std::string, std::less<>>& ids);

/// Reads the log and the table of customers. DATA_LOSS when a row that may mention them is damaged.
Result<PersonTraces> find_traces(storage::Database& database, std::string_view store_id,
                                 std::string_view person);

/// Whether bytes of any form hold one of the traces. An id must stand by itself: as a whole
/// length-prefixed string (Protobuf), or with no letter, digit, '-' or '_' beside it, so that "7"
/// is not found in "17". Addresses are compared without regard to case.
[[nodiscard]] bool speaks_of(std::string_view bytes, const PersonTraces& traces);

}  // namespace souk::log
