// The table of checks. Each group stands in a file of its own: checks_<group>.cpp.
#pragma once

#include <string_view>
#include <vector>

#include "tools/plugin_check/subject.hpp"

namespace souk::plugin_check {

/// How much of the library must be at hand before the check runs.
enum class Needs {
  file,   ///< nothing but its path
  notes,  ///< Subject::read()
  entry   ///< Subject::read() and load()
};

struct Check {
  std::string_view name;   ///< "group.check"
  std::string_view needs;  ///< checks that must not have failed, separated by spaces
  Needs prepared;
  Outcome (*run)(Subject& subject);
};

/// All, in the order in which they run: what is needed comes first.
[[nodiscard]] const std::vector<Check>& all_checks();
/// nullptr when there is none of this name.
[[nodiscard]] const Check* find_check(std::string_view name);

// static: from the file alone.
Outcome check_readable(Subject&);
Outcome check_manifest(Subject&);
Outcome check_abi(Subject&);
Outcome check_schema(Subject&);
Outcome check_exports(Subject&);
Outcome check_full_protobuf(Subject&);
Outcome check_undefined_symbols(Subject&);
Outcome check_nodelete(Subject&);

// load: what dlopen() and the entry do.
Outcome check_entry(Subject&);
Outcome check_same_manifest(Subject&);
Outcome check_load_time(Subject&);
Outcome check_load_quiet(Subject&);
Outcome check_load_threads(Subject&);
Outcome check_load_descriptors(Subject&);
Outcome check_load_twice(Subject&);

// lifecycle: create to destroy.
Outcome check_start_stop(Subject&);
Outcome check_destroy_anytime(Subject&);
Outcome check_flat(Subject&);
Outcome check_concurrent_calls(Subject&);

// host: hosts that are older or have less.
Outcome check_oldest_host(Subject&);
Outcome check_without_optional(Subject&);
Outcome check_unknown_ids(Subject&);

// robustness: what the world may send.
Outcome check_valid_events(Subject&);
Outcome check_empty_events(Subject&);
Outcome check_truncated_events(Subject&);
Outcome check_random_events(Subject&);
Outcome check_huge_events(Subject&);
Outcome check_unknown_events(Subject&);
Outcome check_clock_jumps(Subject&);
Outcome check_back_pressure(Subject&);
Outcome check_answered_once(Subject&);
Outcome check_malformed_requests(Subject&);
Outcome check_malformed_settings(Subject&);
Outcome check_damaged_snapshots(Subject&);
Outcome check_borrowed_memory(Subject&);

// determinism and replay.
Outcome check_same_snapshot(Subject&);
Outcome check_round_trip(Subject&);
Outcome check_replay_effects(Subject&);
Outcome check_replay_state(Subject&);

}  // namespace souk::plugin_check
