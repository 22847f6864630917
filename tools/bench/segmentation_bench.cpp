// The segmentation plugin through its function table, as the daemon calls it. A million made-up
// shoppers, ten million deeds, fifty segments (the ready ones and a merchant's own): the cost of
// folding one deed, of a profile, of the preview of a segment, of fitting the models, and memory.
// One thread, its CPU's clock. Needs 2 GB and about three minutes.
//
//   segmentation_bench [--benchmark_filter=…]     SOUK_BENCH_PEOPLE sets the shoppers
#include <benchmark/benchmark.h>
#include <ctime>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "plugins/recommendations/tests/lean_host.hpp"
#include "plugins/segmentation/model/discovered.hpp"
#include "souk/v1/commerce.pb.h"
#include "souk/v1/orders.pb.h"
#include "souk/v1/segmentation.pb.h"

namespace souk::segmentation::bench {
namespace {

using souk::recommendations::testing::LeanHost;

constexpr std::size_t kDeedsEach = 10;
constexpr std::size_t kBatch = 512;
constexpr std::int64_t kDayUs = 86'400'000'000;

std::size_t people() {
  const char* wanted = std::getenv("SOUK_BENCH_PEOPLE");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1'000'000;
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * 4096 / (1 << 20);
}

/// A length-delimited field of Protobuf's wire format; values are shorter than 16 KiB.
std::string field(unsigned number, const std::string& value) {
  std::string out(1, static_cast<char>((number << 3U) | 2U));
  if (value.size() > 127) {
    out += static_cast<char>((value.size() & 127U) | 128U);
    out += static_cast<char>(value.size() >> 7U);
  } else {
    out += static_cast<char>(value.size());
  }
  return out + value;
}

/// Twenty-seven of a merchant's own beside the ready ones: the map `segments` of the settings.
std::string settings() {
  std::string made;
  for (int i = 0; i < 27; ++i) {
    const std::string when = "count(productViewed where category = \"C" + std::to_string(i) +
                             "\", 30d) >= 2 and orders < " + std::to_string(i + 1);
    made += field(1, field(1, "own" + std::to_string(i)) + field(2, field(1, when)));
  }
  return made;
}

class Shop {
 public:
  Shop() : host_(SOUK_PLUGIN_LIBRARY, settings()), before_mib_(resident_mib()) {
    if (!host_.ready()) std::abort();
    std::mt19937_64 random(11);
    const std::size_t count = people();
    for (std::size_t i = 0; i < count; ++i)
      ids_.push_back("shopper-" + std::to_string(i));
    host_.now_us = 1'800'000'000'000'000 - 90 * kDayUs;
    std::vector<souk_event> batch;
    payloads_.resize(kBatch);
    const std::size_t deeds = count * kDeedsEach;
    const std::int64_t step = 90 * kDayUs / static_cast<std::int64_t>(deeds + 1);
    for (std::size_t done = 0; done < deeds; done += batch.size()) {
      batch.clear();
      const double began = cpu_us();
      while (batch.size() < kBatch && done + batch.size() < deeds)
        add(batch, random, step);
      const double made = cpu_us();
      if (!host_.fold(batch)) std::abort();
      making_us_ += made - began;
      folds_.push_back((cpu_us() - made) / static_cast<double>(batch.size()));
    }
    std::sort(folds_.begin(), folds_.end());
    memory_mib_ = resident_mib() - before_mib_;
  }

  LeanHost& host() { return host_; }
  [[nodiscard]] const std::string& id(std::size_t at) const { return ids_[at % ids_.size()]; }
  void report(benchmark::State& state) const {
    double sum = 0;
    for (const double fold : folds_)
      sum += fold;
    state.counters["fold_us_median_of_batches"] = folds_[folds_.size() / 2];
    state.counters["fold_us_p99_of_batches"] = folds_[folds_.size() * 99 / 100];
    state.counters["fold_us_mean"] = sum / static_cast<double>(folds_.size());
    state.counters["memory_mib"] = memory_mib_;
    state.counters["people"] = static_cast<double>(ids_.size());
  }

 private:
  void add(std::vector<souk_event>& batch, std::mt19937_64& random, std::int64_t step) {
    const std::string& who = ids_[random() % ids_.size()];
    host_.now_us += step;
    std::string& payload = payloads_[batch.size()];
    const bool order = random() % 12 == 0;
    if (order) {
      order_.set_order_id("o" + std::to_string(random()));
      order_.set_subtotal(5 + static_cast<double>(random() % 200));
      order_.SerializeToString(&payload);
    } else {
      view_.set_product_id("p" + std::to_string(random() % 50'000));
      view_.set_category("C" + std::to_string(random() % 40) + " > D" +
                         std::to_string(random() % 10));
      view_.set_price(20);
      view_.SerializeToString(&payload);
    }
    batch.push_back(host_.event(order ? ordered_ : viewed_, payload, who, {}));
  }

  LeanHost host_;
  double before_mib_;
  std::uint32_t viewed_ = host_.subscription("souk.v1.ProductViewed");
  std::uint32_t ordered_ = host_.subscription("souk.v1.OrderCompleted");
  souk::v1::ProductViewed view_;
  souk::v1::OrderCompleted order_;
  std::vector<std::string> ids_;
  std::vector<std::string> payloads_;
  std::vector<double> folds_;
  double making_us_ = 0;
  double memory_mib_ = 0;
};

Shop& shop() {
  static Shop made;
  return made;
}

void fold(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(&shop());
  shop().report(state);
}
BENCHMARK(fold)->Iterations(1)->Unit(benchmark::kSecond);

void profile(benchmark::State& state) {
  std::vector<double> times;
  souk::v1::ProfileRequest request;
  for (auto _ : state) {
    request.set_id(shop().id(times.size() * 7919));
    const std::string bytes = request.SerializeAsString();
    const double began = cpu_us();
    benchmark::DoNotOptimize(shop().host().ask("souk.v1.Segmentation/Profile", bytes));
    times.push_back(cpu_us() - began);
  }
  std::sort(times.begin(), times.end());
  state.counters["p50_us"] = times[times.size() / 2];
  state.counters["p99_us"] = times[times.size() * 99 / 100];
}
BENCHMARK(profile)->Iterations(20'000);

void preview(benchmark::State& state) {
  souk::v1::PreviewRequest request;
  request.set_when("count(productViewed where category = \"C3\", 30d) >= 2 and last_order > 20d");
  const std::string bytes = request.SerializeAsString();
  souk::v1::PreviewReply reply;
  for (auto _ : state)
    reply.ParseFromString(std::string(shop().host().ask("souk.v1.Segmentation/Preview", bytes)));
  state.counters["size"] = static_cast<double>(reply.size());
}
BENCHMARK(preview)->Unit(benchmark::kMillisecond);

/// The page, counted for the first question and as it is asked for again.
void report(benchmark::State& state) {
  const std::string bytes = souk::v1::ReportRequest().SerializeAsString();
  LeanHost& host = shop().host();  // filled before the clock starts
  std::vector<double> times;
  for (auto _ : state) {
    const double began = cpu_us();
    benchmark::DoNotOptimize(host.ask("souk.v1.Segmentation/Report", bytes));
    times.push_back(cpu_us() - began);
  }
  state.counters["first_ms"] = times.front() / 1e3;
  std::sort(times.begin(), times.end());
  state.counters["again_p50_ms"] = times[times.size() / 2] / 1e3;
}
BENCHMARK(report)->Iterations(50);

void fit(benchmark::State& state) {
  souk::v1::PredictValueRequest request;
  request.add_ids(shop().id(1));
  request.set_fit(true);
  const std::string bytes = request.SerializeAsString();
  for (auto _ : state)
    benchmark::DoNotOptimize(shop().host().ask("souk.v1.Segmentation/PredictValue", bytes));
}
BENCHMARK(fit)->Unit(benchmark::kMillisecond);

/// The mathematics of discovered segments alone: of a million customers 160,000 are looked at and
/// 20,000 learned from.
void discover(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise;
  std::vector<BehaviourValues> customers(160'000);
  for (BehaviourValues& customer : customers) {
    const std::size_t kind = random() % 5;
    for (std::size_t i = 0; i < kBehaviours; ++i)
      customer[i] = noise(random) + (i % 5 == kind ? 2.0 : 0.0);
  }
  for (auto _ : state) {
    const DiscoveredGroups found = DiscoveredGroups::learn(customers, {}, nullptr);
    state.counters["groups"] = static_cast<double>(found.groups().size());
  }
}
BENCHMARK(discover)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace souk::segmentation::bench

BENCHMARK_MAIN();
