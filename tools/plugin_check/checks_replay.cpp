// Checks of the fold as a function: the same events give the same state, history touches nothing.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tools/plugin_check/checks.hpp"
#include "tools/plugin_check/process_facts.hpp"

namespace souk::plugin_check {
namespace {

constexpr std::size_t kEvents = 300;

/// Lets two hours pass. A timer that fails is the daemon's to retry, not this check's.
void fire_timers(testing::RawBench& bench) {
  const std::int64_t until = bench.host().now_us() + std::int64_t{2} * 3600 * 1'000'000;
  constexpr int kMostTimers = 10'000;
  std::string key;
  testing::PendingTimer timer;
  for (int i = 0; i < kMostTimers && bench.host().take_due_timer(until, key, timer); ++i) {
    bench.host().set_now_us(std::max(bench.host().now_us(), timer.due_us));
    static_cast<void>(bench.fire(key, timer));
  }
  bench.host().set_now_us(until);
}

/// A running instance after `events`, in batches of that size, with effects on or off; timers fire
/// at the end. `fault` says what went wrong.
struct Folded {
  Running running;
  std::string snapshot;
  std::string fault;
};

Folded fold_history(Subject& subject, std::size_t batch, bool replaying) {
  Folded folded{run(subject, forgiving_host()), {}, {}};
  folded.fault = folded.running.error;
  if (!folded.fault.empty()) return folded;
  testing::RawBench& bench = *folded.running.bench;
  bench.set_replaying(replaying);
  folded.fault = fold_all(bench, subject.events(kEvents, 80), batch);
  if (!folded.fault.empty()) return folded;
  fire_timers(bench);
  if (!bench.has_snapshot()) return folded;
  Result<std::string> saved = bench.snapshot();
  if (saved.ok()) {
    folded.snapshot = std::move(saved.value());
  } else {
    folded.fault = "save failed: " + saved.status().message();
  }
  return folded;
}

/// Where two texts begin to differ, for a sentence.
std::string difference(const std::string& a, const std::string& b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at])
    ++at;
  return std::to_string(a.size()) + " and " + std::to_string(b.size()) +
         " bytes, which differ from byte " + std::to_string(at);
}

}  // namespace

Outcome check_same_snapshot(Subject& subject) {
  const Folded one = fold_history(subject, 1, false);
  const Folded many = fold_history(subject, 64, false);
  if (!one.fault.empty() || !many.fault.empty()) return failed(one.fault + many.fault);
  if (!one.running.bench->has_snapshot()) return skipped("it has no souk.snapshot/1");
  if (one.snapshot != many.snapshot) {
    return failed("two instances fold the same events to different snapshots: " +
                  difference(one.snapshot, many.snapshot));
  }
  const Result<std::string> again = many.running.bench->snapshot();
  if (!again.ok() || again.value() != many.snapshot) {
    return failed("one state gives two different snapshots");
  }
  return passed();
}

Outcome check_round_trip(Subject& subject) {
  Folded lived = fold_history(subject, 16, false);
  if (!lived.fault.empty()) return failed(lived.fault);
  testing::RawBench& before = *lived.running.bench;
  if (!before.has_snapshot()) return skipped("it has no souk.snapshot/1");
  testing::RawBench after(subject.entry(), forgiving_host());
  after.host().set_now_us(before.host().now_us());
  after.host().set_timers(before.host().timers());
  if (!after.init(subject.settings()).ok()) return failed("init failed");
  if (Status status = after.restore(lived.snapshot); !status.ok()) {
    return failed("restore refuses what save wrote: " + status.message());
  }
  if (Status status = after.start(); !status.ok())
    return failed("start failed: " + status.message());
  Result<std::string> restored = after.snapshot();
  if (!restored.ok()) return failed("save failed: " + restored.status().message());
  if (restored.value() != lived.snapshot) {
    return failed("save, restore, save: " + difference(lived.snapshot, restored.value()));
  }
  for (testing::RawBench* bench : {&before, &after}) {
    fold_all(*bench, subject.events(kEvents, 81), 16);
    fire_timers(*bench);
  }
  Result<std::string> unbroken = before.snapshot();
  restored = after.snapshot();
  if (!unbroken.ok() || !restored.ok()) return failed("save failed after going on");
  if (unbroken.value() != restored.value()) {
    return failed("after going on, the restored instance differs: " +
                  difference(unbroken.value(), restored.value()));
  }
  return passed();
}

Outcome check_replay_effects(Subject& subject) {
  if (subject.declaration().reads.empty()) return skipped("it reads no events");
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  testing::RawBench& bench = *running.bench;
  bench.set_replaying(true);
  const std::vector<testing::RawEvent> events = subject.events(kEvents, 82);
  static std::string attempted;
  // The attempt itself is refused by the kernel; the fold goes on and the check fails at its end.
  const bool guarded = forbid_effects([](const char* call) {
    if (attempted.empty()) attempted = call;
  });
  const std::string fault = fold_all(bench, events, 16);
  fire_timers(bench);
  if (!fault.empty()) return failed(fault);
  if (!attempted.empty()) {
    return failed("while it folds history it makes the system call " + attempted +
                  ": effects belong into the outbox");
  }
  if (bench.host().misuse().calls_in_replay > 0) {
    return failed("while it folds history it asks other plugins");
  }
  if (!bench.host().published().empty() || !bench.host().effects_enqueued().empty()) {
    return failed("history published or enqueued something");
  }
  return guarded ? passed() : warning("this system cannot watch for system calls");
}

Outcome check_replay_state(Subject& subject) {
  const Folded lived = fold_history(subject, 16, false);
  const Folded replayed = fold_history(subject, 16, true);
  if (!lived.fault.empty() || !replayed.fault.empty()) return failed(lived.fault + replayed.fault);
  if (!lived.running.bench->has_snapshot()) return skipped("it has no souk.snapshot/1");
  if (lived.snapshot != replayed.snapshot) {
    return failed("lived and replayed, the same events give different snapshots: " +
                  difference(lived.snapshot, replayed.snapshot));
  }
  return passed();
}

}  // namespace souk::plugin_check
