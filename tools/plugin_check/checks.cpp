#include "tools/plugin_check/checks.hpp"

namespace souk::plugin_check {

const std::vector<Check>& all_checks() {
  static constexpr std::string_view kLoaded = "load.entry";
  static constexpr std::string_view kLives = "lifecycle.start_stop";
  static const std::vector<Check> kChecks = {
      {"static.readable", "", Needs::file, &check_readable},
      {"static.manifest", "static.readable", Needs::file, &check_manifest},
      {"static.abi", "static.manifest", Needs::file, &check_abi},
      {"static.schema", "static.manifest", Needs::file, &check_schema},
      {"static.exports", "static.readable", Needs::file, &check_exports},
      {"static.no_full_protobuf", "static.readable", Needs::file, &check_full_protobuf},
      {"static.undefined_symbols", "static.readable", Needs::file, &check_undefined_symbols},
      {"static.nodelete", "static.readable", Needs::file, &check_nodelete},

      {"load.entry", "static.abi static.schema static.undefined_symbols", Needs::notes,
       &check_entry},
      {"load.manifest_equal", kLoaded, Needs::entry, &check_same_manifest},
      {"load.time", kLoaded, Needs::notes, &check_load_time},
      {"load.quiet", kLoaded, Needs::notes, &check_load_quiet},
      {"load.no_thread", kLoaded, Needs::notes, &check_load_threads},
      {"load.no_descriptor", kLoaded, Needs::notes, &check_load_descriptors},
      {"load.twice", kLoaded, Needs::entry, &check_load_twice},

      {kLives, kLoaded, Needs::entry, &check_start_stop},
      {"lifecycle.destroy_anytime", kLives, Needs::entry, &check_destroy_anytime},
      {"lifecycle.flat", kLives, Needs::entry, &check_flat},

      {"host.oldest", kLives, Needs::entry, &check_oldest_host},
      {"host.without_optional", kLives, Needs::entry, &check_without_optional},
      {"host.unknown_ids", kLives, Needs::entry, &check_unknown_ids},

      {"robustness.valid_events", kLives, Needs::entry, &check_valid_events},
      {"robustness.empty_events", "robustness.valid_events", Needs::entry, &check_empty_events},
      {"robustness.truncated_events", "robustness.valid_events", Needs::entry,
       &check_truncated_events},
      {"robustness.random_events", "robustness.valid_events", Needs::entry, &check_random_events},
      {"robustness.huge_events", "robustness.valid_events", Needs::entry, &check_huge_events},
      {"robustness.unknown_events", "robustness.valid_events", Needs::entry, &check_unknown_events},
      {"robustness.clock_jumps", "robustness.valid_events", Needs::entry, &check_clock_jumps},
      {"robustness.back_pressure", "robustness.valid_events", Needs::entry, &check_back_pressure},
      {"robustness.answered_once", kLives, Needs::entry, &check_answered_once},
      {"robustness.malformed_requests", "robustness.answered_once", Needs::entry,
       &check_malformed_requests},
      {"robustness.malformed_settings", "lifecycle.destroy_anytime", Needs::entry,
       &check_malformed_settings},
      {"robustness.damaged_snapshots", "robustness.valid_events lifecycle.destroy_anytime",
       Needs::entry, &check_damaged_snapshots},
      {"robustness.borrowed_memory", "robustness.valid_events robustness.answered_once",
       Needs::entry, &check_borrowed_memory},
      {"lifecycle.concurrent_calls", "robustness.answered_once robustness.valid_events",
       Needs::entry, &check_concurrent_calls},

      {"determinism.same_snapshot", "robustness.valid_events", Needs::entry, &check_same_snapshot},
      {"determinism.round_trip", "determinism.same_snapshot", Needs::entry, &check_round_trip},
      {"replay.no_effects", "robustness.valid_events", Needs::entry, &check_replay_effects},
      {"replay.same_state", "determinism.same_snapshot replay.no_effects", Needs::entry,
       &check_replay_state},
  };
  return kChecks;
}

const Check* find_check(std::string_view name) {
  for (const Check& check : all_checks()) {
    if (check.name == name) return &check;
  }
  return nullptr;
}

}  // namespace souk::plugin_check
