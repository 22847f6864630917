// Checks of what the world may send: the plugin may refuse it, and must live on.
#include <limits>
#include <random>

#include "tools/plugin_check/checks.hpp"

namespace souk::plugin_check {
namespace {

constexpr std::size_t kHuge = 16 * 1024 * 1024;

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

/// A large field that no message knows, which parsers must skip: number 9999, wire type 2.
std::string huge_unknown_field() {
  std::string bytes = "\xfa\xf0\x04";
  for (std::size_t left = kHuge; left > 0; left >>= 7) {
    bytes += static_cast<char>((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  }
  return bytes + std::string(kHuge, 'x');
}

/// Folds one event of every subscribed type with each of the payloads that `make` gives, one at a
/// time, then shows that the instance still works.
template <class Make>
Outcome fold_payloads(Subject& subject, Make make) {
  if (subject.declaration().reads.empty()) return skipped("it reads no events");
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  for (const testing::RawEvent& valid : subject.events(subject.declaration().reads.size(), 5)) {
    for (std::string& payload : make(valid.payload)) {
      testing::RawEvent event = valid;
      event.payload = std::move(payload);
      const std::string fault = fold_all(*running.bench, {event}, 1);
      if (!fault.empty()) return failed(event.type + ": " + fault);
    }
  }
  const std::string fault = fold_all(*running.bench, subject.events(20, 6), 5);
  if (!fault.empty()) return failed("afterwards: " + fault);
  if (Status status = running.bench->stop(); !status.ok()) {
    return failed("afterwards stop failed: " + status.message());
  }
  return passed();
}

std::vector<std::string> truncations(const std::string& bytes) {
  std::vector<std::string> all;
  for (std::size_t size = 1; size < bytes.size(); size += 1 + bytes.size() / 200) {
    all.push_back(bytes.substr(0, size));
  }
  return all;
}

}  // namespace

Outcome check_valid_events(Subject& subject) {
  if (subject.declaration().reads.empty()) return skipped("it reads no events");
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  const std::string fault = fold_all(*running.bench, subject.events(1000, 2), 32);
  return fault.empty() ? passed() : failed(fault);
}

Outcome check_empty_events(Subject& subject) {
  return fold_payloads(subject, [](const std::string&) { return std::vector<std::string>{""}; });
}

Outcome check_truncated_events(Subject& subject) { return fold_payloads(subject, &truncations); }

Outcome check_random_events(Subject& subject) {
  std::mt19937_64 random(11);
  return fold_payloads(subject, [&](const std::string& valid) {
    std::vector<std::string> payloads;
    for (int i = 0; i < 100; ++i) {
      payloads.push_back(random_bytes(random, 1 + random() % 200));
      std::string damaged = valid;
      for (int n = 0; n < 3 && !damaged.empty(); ++n) {
        damaged[random() % damaged.size()] = static_cast<char>(random());
      }
      payloads.push_back(std::move(damaged));
    }
    return payloads;
  });
}

Outcome check_huge_events(Subject& subject) {
  std::mt19937_64 random(13);
  const std::string unknown = huge_unknown_field();
  const std::string noise = random_bytes(random, kHuge);
  return fold_payloads(subject, [&](const std::string& valid) {
    return std::vector<std::string>{valid + unknown, noise};
  });
}

Outcome check_unknown_events(Subject& subject) {
  if (subject.declaration().reads.empty()) return skipped("it reads no events");
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  const testing::RawEvent unknown{"souk.v9.FromTheFuture", "\x0a\x01x", {}, 999};
  const Status status = running.bench->fold({unknown});
  if (!status.ok())
    return failed("an event that it does not know is an error: " + status.message());
  return passed();
}

Outcome check_clock_jumps(Subject& subject) {
  if (subject.declaration().reads.empty()) return skipped("it reads no events");
  constexpr std::int64_t kYear = 365LL * 24 * 3600 * 1'000'000;
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  testing::RawBench& bench = *running.bench;
  std::uint64_t seed = 20;
  for (const std::int64_t time :
       {std::int64_t{1}, std::int64_t{-kYear}, 120 * kYear,
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    std::vector<testing::RawEvent> events = subject.events(20, ++seed);
    for (testing::RawEvent& event : events)
      event.envelope.time_us = time;
    std::string fault = fold_all(bench, events, 5);
    if (!fault.empty()) return failed(fault);
  }
  // The log's own time stands still, goes on, and leaps.
  for (const std::int64_t leap : {std::int64_t{0}, std::int64_t{1}, kYear, 60 * kYear}) {
    bench.host().set_now_us(bench.host().now_us() + leap);
    std::string fault = fold_all(bench, subject.events(20, ++seed), 5);
    if (!fault.empty()) return failed(fault);
  }
  return passed();
}

Outcome check_back_pressure(Subject& subject) {
  if (subject.declaration().publishes.empty()) return skipped("it publishes nothing");
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  running.bench->host().set_publish_status(SOUK_E_RESOURCE_EXHAUSTED);
  const std::string fault = fold_all(*running.bench, subject.events(500, 30), 16);
  if (!fault.empty()) return failed(fault);
  if (Status status = running.bench->stop(); !status.ok()) {
    return failed("stop failed: " + status.message());
  }
  return passed();
}

namespace {

/// Asks every method each of the requests; each must be answered exactly once.
template <class Make>
Outcome ask_all(Subject& subject, Make make) {
  const auto& methods = subject.declaration().methods;
  if (methods.empty()) return skipped("it answers nothing");
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  testing::RawBench& bench = *running.bench;
  fold_all(bench, subject.events(50, 40), 10);
  for (std::uint32_t method = 0; method < methods.size(); ++method) {
    for (const std::string& request : make(subject.request(methods[method], method))) {
      const testing::Answer answer = bench.ask(method, request);
      if (answer.times == 0) return failed(methods[method] + " was not answered within 5 s");
      if (bench.host().misuse().replies_to_nothing > 0) {
        return failed(methods[method] + " was answered more than once");
      }
    }
  }
  const auto beyond = static_cast<std::uint32_t>(methods.size());
  if (bench.ask(beyond, "").times == 0) {
    return failed("a method that it does not have was not answered");
  }
  return passed();
}

}  // namespace

Outcome check_answered_once(Subject& subject) {
  return ask_all(subject, [](const std::string& valid) {
    return std::vector<std::string>{valid, valid};
  });
}

Outcome check_malformed_requests(Subject& subject) {
  std::mt19937_64 random(17);
  return ask_all(subject, [&](const std::string& valid) {
    std::vector<std::string> requests = truncations(valid);
    requests.emplace_back();
    for (int i = 0; i < 50; ++i)
      requests.push_back(random_bytes(random, random() % 100));
    requests.push_back(valid + huge_unknown_field());
    return requests;
  });
}

Outcome check_malformed_settings(Subject& subject) {
  std::mt19937_64 random(19);
  std::vector<std::string> all = truncations(subject.settings());
  all.emplace_back();
  for (int i = 0; i < 50; ++i)
    all.push_back(random_bytes(random, random() % 100));
  for (const std::string& settings : all) {
    testing::RawBench bench(subject.entry(), forgiving_host());
    static_cast<void>(bench.init(settings));
  }
  // A reload that is refused leaves the instance as it was.
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  static_cast<void>(running.bench->reload("\xff\xff\xff\xff"));
  const std::string fault = fold_all(*running.bench, subject.events(20, 50), 5);
  return fault.empty() ? passed() : failed("after a refused reload: " + fault);
}

Outcome check_damaged_snapshots(Subject& subject) {
  Running running = run(subject, forgiving_host());
  if (!running.error.empty()) return failed(running.error);
  if (!running.bench->has_snapshot()) return skipped("it has no souk.snapshot/1");
  fold_all(*running.bench, subject.events(200, 60), 20);
  const Result<std::string> saved = running.bench->snapshot();
  if (!saved.ok()) return failed("save failed: " + saved.status().message());
  std::mt19937_64 random(23);
  std::vector<std::string> all = truncations(saved.value());
  all.emplace_back();
  for (int i = 0; i < 100; ++i) {
    std::string damaged = saved.value();
    for (int n = 0; n < 3 && !damaged.empty(); ++n) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    all.push_back(std::move(damaged));
    all.push_back(random_bytes(random, random() % 500));
  }
  for (const std::string& bytes : all) {
    testing::RawBench bench(subject.entry(), forgiving_host());
    if (!bench.init(subject.settings()).ok()) return failed("init failed");
    static_cast<void>(bench.restore(bytes));
  }
  return passed();
}

Outcome check_borrowed_memory(Subject& subject) {
  // Every page that was lent becomes inaccessible when the call is over.
  testing::HostKind kind = forgiving_host();
  kind.spoil = testing::Spoil::forbid;
  Running running = run(subject, std::move(kind));
  if (!running.error.empty()) return failed(running.error);
  testing::RawBench& bench = *running.bench;
  const auto& methods = subject.declaration().methods;
  for (std::uint64_t round = 0; round < 5; ++round) {
    fold_all(bench, subject.events(10, 70 + round), 5);
    for (std::uint32_t method = 0; method < methods.size(); ++method) {
      static_cast<void>(bench.ask(method, subject.request(methods[method], round)));
    }
  }
  if (bench.has_snapshot()) static_cast<void>(bench.snapshot());
  if (Status status = bench.stop(); !status.ok()) return failed("stop failed: " + status.message());
  return passed();
}

}  // namespace souk::plugin_check
