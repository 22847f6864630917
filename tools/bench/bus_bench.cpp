// The bus: delivery to an in-process handler, replay into a plugin of the C boundary, questions
// between plugins. See README.md for the bars.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "kernel/base/logging.hpp"
#include "kernel/bus/call_router.hpp"
#include "kernel/bus/dispatcher.hpp"
#include "kernel/host/host.hpp"
#include "kernel/log/tests/make_event.hpp"

namespace souk {
namespace {

constexpr int kBatch = 1'000;
constexpr int kEvents = 2'000'000;

/// A store with kEvents product views, made once.
class Store {
 public:
  static Store& get() {
    static Store store;
    return store;
  }
  ~Store() {
    log.reset();
    database.reset();
    std::filesystem::remove_all(folder);
  }

  std::string folder;
  base::Metrics metrics;
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<log::EventLog> log;

  /// Opens the log anew: nothing of it is in memory.
  void reopen() {
    log.reset();
    auto opened = log::EventLog::open(*database, {}, base::system_clock(), metrics);
    if (!opened) std::abort();
    log = std::move(*opened);
    if (!log->add_store("demo").ok()) std::abort();
  }

 private:
  Store() {
    base::configure_logging(base::LogLevel::off, base::LogFormat::text);
    std::string name = (std::filesystem::temp_directory_path() / "souk-bench-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    storage::DatabaseSettings settings;
    settings.url = "sqlite://" + folder + "/souk.db";
    auto opened = storage::Database::open(settings);
    if (!opened) std::abort();
    database = std::move(*opened);
    reopen();
    std::vector<std::future<void>> waiting;
    for (int at = 0; at < kEvents; at += kBatch) {
      log::EncodedEvents events;
      for (int i = at; i < at + kBatch; ++i) {
        log::add(events, log::view_event("e" + std::to_string(i), "s" + std::to_string(i % 50'000),
                                         "p" + std::to_string(i % 10'000)));
      }
      auto done = std::make_shared<std::promise<void>>();
      waiting.push_back(done->get_future());
      log->append("demo", std::move(events),
                  [done](const Result<log::AppendResult>&) { done->set_value(); });
      if (waiting.size() % 32 == 0) waiting.back().wait();
    }
    for (auto& wait : waiting)
      wait.wait();
  }
};

class Nothing final : public bus::Subscriber {
 public:
  Status deliver(std::span<const souk_event* const> events, std::uint32_t& done) override {
    done = static_cast<std::uint32_t>(events.size());
    return {};
  }
  Status fire(const bus::Timer&, const souk_event&) override { return {}; }
  void caught_up() override { reached.set_value(); }
  std::promise<void> reached;
};

/// Events already in memory and decoded, as live ones are, to a handler that does nothing.
class MemoryLog final : public log::EventLog {
 public:
  explicit MemoryLog(std::vector<log::BatchPtr> all) : batches(std::move(all)) {
    for (const auto& batch : batches)
      (void)batch->events();
  }
  Status add_store(std::string_view) override { return {}; }
  void append(std::string_view, log::EncodedEvents, log::AppendDone done) override {
    done(log::AppendResult{});
  }
  void append(std::string_view, log::EncodedEvents, std::optional<log::Effects>,
              log::AppendDone done) override {
    done(log::AppendResult{});
  }
  Result<std::vector<log::BatchPtr>> read(std::string_view store, std::uint64_t from,
                                          std::size_t bytes) override {
    return *read_tail(store, from, bytes);
  }
  std::optional<std::vector<log::BatchPtr>> read_tail(std::string_view, std::uint64_t from,
                                                      std::size_t) override {
    std::vector<log::BatchPtr> found;
    for (auto at = std::partition_point(
             batches.begin(), batches.end(),
             [from](const auto& batch) { return batch->last_sequence() < from; });
         at != batches.end() && found.size() < 16; ++at) {
      found.push_back(*at);
    }
    return found;
  }
  std::uint64_t last_sequence(std::string_view) const override {
    return batches.back()->last_sequence();
  }
  std::uint64_t first_sequence(std::string_view) const override { return 1; }
  std::uint64_t add_listener(log::CommitListener) override { return 1; }
  void remove_listener(std::uint64_t) override {}
  Result<std::uint64_t> apply_retention(std::string_view, const log::Retention&,
                                        std::uint64_t) override {
    return std::uint64_t{1};
  }
  Result<log::CompactionReport> compact(std::string_view, std::size_t) override {
    return log::CompactionReport{};
  }
  Result<std::uint64_t> erase_person(std::string_view, std::string_view) override {
    return std::uint64_t{0};
  }
  Result<log::VerifyReport> verify(std::string_view, const std::function<void(double)>&) override {
    return log::VerifyReport{};
  }
  void close() override {}

  std::vector<log::BatchPtr> batches;
};

void run_cursor(benchmark::State& state, log::EventLog& log) {
  Store& store = Store::get();
  const std::uint64_t last = log.last_sequence("demo");
  for (auto _ : state) {
    bus::Dispatcher dispatcher({}, log, *store.database, base::system_clock(), store.metrics);
    Nothing subscriber;
    bus::CursorSettings settings;
    settings.instance = {"demo", "nothing", ""};
    settings.reads = {"souk.v1.ProductViewed"};
    settings.effects_cursor = last;
    const auto cursor = bus::Cursor::make(dispatcher.services(), settings, subscriber, [] {});
    dispatcher.add(cursor);
    const auto began = std::chrono::steady_clock::now();
    cursor->start(last);
    subscriber.reached.get_future().wait();
    state.SetIterationTime(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    cursor->stop(10'000'000);
    dispatcher.remove(cursor.get());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * last));
}

void BM_DeliverFromMemory(benchmark::State& state) {
  auto batches = Store::get().log->read("demo", 1, 256U << 20U);
  if (!batches) return state.SkipWithError("the log cannot be read");
  MemoryLog memory(std::move(*batches));
  run_cursor(state, memory);
}
BENCHMARK(BM_DeliverFromMemory)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_ReplayFromStorageNoPlugin(benchmark::State& state) {
  Store::get().reopen();
  run_cursor(state, *Store::get().log);
}
BENCHMARK(BM_ReplayFromStorageNoPlugin)->UseManualTime()->Unit(benchmark::kMillisecond);

/// The whole way: database → C boundary → a fold that counts.
void BM_ReplayIntoPlugin(benchmark::State& state) {
  Store& store = Store::get();
  store.reopen();
  auto info = config::read_plugin(std::string(SOUK_TEST_PLUGINS) + "/noop.so");
  if (!info) return state.SkipWithError(info.status().message().c_str());
  config::StoreSettings shop;
  shop.id = "demo";
  shop.plugins.emplace_back();
  shop.plugins[0].id = "noop";
  shop.plugins[0].library = *info;
  for (auto _ : state) {
    auto host =
        host::Host::open({}, *store.log, *store.database, base::system_clock(), store.metrics);
    const auto began = std::chrono::steady_clock::now();
    (*host)->apply({shop});
    (*host)->wait_folded("demo", store.log->last_sequence("demo"), 60'000);
    state.SetIterationTime(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    (*host)->close();
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
}
BENCHMARK(BM_ReplayIntoPlugin)->UseManualTime()->Unit(benchmark::kMillisecond);

class Echo final : public bus::CallTarget {
 public:
  void call(const souk_call* call) override { endpoint->reply(call->handle, SOUK_OK, {}, {}); }
  std::string unavailable_reason() override { return {}; }
  bus::Endpoint* endpoint = nullptr;
};

/// Everything the kernel does for a question and its answer, beside the plugin's own work.
void BM_Call(benchmark::State& state) {
  static Echo* target = new Echo;
  static base::Metrics* metrics = new base::Metrics;
  static bus::Endpoint* endpoint = [] {
    bus::EndpointMetrics figures{metrics->counter("calls", ""), metrics->counter("failures", ""),
                                 metrics->counter("dropped", ""), metrics->counter("slow", ""),
                                 metrics->histogram("seconds", "")};
    static bus::DeadlineWatch deadlines(base::system_clock(),
                                        [](std::int64_t now) { return endpoint->expire(now); });
    return new bus::Endpoint(*target, {}, base::system_clock(), figures, &deadlines);
  }();
  static bus::CallRouter* router = [] {
    target->endpoint = endpoint;
    endpoint->set_serving(true);
    auto* made = new bus::CallRouter(base::system_clock());
    bus::RoutingTable table;
    table["demo"]["souk.v1.Recommendations/Recommend"].store = {endpoint, 0, {}};
    made->publish(std::move(table));
    return made;
  }();
  const std::string request(100, 'q');
  bus::RoutedQuestion question;
  question.store_id = "demo";
  question.method = "souk.v1.Recommendations/Recommend";
  question.request = request;
  question.timeout_us = 1'000'000;
  std::uint64_t answered = 0;
  for (auto _ : state) {
    router->call(question, [&answered](Code code, std::string_view, std::string_view) {
      answered += code == Code::ok ? 1 : 0;
    });
  }
  if (answered != static_cast<std::uint64_t>(state.iterations()))
    state.SkipWithError("a call failed");
}
BENCHMARK(BM_Call)->Threads(1)->Threads(4);

}  // namespace
}  // namespace souk

BENCHMARK_MAIN();
