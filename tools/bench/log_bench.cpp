// Reading a log of single-event rows, as a quiet store writes them, before and after compaction.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "kernel/log/event_log.hpp"
#include "kernel/log/row_codec.hpp"
#include "souk/v1/event.pb.h"

namespace souk::log {
namespace {

constexpr int kRows = 200'000;
constexpr std::size_t kPieceBytes = 4U << 20U;  // as an instance that replays asks for

[[noreturn]] void give_up(const Status& status) {
  std::cerr << "log_bench: " << status.message() << "\n";
  std::exit(1);
}

std::string view_frame(int number) {
  souk::v1::Event event;
  event.set_id("event-" + std::to_string(1'000'000 + number));
  event.mutable_time()->set_seconds(1'700'000'000 + number);
  event.set_shopper_id("shopper-" + std::to_string(number % 5'000));
  event.set_session_id("session-" + std::to_string(number / 7));
  event.mutable_product_viewed()->set_product_id("product-" + std::to_string(number * 31 % 10'000));
  std::string frame;
  append_frame(frame, event.SerializeAsString());
  return frame;
}

/// The same events twice: in store "tiny" a row each, in store "merged" after compaction.
class Logs {
 public:
  Logs() {
    std::string name = (std::filesystem::temp_directory_path() / "souk-bench-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    storage::DatabaseSettings settings;
    settings.url = "sqlite://" + folder_ + "/souk.db";
    auto database = storage::Database::open(settings);
    if (!database) give_up(database.status());
    database_ = std::move(*database);
    fill("tiny");
    fill("merged");
    EventLogSettings log_settings;
    log_settings.tail_cache_bytes = 0;
    auto log = EventLog::open(*database_, log_settings, base::system_clock(), metrics_);
    if (!log) give_up(log.status());
    log_ = std::move(*log);
    const std::int64_t began = base::system_clock().monotonic_us();
    auto report = log_->compact("merged", kRows);
    if (!report) give_up(report.status());
    seconds_ = static_cast<double>(base::system_clock().monotonic_us() - began) * 1e-6;
  }
  ~Logs() {
    log_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  static Logs& get() {
    static Logs logs;
    return logs;
  }

  std::uint64_t read(const std::string& store) {
    std::uint64_t events = 0;
    for (std::uint64_t from = 1;;) {
      auto batches = log_->read(store, from, kPieceBytes);
      if (!batches) give_up(batches.status());
      if (batches->empty()) return events;
      for (const BatchPtr& batch : *batches)
        events += batch->events().size();
      from = batches->back()->last_sequence() + 1;
    }
  }
  storage::LogBounds bounds(const std::string& store) { return *database_->log_bounds(store); }
  [[nodiscard]] double compaction_seconds() const noexcept { return seconds_; }

 private:
  void fill(const std::string& store) {
    RowEncoder encoder(1);
    for (int number = 0; number < kRows;) {
      auto transaction = database_->begin();
      if (!transaction) give_up(transaction.status());
      for (int i = 0; i < 10'000; ++i, ++number) {
        storage::EventRow row;
        row.store_id = store;
        row.first_sequence = static_cast<std::uint64_t>(number) + 1;
        row.count = 1;
        row.committed_us = 1'700'000'000'000'000 + number * 60'000'000LL;
        std::vector<std::uint32_t> people{static_cast<std::uint32_t>(number % 5'000) + 1};
        encoder.encode(view_frame(number), people, row);
        if (Status status = (*transaction)->append(row); !status) give_up(status);
      }
      if (Status status = (*transaction)->commit(); !status) give_up(status);
    }
  }

  std::string folder_;
  base::Metrics metrics_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<EventLog> log_;
  double seconds_ = 0;
};

void read_log(benchmark::State& state, const std::string& store) {
  Logs& logs = Logs::get();
  std::uint64_t events = 0;
  for (auto _ : state)
    events += logs.read(store);
  const storage::LogBounds bounds = logs.bounds(store);
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
  state.counters["rows"] = static_cast<double>(bounds.rows);
  state.counters["stored_bytes"] = static_cast<double>(bounds.stored_bytes);
}

void ReadTinyRows(benchmark::State& state) { read_log(state, "tiny"); }
void ReadMergedRows(benchmark::State& state) {
  read_log(state, "merged");
  state.counters["compaction_seconds"] = Logs::get().compaction_seconds();
}

BENCHMARK(ReadTinyRows)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(ReadMergedRows)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace souk::log

BENCHMARK_MAIN();
