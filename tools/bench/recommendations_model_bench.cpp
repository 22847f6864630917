// The recommendation models by themselves: folding, predicting, saving. One thread, no daemon.
//
// The click-stream is made up in the shape of a shop: items by a Zipf law, sessions of five clicks
// on average within a neighbourhood of related items, eight sessions open at a time.
#include <benchmark/benchmark.h>

#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "plugins/recommendations/model/co_purchase.hpp"
#include "plugins/recommendations/model/session_neighbours.hpp"
#include "plugins/recommendations/model/trending.hpp"

namespace souk::recommendations {
namespace {

struct Click {
  std::uint32_t session;
  ItemId item;
};

/// Draws items with P(rank r) ∝ 1 / (r + 10).
class Zipf {
 public:
  explicit Zipf(std::uint32_t items) {
    double sum = 0;
    for (std::uint32_t i = 0; i < items; ++i)
      cumulative_.push_back(sum += 1.0 / (i + 10.0));
  }
  template <class Random>
  ItemId operator()(Random& random) const {
    const double at = std::uniform_real_distribution<double>(0, cumulative_.back())(random);
    return static_cast<ItemId>(std::lower_bound(cumulative_.begin(), cumulative_.end(), at) -
                               cumulative_.begin());
  }

 private:
  std::vector<double> cumulative_;
};

std::vector<Click> make_clicks(std::uint32_t items, std::uint32_t clicks) {
  std::mt19937 random(1);
  const Zipf zipf(items);
  std::vector<Click> out;
  out.reserve(clicks);
  std::array<std::pair<std::uint32_t, ItemId>, 8> open{};
  std::uint32_t sessions = 0;
  for (auto& session : open)
    session = {sessions++, zipf(random)};
  while (out.size() < clicks) {
    auto& session = open[random() % open.size()];
    if (random() % 5 == 0) session = {sessions++, zipf(random)};
    // Related items share a residue: a walk through a shop stays among few hundred of them.
    const ItemId item =
        random() % 4 == 0 ? zipf(random) : (zipf(random) / 64 * 64 + session.second % 64) % items;
    out.push_back({session.first, item});
  }
  return out;
}

const std::vector<Click>& clicks(std::uint32_t items, std::uint32_t count) {
  static std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Click>> made;
  auto& found = made[{items, count}];
  if (found.empty()) found = make_clicks(items, count);
  return found;
}

SessionNeighboursSettings settings_for(std::uint32_t items) {
  SessionNeighboursSettings settings;
  settings.limits.max_items = items;
  return settings;
}

std::unique_ptr<SessionNeighbours> folded(std::uint32_t items, std::uint32_t count) {
  auto model = std::make_unique<SessionNeighbours>(settings_for(items));
  for (const Click& c : clicks(items, count)) {
    model->observe({reinterpret_cast<const char*>(&c.session), sizeof c.session}, c.item, 0);
  }
  return model;
}

void fold_clicks(benchmark::State& state) {
  const auto& all = clicks(100'000, 1'000'000);
  for (auto _ : state) {
    SessionNeighbours model(settings_for(100'000));
    for (const Click& c : all) {
      model.observe({reinterpret_cast<const char*>(&c.session), sizeof c.session}, c.item, 0);
    }
    state.counters["bytes_per_click"] =
        static_cast<double>(model.index().memory_bytes()) / static_cast<double>(all.size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}
BENCHMARK(fold_clicks)->Unit(benchmark::kMillisecond);

// Arguments: items, clicks folded, length of the session asked for. Sessions are taken from the
// stream itself, so that popular items are asked for as often as they are seen.
void predict(benchmark::State& state) {
  const auto items = static_cast<std::uint32_t>(state.range(0));
  const auto count = static_cast<std::uint32_t>(state.range(1));
  const auto length = static_cast<std::size_t>(state.range(2));
  const auto model = folded(items, count);
  std::map<std::uint32_t, std::vector<ItemId>> by_session;
  for (std::size_t i = 0; i < 200'000; ++i) {
    by_session[clicks(items, count)[i].session].push_back(clicks(items, count)[i].item);
  }
  std::vector<std::vector<ItemId>> queries;
  for (auto& [session, held] : by_session) {
    if (held.size() < length) continue;
    held.resize(length);
    queries.push_back(held);
  }
  PredictScratch scratch;
  std::vector<Candidate> out;
  std::size_t next = 0;
  for (auto _ : state) {
    model->predict(queries[next], 20, scratch, out);
    benchmark::DoNotOptimize(out.data());
    if (++next == queries.size()) next = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(predict)
    ->Unit(benchmark::kMicrosecond)
    ->Args({100'000, 1'000'000, 1})
    ->Args({100'000, 1'000'000, 2})
    ->Args({100'000, 1'000'000, 3})
    ->Args({100'000, 1'000'000, 8})
    ->Args({2'000, 1'000'000, 3});

void intern_known_names(benchmark::State& state) {
  ItemDictionary names(100'000);
  std::vector<std::string> all;
  for (int i = 0; i < 100'000; ++i)
    all.push_back("product-" + std::to_string(i));
  for (const std::string& name : all)
    names.intern(name);
  std::mt19937 random(2);
  for (auto _ : state)
    benchmark::DoNotOptimize(names.intern(all[random() % all.size()]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(intern_known_names);

void observe_orders(benchmark::State& state) {
  const Zipf zipf(20'000);
  std::mt19937 random(3);
  std::vector<std::vector<ItemId>> orders(10'000);
  for (auto& order : orders) {
    for (std::int64_t n = 0; n < state.range(0); ++n)
      order.push_back(zipf(random));
  }
  CoPurchase model({.max_items = 20'000});
  std::size_t next = 0;
  for (auto _ : state) {
    model.observe_order(orders[next]);
    if (++next == orders.size()) next = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(observe_orders)->Arg(3)->Arg(25);

void partners_of_an_item(benchmark::State& state) {
  const Zipf zipf(20'000);
  std::mt19937 random(4);
  CoPurchase model({.max_items = 20'000, .min_significance = 0});
  for (int i = 0; i < 100'000; ++i) {
    const ItemId first = zipf(random);
    const std::vector<ItemId> order{first, (first * 7) % 20'000, zipf(random), zipf(random)};
    model.observe_order(order);
  }
  CoPurchaseScratch scratch;
  std::vector<Partner> out;
  for (auto _ : state) {
    const ItemId item = zipf(random);
    model.partners({&item, 1}, 10, scratch, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(partners_of_an_item);

void observe_trends(benchmark::State& state) {
  const auto& all = clicks(100'000, 1'000'000);
  Trending model;
  std::size_t next = 0;
  std::int64_t now = 0;
  for (auto _ : state) {
    const CategoryId category = all[next].item % 500;
    model.observe(all[next].item, {&category, 1}, now += 100'000);
    if (++next == all.size()) next = 0;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(observe_trends);

void save_and_load(benchmark::State& state) {
  const auto model = folded(100'000, 1'000'000);
  for (auto _ : state) {
    BufferSink sink;
    if (!model->save(sink).ok()) state.SkipWithError("save");
    SessionNeighbours other(settings_for(100'000));
    BufferSource source(sink.bytes);
    if (!other.load(source).ok()) state.SkipWithError("load");
    state.counters["MB"] = static_cast<double>(sink.bytes.size()) * 1e-6;
  }
}
BENCHMARK(save_and_load)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace souk::recommendations

BENCHMARK_MAIN();
