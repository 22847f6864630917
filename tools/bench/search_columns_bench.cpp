// Filters, facets and sorts of the search plugin over one segment: no text, no plugin, one thread.
//
// The catalog is made up in the shape of a shop: 500 brands and 200 categories by a Zipf law, three
// levels of categories, colours and sizes of which a product has several, prices with cents, and
// 100 attributes that a hundredth of the products have. `found` is the share of it that a question
// finds.
#include <benchmark/benchmark.h>

#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "plugins/search/model/distinct.hpp"
#include "plugins/search/model/document.hpp"
#include "plugins/search/model/filter_evaluation.hpp"

namespace souk::search {
namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}
std::size_t zipf(Random& random, std::size_t end) {  // P(r) ∝ 1 / (r + 1), near enough
  const double at = std::uniform_real_distribution<>(0, 1)(random);
  return static_cast<std::size_t>(std::pow(static_cast<double>(end), at)) - 1;
}

Document product(std::size_t n, Random& random) {
  Document made;
  made.id = "product-" + std::to_string(n);
  made.group = "group-" + std::to_string(n / 3);
  const auto text = [&](const char* attribute, const std::string& value) {
    made.values.push_back({attribute, value});
  };
  text("brand", "Brand " + std::to_string(zipf(random, 500)));
  const std::size_t category = zipf(random, 200);
  text("categories", "Top " + std::to_string(category % 8) + " > Middle " +
                         std::to_string(category % 40) + " > Leaf " + std::to_string(category));
  text("attributes.colour", "colour " + std::to_string(zipf(random, 24)));
  for (std::size_t i = 1 + below(random, 4); i > 0; --i)
    text("options.size", "size " + std::to_string(below(random, 30)));
  if (below(random, 3) == 0) text("tags", "tag " + std::to_string(zipf(random, 300)));
  text(("attributes.rare" + std::to_string(below(random, 100))).c_str(),
       "value " + std::to_string(below(random, 20)));
  made.numbers.push_back(
      {"price",
       std::round(std::exp(2 + 0.01 * static_cast<double>(below(random, 400))) * 100) / 100});
  made.numbers.push_back({"rating", static_cast<double>(below(random, 41)) / 10 + 1});
  made.numbers.push_back({"created_at", 1.7e9 + static_cast<double>(below(random, 30'000'000))});
  return made;
}

struct Shop {
  explicit Shop(std::size_t products) : all(static_cast<std::uint32_t>(products), true) {
    Random random(7);
    std::vector<Document> documents;
    documents.reserve(products);
    for (std::size_t i = 0; i < products; ++i)
      documents.push_back(product(i, random));
    columns = Columns::build(documents);
  }
  Columns columns;
  DocSet all;
};

const Shop& shop(std::int64_t products) {
  static std::map<std::int64_t, std::unique_ptr<Shop>> shops;
  auto& made = shops[products];
  if (!made) made = std::make_unique<Shop>(static_cast<std::size_t>(products));
  return *made;
}

/// Every so many documents at random: what a question finds.
DocSet found_in(const Shop& shop, std::int64_t matches) {
  Random random(11);
  if (matches >= shop.all.size()) return shop.all;
  DocSet found(shop.all.size());
  while (found.count() < static_cast<std::uint32_t>(matches)) {
    for (std::int64_t i = std::max<std::int64_t>(1, (matches - found.count()) / 2); i > 0; --i)
      found.add(static_cast<DocId>(below(random, shop.all.size())));
  }
  return found;
}

void build(benchmark::State& state) {
  Random random(7);
  std::vector<Document> documents;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    documents.push_back(product(static_cast<std::size_t>(i), random));
  std::size_t bytes = 0;
  for (auto _ : state)
    bytes = Columns::build(documents).memory_bytes();
  state.counters["bytes_a_product"] =
      static_cast<double>(bytes) / static_cast<double>(state.range(0));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void facets(benchmark::State& state) {
  const Shop& made = shop(state.range(0));
  const DocSet docs = found_in(made, state.range(1));
  const std::vector<FoundIn> found{{{&made.columns}, &docs, docs.count()}};
  FacetScratch scratch;
  Facet out;
  for (auto _ : state) {
    for (const char* attribute :
         {"brand", "categories", "attributes.colour", "options.size", "price"}) {
      FacetRequest request{.attribute = attribute};
      request.limit = 20;
      count_facet(request, found, scratch, out);
      benchmark::DoNotOptimize(out);
    }
  }
}

void filters(benchmark::State& state, const char* text) {
  const Shop& made = shop(state.range(0));
  const Filter filter = *parse_filter(text, "filters");
  DocSet out;
  for (auto _ : state) {
    SegmentFilter(filter, {&made.columns}, 1.73e9).evaluate(made.all, out);
    benchmark::DoNotOptimize(out);
  }
  state.counters["found"] = out.count();
}

void parse(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(parse_filter(
        "brand = \"Brand 3\" AND (price < 80 OR category: \"Top 1 > Middle 9\") AND NOT tag = x",
        "filters"));
}

void sort(benchmark::State& state, const char* by) {
  const Shop& made = shop(state.range(0));
  const DocSet docs = found_in(made, state.range(1));
  const std::vector<FoundIn> found{{{&made.columns}, &docs, docs.count()}};
  const SortRequest request = *parse_sort(by, "sort");
  std::vector<DocRef> out;
  for (auto _ : state) {
    sort_found(request, found, 0, 20, out);
    benchmark::DoNotOptimize(out);
  }
}

void disjunctive(benchmark::State& state) {
  const Shop& made = shop(state.range(0));
  const Filter filter = *parse_filter(
      "(brand = \"Brand 3\" OR brand = \"Brand 4\") AND size = \"size 4\" AND price < 80",
      "filters");
  const std::vector<std::string> attributes{"brand", "size", "price"};
  DocSet all;
  std::vector<DocSet> without;
  for (auto _ : state) {
    SegmentFilter(filter, {&made.columns}, 1.73e9)
        .evaluate_without(made.all, attributes, all, without);
    benchmark::DoNotOptimize(without);
  }
}

void groups(benchmark::State& state) {
  const Shop& made = shop(state.range(0));
  const DocSet docs = found_in(made, state.range(1));
  const std::vector<FoundIn> found{{{&made.columns}, &docs, docs.count()}};
  GroupTally tally;
  for (auto _ : state)
    benchmark::DoNotOptimize(tally_groups(found, 1, tally));
}

constexpr std::int64_t kShop = 100'000, kLarge = 1'000'000;
BENCHMARK(build)->Arg(kShop)->Unit(benchmark::kMillisecond);
BENCHMARK(parse);
BENCHMARK(facets)
    ->ArgNames({"products", "found"})
    ->ArgsProduct({{kShop}, {100, 1'000, 5'000, 20'000, 50'000, 90'000, kShop}})
    ->ArgsProduct({{kLarge}, {1'000, 50'000, 500'000, kLarge}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(filters, brand, "brand = \"Brand 3\"")->Arg(kShop)->Arg(kLarge);
BENCHMARK_CAPTURE(filters, range, "price: 20 TO 80")->Arg(kShop)->Arg(kLarge);
BENCHMARK_CAPTURE(filters, five,
                  "brand IN (\"Brand 1\", \"Brand 2\") AND category: \"Top 1\" AND price < 80 AND "
                  "rating >= 3 AND NOT size = \"size 4\"")
    ->Arg(kShop)
    ->Arg(kLarge);
BENCHMARK(disjunctive)->Arg(kShop)->Arg(kLarge);
BENCHMARK_CAPTURE(sort, price, "price asc")
    ->ArgsProduct({{kShop, kLarge}, {1'000, 50'000}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(sort, rating_price, "rating desc, price asc")
    ->ArgsProduct({{kShop, kLarge}, {1'000, 50'000}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(groups)->ArgsProduct({{kShop}, {1'000, 50'000}})->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace souk::search

BENCHMARK_MAIN();
