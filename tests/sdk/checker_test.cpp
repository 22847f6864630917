// The checker against a good plugin, and against plugins with one fault each.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tools/plugin_check/plugin_check.hpp"

namespace souk::plugin_check {
namespace {

namespace fs = std::filesystem;

const fs::path kBad = SOUK_BAD_PLUGINS;

CheckOptions options() {
  CheckOptions made;
  made.executable = SOUK_PLUGIN_CHECK_PROGRAM;
  made.child_arguments = {"--child"};
  return made;
}

/// The checks that failed or crashed, and what they say.
std::map<std::string, std::string> faults(const Report& report) {
  std::map<std::string, std::string> found;
  for (const CheckResult& result : report.results) {
    if (result.verdict == Verdict::failed || result.verdict == Verdict::crashed) {
      found[result.name] = result.detail;
    }
  }
  return found;
}

struct Fixture {
  std::string library;
  std::string check;
  std::string says;  ///< part of the detail
};

void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.library; }

class BadPlugin : public ::testing::TestWithParam<Fixture> {};

TEST_P(BadPlugin, FailsOneCheckByName) {
  CheckOptions limited = options();
  if (GetParam().library == "hangs_in_stop") limited.limit = std::chrono::seconds(3);
  const Report report = check((kBad / (GetParam().library + ".so")).string(), limited);
  EXPECT_FALSE(report.passed());
  const auto found = faults(report);
  ASSERT_EQ(found.size(), 1u) << to_json(report);
  EXPECT_EQ(found.begin()->first, GetParam().check);
  EXPECT_NE(found.begin()->second.find(GetParam().says), std::string::npos)
      << found.begin()->second;
}

INSTANTIATE_TEST_SUITE_P(
    OneFaultEach, BadPlugin,
    ::testing::Values(Fixture{"extra_export", "static.exports", "souk_helper"},
                      Fixture{"no_manifest", "static.manifest", "no Souk manifest"},
                      Fixture{"other_manifest", "load.manifest_equal", "differs"},
                      Fixture{"future_abi", "static.abi", "99.0"},
                      Fixture{"unknown_type", "static.schema", "nobody.v1.Unheard"},
                      Fixture{"full_protobuf", "static.no_full_protobuf", "lite"},
                      Fixture{"undefined_symbol", "static.undefined_symbols",
                              "souk_daemon_internal"},
                      Fixture{"thread_at_load", "load.no_thread", "1 thread"},
                      Fixture{"prints_at_load", "load.quiet", "thank you"},
                      Fixture{"slow_load", "load.time", "100 ms"},
                      Fixture{"descriptor_at_load", "load.no_descriptor", "1 descriptor"},
                      Fixture{"hangs_in_stop", "lifecycle.start_stop", "did not end"},
                      Fixture{"leaks", "lifecycle.flat", "bytes behind"},
                      Fixture{"needs_start", "lifecycle.destroy_anytime", "signal"},
                      Fixture{"reads_beyond_host", "host.oldest", "signal"},
                      Fixture{"needs_optional", "host.without_optional", "signal"},
                      Fixture{"claims_everything", "host.unknown_ids", "not NULL"},
                      Fixture{"throws_on_empty", "robustness.empty_events", "exception crossed"},
                      Fixture{"crashes_on_truncated", "robustness.truncated_events", "signal"},
                      Fixture{"crashes_on_huge", "robustness.huge_events", "signal"},
                      Fixture{"refuses_unknown", "robustness.unknown_events", "does not know"},
                      Fixture{"fails_in_the_past", "robustness.clock_jumps", "signal"},
                      Fixture{"replies_twice", "robustness.answered_once", "more than once"},
                      Fixture{"never_replies", "robustness.answered_once", "not answered"},
                      Fixture{"crashes_on_request", "robustness.malformed_requests", "signal"},
                      Fixture{"crashes_on_settings", "robustness.malformed_settings", "signal"},
                      Fixture{"trusts_snapshots", "robustness.damaged_snapshots", "signal"},
                      Fixture{"keeps_borrowed", "robustness.borrowed_memory", "signal"},
                      Fixture{"random_state", "determinism.same_snapshot", "different"},
                      Fixture{"forgets_state", "determinism.round_trip", "save, restore, save"},
                      Fixture{"effect_in_replay", "replay.no_effects", "socket"},
                      Fixture{"asks_in_replay", "replay.no_effects", "asks other plugins"},
                      Fixture{"replay_differs", "replay.same_state", "different"}),
    [](const auto& fixture) { return fixture.param.library; });

TEST(Checker, ATruncatedLibraryIsNotReadable) {
  const fs::path cut = fs::path(::testing::TempDir()) / "truncated.so";
  fs::copy_file(kBad / "good.so", cut, fs::copy_options::overwrite_existing);
  fs::resize_file(cut, fs::file_size(cut) / 3);
  const auto found = faults(check(cut.string(), options()));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.begin()->first, "static.readable");
  EXPECT_NE(found.begin()->second.find("truncated"), std::string::npos);
  EXPECT_EQ(inspect(cut.string()).code(), Code::invalid_argument);
}

TEST(Checker, NoFileIsOneSentence) {
  const auto found = faults(check("/nowhere/at-all.so", options()));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found.at("static.readable").find("No such file"), std::string::npos);
  EXPECT_EQ(inspect("/nowhere/at-all.so").code(), Code::not_found);
}

TEST(Checker, GoodPluginsPassEverything) {
  for (const std::string& library : {(kBad / "good.so").string(), std::string(SOUK_PROBE)}) {
    const Report report = check(library, options());
    EXPECT_TRUE(report.passed()) << to_json(report);
    EXPECT_EQ(report.results.size(), check_names().size());
  }
}

TEST(Checker, OnlySomeAndWhatTheyNeed) {
  CheckOptions some = options();
  some.only = "load.entry";
  const Report report = check((kBad / "good.so").string(), some);
  EXPECT_TRUE(report.passed());
  EXPECT_LT(report.results.size(), 8u);
  EXPECT_EQ(report.results.back().name, "load.entry");
}

TEST(Inspect, SaysWhatTheLibraryDeclares) {
  const auto it = inspect(SOUK_PROBE);
  ASSERT_TRUE(it.ok()) << it.status().message();
  EXPECT_EQ(it->id, "sdk-probe");
  EXPECT_EQ(it->methods.front(), "probe.v1.Probe/Top  GET /v1/probe/top");
  EXPECT_EQ(
      it->settings.front(),
      "limit  uint32, default 5, at least 1, at most 100: How many products an answer holds at "
      "most.");
  EXPECT_NE(to_json(it.value()).find("\"abi\":\"1.0\""), std::string::npos);
}

}  // namespace
}  // namespace souk::plugin_check
