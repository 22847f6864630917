// What the search plugin holds of memory: a process that has the plugin and nothing else is filled
// with made-up products, batch by batch as the daemon would, jobs included (merges, training), and
// its resident memory is compared with what it was before. What is counted is beyond the products'
// stored records, which hold their text once.
//
// The plugin's own account of it, part by part, stands beside it as its health says it.
//
//   search_memory_bench [--benchmark_filter=memory/100000]
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <souk/ext/health.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "plugins/recommendations/tests/lean_host.hpp"
#include "souk/v1/entity_events.pb.h"
#include "souk/v1/plugin.pb.h"
#include "souk/v1/product.pb.h"
#include "souk/v1/search.pb.h"
#include "tools/bench/search_catalog.hpp"

namespace souk::search::bench {
namespace {

using souk::recommendations::testing::LeanHost;

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kBatchesAJob = 10;

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// The product as an event; adds up the bytes of its record and of its searchable text.
std::string event_of(const Document& document, std::size_t number, double& records, double& texts) {
  souk::v1::ProductUpserted event;
  souk::v1::Product& made = *event.mutable_product();
  made.set_id("p" + std::to_string(number));
  made.set_title(document.text(Field::kTitle).front());
  made.set_brand(document.text(Field::kBrand).front());
  made.mutable_description()->set_plain(document.text(Field::kDescription).front());
  std::size_t text = made.title().size() + made.brand().size() + made.description().plain().size();
  for (const TextValue& value : document.values) {
    if (value.attribute == "categories") {
      made.add_categories()->set_value(value.value);
    } else if (value.attribute != "brand") {
      (*made.mutable_attributes())[value.attribute] = value.value;
    }
    text += value.value.size();
  }
  made.mutable_price_range()->mutable_min()->set_amount(
      std::llround(document.numbers.front().value * 100));
  made.add_media()->set_url("https://shop.example/images/" + made.id() + ".jpg");
  records += static_cast<double>(made.ByteSizeLong());
  texts += static_cast<double>(text);
  return event.SerializeAsString();
}

void show_health(const LeanHost& host) {
  const auto* health = static_cast<const souk_health_v1*>(
      host.plugin()->get_extension(host.plugin(), SOUK_EXT_HEALTH));
  if (health == nullptr) return;
  std::string bytes;
  const auto write = [](void* user, souk_bytes part) {
    static_cast<std::string*>(user)->append(to_view(part));
    return SOUK_OK;
  };
  souk::v1::PluginHealth report;
  if (health->report(host.plugin(), write, &bytes) != SOUK_OK || !report.ParseFromString(bytes))
    return;
  for (const auto& note : report.notes())
    std::cerr << "  " << note.part() << ": " << note.text() << "\n";
}

void memory(benchmark::State& state) {
  const auto products = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    malloc_trim(0);
    const double before = resident_bytes();
    LeanHost host(SOUK_PLUGIN_LIBRARY, {}, true);
    if (!host.ready()) std::abort();
    Catalog catalog;
    const std::uint32_t upserted = host.subscription("souk.v1.ProductUpserted");
    double records = 0;
    double texts = 0;
    double peak = 0;
    const double began = cpu_us();
    std::vector<std::string> payloads;
    std::vector<souk_event> batch;
    for (std::size_t at = 0; at < products; at += kBatch) {
      payloads.clear();
      batch.clear();
      const std::vector<Document> made = catalog.products(kBatch);
      for (std::size_t i = 0; i < kBatch; ++i)
        payloads.push_back(event_of(made[i], at + i, records, texts));
      for (const std::string& payload : payloads)
        batch.push_back(host.event(upserted, payload, {}, {}));
      if (!host.fold(batch)) std::abort();
      if (at / kBatch % kBatchesAJob == kBatchesAJob - 1) host.run_jobs();
      peak = std::max(peak, resident_bytes());
    }
    host.run_jobs();
    state.counters["fill_seconds"] = (cpu_us() - began) / 1e6;
    show_health(host);
    const double filled = resident_bytes();
    std::vector<double> took;
    for (const std::string& text : Catalog(1).questions(2000, true)) {
      souk::v1::SearchRequest request;
      request.set_q(text);
      request.set_limit(10);
      for (const char* attribute : {"brand", "categories", "colour", "material", "size"})
        request.add_facets(attribute);
      const std::string bytes = request.SerializeAsString();
      const double asked = cpu_us();
      benchmark::DoNotOptimize(host.ask("souk.v1.Search/Find", bytes));
      took.push_back(cpu_us() - asked);
    }
    std::sort(took.begin(), took.end());
    state.counters["p50_us"] = took[took.size() / 2];
    state.counters["p99_us"] = took[took.size() * 99 / 100];
    const auto count = static_cast<double>(products);
    // What is allocated; the rest of what is resident is the allocator's, and the library itself.
    const struct mallinfo2 heap = mallinfo2();
    state.counters["allocated_a_product"] =
        static_cast<double>(heap.uordblks + heap.hblkhd) / count;
    state.counters["free_a_product"] = static_cast<double>(heap.fordblks) / count;
    state.counters["resident_a_product"] = (filled - before) / count;
    state.counters["record_a_product"] = records / count;
    state.counters["text_a_product"] = texts / count;
    state.counters["beyond_a_product"] = (filled - before - records) / count;
    state.counters["peak_a_product"] = (peak - before) / count;
  }
}

BENCHMARK(memory)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
}  // namespace souk::search::bench

BENCHMARK_MAIN();
