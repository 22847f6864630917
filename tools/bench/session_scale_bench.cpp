// The session model at the size of a very large shop: 60 million clicks on 1.7 million items in
// 10 million sessions, the size of the largest set in the Serenade paper (SIGMOD 2022). One thread
// folds and asks; reported are bytes a click, the time of a fold, and percentiles of a prediction.
//
// The stream is made up: items by a Zipf law in neighbourhoods of a few dozen, session lengths
// geometric with a mean of six, 20,000 sessions open at a time.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "plugins/recommendations/model/session_neighbours.hpp"

namespace souk::recommendations {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint32_t kNeighbourhood = 48;
constexpr std::size_t kOpen = 20'000;
constexpr std::size_t kQueries = 20'000;

/// Ranks r with P(r) ∝ 1 / (r + 10), by inversion of the integral: no table.
class Zipf {
 public:
  explicit Zipf(std::uint32_t items)
      : items_(items), low_(std::log(10.0)), span_(std::log(items + 10.0) - low_) {}
  template <class Random>
  std::uint32_t operator()(Random& random) const {
    const double u = std::uniform_real_distribution<double>(0, 1)(random);
    const double rank = std::exp(low_ + u * span_) - 10;
    return std::min(static_cast<std::uint32_t>(std::max(rank, 0.0)), items_ - 1);
  }

 private:
  std::uint32_t items_;
  double low_, span_;
};

struct Stream {
  struct Session {
    std::uint32_t number = 0;
    ItemId first = 0;
    std::vector<ItemId> items;
  };

  explicit Stream(std::uint32_t all) : items(all), zipf(all), open(kOpen) {
    for (Session& session : open)
      begin(session);
  }

  void begin(Session& session) {
    session.number = sessions++;
    session.first = zipf(random);
    session.items.clear();
  }
  /// One click of one of the open sessions.
  std::pair<std::uint32_t, ItemId> next() {
    Session& session = open[random() % kOpen];
    if (!session.items.empty() && random() % 6 == 0) {
      if (session.items.size() > 1 && random() % 64 == 0) keep(session.items);
      begin(session);
    }
    ItemId item = session.first;
    if (!session.items.empty() && random() % 4 == 0)
      item = zipf(random);
    else if (!session.items.empty()) {
      const std::uint32_t base = session.first / kNeighbourhood * kNeighbourhood;
      item = std::min(base + zipf_near(), items - 1);
    }
    session.items.push_back(item);
    return {session.number, item};
  }
  std::uint32_t zipf_near() {
    return std::min(static_cast<std::uint32_t>(random() % kNeighbourhood),
                    static_cast<std::uint32_t>(random() % kNeighbourhood));
  }
  void keep(const std::vector<ItemId>& ended) {
    const std::size_t length = 1 + random() % (ended.size() - 1);
    if (queries.size() < kQueries) {
      queries.emplace_back(ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(length));
    } else {
      queries[random() % kQueries].assign(ended.begin(),
                                          ended.begin() + static_cast<std::ptrdiff_t>(length));
    }
  }

  std::uint32_t items;
  Zipf zipf;
  std::mt19937 random{7};
  std::uint32_t sessions = 0;
  std::vector<Session> open;
  std::vector<std::vector<ItemId>> queries;
};

double percentile(std::vector<double>& times, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(times.size() - 1));
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(at), times.end());
  return times[at];
}

// Arguments: clicks, items.
void serve_at_scale(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  const auto items = static_cast<std::uint32_t>(state.range(1));
  SessionNeighboursSettings settings;
  settings.limits.max_items = items;
  settings.limits.max_sessions = 16'000'000;
  auto model = std::make_unique<SessionNeighbours>(settings);
  Stream stream(items);
  std::vector<std::pair<std::uint32_t, ItemId>> piece(1 << 20);
  double fold_seconds = 0;
  for (std::uint64_t folded = 0; folded < count; folded += piece.size()) {
    for (auto& click : piece)
      click = stream.next();
    const auto start = SteadyClock::now();
    for (const auto& [session, item] : piece)
      model->observe({reinterpret_cast<const char*>(&session), sizeof session}, item, 0);
    fold_seconds += std::chrono::duration<double>(SteadyClock::now() - start).count();
  }
  const double clicks =
      static_cast<double>((count + piece.size() - 1) / piece.size() * piece.size());
  PredictScratch scratch;
  std::vector<Candidate> out;
  std::vector<double> times;
  std::size_t next = 0;
  for (auto _ : state) {
    const auto start = SteadyClock::now();
    model->predict(stream.queries[next], 21, scratch, out);
    const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
    benchmark::DoNotOptimize(out.data());
    state.SetIterationTime(seconds);
    times.push_back(seconds * 1e6);
    if (++next == stream.queries.size()) next = 0;
  }
  state.counters["bytes_per_click"] = static_cast<double>(model->index().memory_bytes()) / clicks;
  state.counters["fold_us"] = fold_seconds * 1e6 / clicks;
  state.counters["sessions"] = stream.sessions;
  state.counters["p50_us"] = percentile(times, 0.50);
  state.counters["p90_us"] = percentile(times, 0.90);
  state.counters["p99_us"] = percentile(times, 0.99);
}
BENCHMARK(serve_at_scale)
    ->Unit(benchmark::kMicrosecond)
    ->UseManualTime()
    ->Iterations(20'000)
    ->Args({6'000'000, 170'000})
    ->Args({60'000'000, 1'700'000});

}  // namespace
}  // namespace souk::recommendations

BENCHMARK_MAIN();
