// Checks of an instance's life, and of hosts that are older or have less than this one.
#include <thread>
#include <vector>

#include "tools/plugin_check/checks.hpp"
#include "tools/plugin_check/process_facts.hpp"

namespace souk::plugin_check {
namespace {

/// One whole life. Returns what went wrong.
std::string live(const Subject& subject, testing::HostKind kind) {
  Running running = run(subject, std::move(kind));
  if (!running.error.empty()) return running.error;
  fold_all(*running.bench, subject.events(20, 1), 5);
  if (Status status = running.bench->stop(); !status.ok())
    return "stop failed: " + status.message();
  running.bench->destroy();
  return {};
}

Outcome outcome(const std::string& fault) { return fault.empty() ? passed() : failed(fault); }

}  // namespace

Outcome check_start_stop(Subject& subject) {
  const std::size_t threads = thread_count();
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  if (Status status = running.bench->stop(); !status.ok()) {
    return failed("stop failed: " + status.message());
  }
  if (thread_count() > threads) return failed("threads of the plugin run after stop()");
  running.bench->destroy();
  return passed();
}

Outcome check_destroy_anytime(Subject& subject) {
  { const testing::RawBench only_created(subject.entry(), forgiving_host()); }
  {
    testing::RawBench initialised(subject.entry(), forgiving_host());
    if (Status status = initialised.init(subject.settings()); !status.ok()) {
      return failed("init failed: " + status.message());
    }
  }
  testing::RawBench refused(subject.entry(), forgiving_host());
  static_cast<void>(refused.init("\xff\xff\xff\xff"));
  return passed();
}

Outcome check_flat(Subject& subject) {
  constexpr int kWarmUp = 100;
  constexpr int kLives = 1000;
  // Less than one small allocation a life is what the allocator itself may keep.
  constexpr std::size_t kBytesALife = 16;
  std::size_t heap = 0;
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  for (int i = 0; i < kWarmUp + kLives; ++i) {
    if (i == kWarmUp) {
      heap = heap_bytes();
      descriptors = descriptor_count();
      threads = thread_count();
    }
    Running running = run(subject, forgiving_host());
    if (!running.error.empty()) return failed(running.error);
    if (Status status = running.bench->stop(); !status.ok()) {
      return failed("stop failed: " + status.message());
    }
  }
  if (descriptor_count() > descriptors) {
    return failed("1,000 instances left " + std::to_string(descriptor_count() - descriptors) +
                  " descriptors open");
  }
  if (thread_count() > threads) return failed("1,000 instances left threads running");
  const std::size_t now = heap_bytes();
  if (now > heap + kLives * kBytesALife) {
    return failed("1,000 instances left " + std::to_string(now - heap) + " bytes behind");
  }
  return passed();
}

Outcome check_concurrent_calls(Subject& subject) {
  const auto& methods = subject.declaration().methods;
  if (methods.empty()) return skipped("it answers nothing");
  constexpr int kCallers = 4;
  constexpr std::uint64_t kCalls = 100;
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  testing::RawBench& bench = *running.bench;
  std::vector<std::vector<std::uint64_t>> asked(kCallers);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    std::vector<std::string> requests;
    for (const std::string& method : methods) {
      requests.push_back(subject.request(method, static_cast<std::uint64_t>(caller)));
    }
    callers.emplace_back([&bench, &handles = asked[static_cast<std::size_t>(caller)],
                          requests = std::move(requests)] {
      for (std::uint64_t n = 0; n < kCalls; ++n) {
        const auto method = static_cast<std::uint32_t>(n % requests.size());
        handles.push_back(bench.begin(method, requests[method]));
        bench.host().run_jobs();
      }
    });
  }
  const std::string fault = fold_all(bench, subject.events(500, 3), 10);
  for (std::thread& caller : callers)
    caller.join();
  if (!fault.empty()) return failed(fault);
  for (const auto& handles : asked) {
    for (const std::uint64_t handle : handles) {
      bench.host().run_jobs();
      if (bench.host().wait_for_answer(handle, std::chrono::seconds(5)).times == 0) {
        return failed("a question asked beside the fold was not answered");
      }
    }
  }
  if (Status status = bench.stop(); !status.ok()) return failed("stop failed: " + status.message());
  return passed();
}

Outcome check_oldest_host(Subject& subject) {
  // Without slack: reading a member that ABI 1.0 does not have is a crash.
  return outcome(live(subject, testing::HostKind{}));
}

Outcome check_without_optional(Subject& subject) {
  const auto& required = subject.declaration().extensions_required;
  for (const char* id : {SOUK_EXT_TIMERS, SOUK_EXT_OUTBOX, SOUK_EXT_JOBS, SOUK_EXT_ENTITIES}) {
    if (std::find(required.begin(), required.end(), id) != required.end()) continue;
    testing::HostKind kind = forgiving_host();
    kind.withheld.insert(id);
    const std::string fault = live(subject, std::move(kind));
    if (!fault.empty()) {
      return failed("without " + std::string(id) + ", which it does not require: " + fault);
    }
  }
  return passed();
}

Outcome check_unknown_ids(Subject& subject) {
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  const souk_plugin* plugin = running.bench->plugin();
  for (const char* id : {"souk.nothing/1", "", "souk.snapshot/999", "souk.timers/", "x"}) {
    if (plugin->get_extension(plugin, id) != nullptr) {
      return failed("get_extension(\"" + std::string(id) + "\") is not NULL");
    }
  }
  return passed();
}

}  // namespace souk::plugin_check
