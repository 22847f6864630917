// The trained models of the recommendations: closed form, factors, a whole training, a prediction.
//
// Each is also given as a share of what this machine's cores can do in products of dense matrices,
// measured in the same run (`BM_Peak`), since absolute figures tell as much of the neighbours on a
// shared machine as of the code. SOUK_BENCH_THREADS sets the threads; without it, one a core.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <random>
#include <thread>

#include "plugins/recommendations/model/implicit_als.hpp"
#include "plugins/recommendations/model/item_linear.hpp"
#include "plugins/recommendations/train/trainer.hpp"

namespace souk::recommendations {
namespace {

unsigned threads() {
  const char* wanted = std::getenv("SOUK_BENCH_THREADS");
  const int number = wanted == nullptr ? 0 : std::atoi(wanted);
  return number > 0 ? static_cast<unsigned>(number)
                    : std::max(1u, std::thread::hardware_concurrency());
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/// Operations a second of all threads on products that stay in their caches.
double peak(Crew& crew) {
  const DenseKernels& kernels = dense_kernels();
  constexpr std::size_t kFloats = kTile * kTile;
  constexpr int kProducts = 60;
  std::vector<AlignedFloats> memory(crew.size());
  for (AlignedFloats& floats : memory)
    floats = AlignedFloats(3 * kFloats);
  const auto start = std::chrono::steady_clock::now();
  crew.each(crew.size(), [&](std::size_t, unsigned member) {
    float* floats = memory[member].data();
    for (int i = 0; i < kProducts; ++i) {
      product(kernels, kTile, kTile, kTile, floats, floats + kFloats, floats + 2 * kFloats, kTile,
              1);
    }
  });
  return kProducts * crew.size() * 2.0 * std::pow(kTile, 3) / seconds_since(start);
}

/// Wall and processor time of `work`, with `operations` a share of the peak.
template <class Work>
void measure(benchmark::State& state, Crew& crew, double operations, const Work& work) {
  const double most = peak(crew);
  double cpu = 0, wall = 0;
  for ([[maybe_unused]] auto round : state) {
    const double before = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    work();
    wall += seconds_since(start);
    cpu += cpu_seconds() - before;
  }
  const auto rounds = static_cast<double>(state.iterations());
  state.counters["cpu_s"] = cpu / rounds;
  state.counters["cpu_s_a_thread"] = cpu / rounds / crew.size();
  state.counters["gflops"] = operations * rounds / wall / 1e9;
  state.counters["of_peak"] = operations * rounds / wall / most;
  state.SetLabel(std::string(dense_kernels().name) + ", " + std::to_string(crew.size()) +
                 " threads");
}

/// `people` with `cells / people` items on average, items by a Zipf law of exponent ¾.
TrainingData made_up(std::uint32_t people, std::uint32_t items, double cells) {
  std::mt19937 random(1);
  std::vector<double> sums;
  double sum = 0;
  for (std::uint32_t item = 0; item < items; ++item)
    sums.push_back(sum += std::pow(item + 20.0, -0.75));
  std::uniform_real_distribution<double> draw(0, sum);
  std::exponential_distribution<double> size(static_cast<double>(people) / cells);
  TrainingData data;
  for (std::uint32_t item = 0; item < items; ++item)
    data.items.push_back(item);
  std::vector<std::uint32_t> mine;
  for (std::uint32_t person = 0; person < people; ++person) {
    mine.clear();
    const auto count = static_cast<std::size_t>(std::clamp(size(random), 1.0, 1'000.0));
    for (std::size_t i = 0; i < count; ++i) {
      mine.push_back(static_cast<std::uint32_t>(
          std::lower_bound(sums.begin(), sums.end() - 1, draw(random)) - sums.begin()));
    }
    std::sort(mine.begin(), mine.end());
    mine.erase(std::unique(mine.begin(), mine.end()), mine.end());
    data.people.columns.insert(data.people.columns.end(), mine.begin(), mine.end());
    data.people.begins.push_back(static_cast<std::uint32_t>(data.people.columns.size()));
  }
  data.people.values.assign(data.people.columns.size(), 1.0f);
  data.trust.assign(people, 1.0f);
  return data;
}

void BM_Peak(benchmark::State& state) {
  Crew crew(threads());
  double most = 0;
  for ([[maybe_unused]] auto round : state)
    most = std::max(most, peak(crew));
  state.counters["gflops"] = most / 1e9;
}
BENCHMARK(BM_Peak)->Iterations(3)->Unit(benchmark::kMillisecond)->UseRealTime();

/// A fit with given parameters: Gram matrix, inverse, and the largest 256 weights of each item.
void BM_ClosedForm(benchmark::State& state) {
  const auto items = static_cast<std::uint32_t>(state.range(0));
  const TrainingData data = made_up(items * 5, items, items * 250.0);
  Crew crew(threads());
  measure(state, crew, std::pow(items, 3), [&] {
    benchmark::DoNotOptimize(fit_item_linear(data, {.l2 = 100, .dropout_ratio = 0.2}, 256, crew));
  });
  state.counters["memory_mib"] =
      static_cast<double>(bytes_to_fit(items, data.cells(), 256)) / (1 << 20);
}
BENCHMARK(BM_ClosedForm)
    ->Arg(4'000)
    ->Arg(20'000)
    ->Iterations(1)
    ->Unit(benchmark::kSecond)
    ->UseRealTime();

void BM_ChoiceOfParameters(benchmark::State& state) {
  const TrainingData data = made_up(20'000, 4'000, 1e6);
  Crew crew(threads());
  for ([[maybe_unused]] auto round : state)
    benchmark::DoNotOptimize(choose_item_linear(data, 2'000, crew).ndcg);
}
BENCHMARK(BM_ChoiceOfParameters)->Iterations(1)->Unit(benchmark::kSecond)->UseRealTime();

/// People given items, then items given people.
void BM_AlsIteration(benchmark::State& state) {
  const TrainingData data = made_up(136'677, 20'720, 1.06e7);
  const SparseRows items = transposed(data.people, data.columns());
  ImplicitAls als(data.people, items, {.factors = 256});
  Crew crew(threads());
  als.iterate(crew);
  const auto cells = static_cast<double>(data.cells());
  // Two gatherings of 4 and one of 2 operations a factor and cell, for both sides.
  measure(state, crew, cells * 256 * 10 * 2, [&] { als.iterate(crew); });
  state.counters["cells"] = cells;
}
BENCHMARK(BM_AlsIteration)->Iterations(2)->Unit(benchmark::kSecond)->UseRealTime();

/// 10 million interactions of 100,000 people and 50,000 items.
void fill_store(Interactions& store) {
  const TrainingData data = made_up(100'000, 50'000, 1.09e7);
  for (std::uint32_t person = 0; person < data.people.rows(); ++person) {
    for (const std::uint32_t item : data.people.row(person))
      store.observe(person * 0x9E3779B97F4A7C15ull, item, Interest::view);
  }
}

/// From interactions to what is served: 10 million of 100,000 people and 50,000 items.
void BM_Training(benchmark::State& state) {
  Interactions store(12'000'000);
  fill_store(store);
  TrainingLimits limits;
  limits.threads = threads();
  // Factors, unless asked otherwise: the closed form of the head is the other benchmark.
  limits.share_for_closed_form = 1.1;
  const double before = cpu_seconds();
  for ([[maybe_unused]] auto round : state) {
    const auto model = train(store, limits, nullptr, nullptr, nullptr);
    if (!model) return state.SkipWithError(model.status().message().c_str());
    state.SetLabel(std::string(name_of((*model)->method)));
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["interactions"] = static_cast<double>(store.size());
  state.counters["cpu_s"] = cpu_seconds() - before;
  state.counters["process_peak_mib"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
BENCHMARK(BM_Training)->Iterations(1)->Unit(benchmark::kSecond)->UseRealTime();

/// How long a training of 10 million interactions goes on after it is told to end, wherever it is:
/// the longest of sixteen moments of it.
void BM_CancelledTraining(benchmark::State& state) {
  constexpr int kMoments = 16;
  Interactions store(12'000'000);
  fill_store(store);
  TrainingLimits limits;
  limits.threads = threads();
  limits.budget_s = 20;
  limits.share_for_closed_form = state.range(0) == 0 ? 1.1 : 0;
  double longest = 0, at = 0;
  for ([[maybe_unused]] auto round : state) {
    for (int moment = 0; moment < kMoments; ++moment) {
      const double end_s = 0.05 + 0.6 * moment;
      const auto start = std::chrono::steady_clock::now();
      const auto model = train(
          store, limits, nullptr, [&] { return seconds_since(start) > end_s; }, nullptr);
      const double late = seconds_since(start) - end_s;
      if (model || late <= longest) continue;
      longest = late;
      at = end_s;
    }
  }
  state.counters["longest_ms"] = longest * 1'000;
  state.counters["at_s"] = at;
}
BENCHMARK(BM_CancelledTraining)
    ->Arg(0)  // factors
    ->Arg(1)  // closed form
    ->Iterations(1)
    ->Unit(benchmark::kSecond)
    ->UseRealTime();

/// The 100 best of 20,000 items for a history of so many, 256 weights an item.
void BM_Predict(benchmark::State& state) {
  constexpr std::uint32_t kItems = 20'000;
  std::vector<ItemId> ids(kItems);
  for (std::uint32_t item = 0; item < kItems; ++item)
    ids[item] = item;
  ItemWeights weights(ids, 256);
  std::mt19937 random(2);
  std::vector<float> row(kItems);
  for (std::uint32_t item = 0; item < kItems; ++item) {
    // Popular items, which come first, have larger weights towards them.
    std::fill(row.begin(), row.end(), 0.0f);
    for (int i = 0; i < 400; ++i) {
      const double at = std::pow(static_cast<double>(random() % 10'000) / 10'000, 3);
      row[static_cast<std::size_t>(at * (kItems - 1))] =
          static_cast<float>((1 - at) * static_cast<double>(random() % 1'000) / 1'000);
    }
    weights.set_row(item, row);
  }
  std::vector<ItemId> history;
  ItemWeightsScratch scratch;
  std::vector<Candidate> out;
  for ([[maybe_unused]] auto round : state) {
    history.clear();
    for (std::int64_t i = 0; i < state.range(0); ++i)
      history.push_back(static_cast<ItemId>(random() % kItems));
    weights.predict(history, 100, scratch, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_Predict)->Arg(5)->Arg(50)->Arg(200)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace souk::recommendations

BENCHMARK_MAIN();
