// The search plugin through its function table, as the daemon calls it: bytes of a request in,
// bytes of an answer out; everything between is in it, reading the request, ranking by behaviour
// and person, marks, the products themselves. 100,000 made-up products, 200,000 queries that
// shoppers asked before. One thread; each question is timed by the CPU's clock of the thread, so
// that neighbours on the machine do not count.
//
// Its jobs run too, so segments are merged and what words mean is learned, as in a shop that has
// been open for an hour. SOUK_SEARCH_PLUGIN names another build of the plugin, to ask two in turns.
//
//   search_answers_bench [--benchmark_filter=…]
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <ctime>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/recommendations/tests/lean_host.hpp"
#include "souk/v1/algolia.pb.h"
#include "souk/v1/commerce.pb.h"
#include "souk/v1/entity_events.pb.h"
#include "souk/v1/product.pb.h"
#include "souk/v1/search.pb.h"
#include "tools/bench/search_catalog.hpp"

namespace souk::search::bench {
namespace {

using souk::recommendations::testing::LeanHost;

constexpr std::size_t kProducts = 100'000;
constexpr std::size_t kQuestions = 2'000;
constexpr std::size_t kQueries = 200'000;
constexpr std::size_t kSearches = 600'000;

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void report(std::vector<double>& all, benchmark::State& state) {
  if (all.empty()) return;
  std::sort(all.begin(), all.end());
  state.counters["p50_us"] = all[all.size() / 2];
  state.counters["p99_us"] = all[all.size() * 99 / 100];
  double sum = 0;
  for (const double one : all)
    sum += one;
  state.counters["qps"] = 1e6 * static_cast<double>(all.size()) / sum;
}

std::string plugin_library() {
  const char* other = std::getenv("SOUK_SEARCH_PLUGIN");
  return other != nullptr ? other : SOUK_PLUGIN_LIBRARY;
}

souk::v1::Product product_of(const Document& document) {
  souk::v1::Product made;
  made.set_id(document.id);
  made.set_title(document.text(Field::kTitle).front());
  made.set_brand(document.text(Field::kBrand).front());
  made.mutable_description()->set_plain(document.text(Field::kDescription).front());
  for (const TextValue& value : document.values) {
    if (value.attribute == "categories") {
      made.add_categories()->set_value(value.value);
    } else if (value.attribute != "brand") {
      (*made.mutable_attributes())[value.attribute] = value.value;
    }
  }
  made.mutable_price_range()->mutable_min()->set_amount(
      std::llround(document.numbers.front().value * 100));
  made.add_media()->set_url("https://shop.example/images/" + document.id + ".jpg");
  return made;
}

/// The shop behind the plugin's table, filled once.
class Shop {
 public:
  Shop() : host_(plugin_library(), {}, true) {
    if (!host_.ready()) std::abort();
    Catalog catalog;
    const double began = cpu_us();
    const std::uint32_t upserted = host_.subscription("souk.v1.ProductUpserted");
    souk::v1::ProductUpserted event;
    for (const Document& document : catalog.products(kProducts)) {
      *event.mutable_product() = product_of(document);
      add(upserted, event.SerializeAsString(), {});
    }
    fold();
    fill_seconds_ = (cpu_us() - began) / 1e6;
    host_.run_jobs();
    const std::vector<std::string> asked = Catalog(1).questions(kQueries, false);
    std::mt19937 random(5);
    souk::v1::ProductsSearched searched;
    souk::v1::ProductClicked clicked;
    const std::uint32_t searches = host_.subscription("souk.v1.ProductsSearched");
    const std::uint32_t clicks = host_.subscription("souk.v1.ProductClicked");
    for (std::size_t i = 0; i < kSearches; ++i) {
      const double u = static_cast<double>(random()) / 4294967296.0;
      const auto rank = i < kQueries ? i : static_cast<std::size_t>(std::pow(kQueries, u)) - 1;
      searched.Clear();
      searched.set_query(asked[std::min(rank, kQueries - 1)]);
      searched.set_query_id("q" + std::to_string(i));
      searched.set_results(20);
      const std::string shopper = "shopper-" + std::to_string(random() % 50'000);
      add(searches, searched.SerializeAsString(), shopper);
      if (i % 3 != 0) continue;
      clicked.set_query_id(searched.query_id());
      clicked.set_product_id("p" + std::to_string(random() % kProducts));
      clicked.set_position(1 + static_cast<int>(random() % 10));
      add(clicks, clicked.SerializeAsString(), shopper);
    }
    const double asking = cpu_us();
    const auto events = static_cast<double>(events_.size());
    fold();
    fold_us_ = (cpu_us() - asking) / events;
    host_.run_jobs();
    malloc_trim(0);
  }

  [[nodiscard]] double fill_seconds() const { return fill_seconds_; }
  /// Of a search or a click.
  [[nodiscard]] double fold_us() const { return fold_us_; }
  std::string_view ask(const char* method, std::string_view request) {
    return host_.ask(method, request);
  }

 private:
  struct Made {
    std::uint32_t subscription;
    std::string payload, shopper;
  };
  void add(std::uint32_t subscription, std::string payload, std::string shopper) {
    events_.push_back({subscription, std::move(payload), std::move(shopper)});
  }
  void fold() {
    constexpr std::size_t kBatch = 1000;
    std::vector<souk_event> batch;
    for (std::size_t at = 0; at < events_.size(); at += kBatch) {
      batch.clear();
      for (std::size_t i = at; i < std::min(at + kBatch, events_.size()); ++i)
        batch.push_back(
            host_.event(events_[i].subscription, events_[i].payload, events_[i].shopper, {}));
      if (!host_.fold(batch)) std::abort();
    }
    events_.clear();
  }

  LeanHost host_;
  std::vector<Made> events_;
  double fill_seconds_ = 0;
  double fold_us_ = 0;
};

Shop& shop() {
  static Shop made;
  return made;
}

/// Asks everything once an iteration; with `fresh`, an equal share of it in each, so that nothing
/// is asked twice but for a tenth before it is measured.
void ask_all(benchmark::State& state, const char* method, const std::vector<std::string>& requests,
             bool fresh = false) {
  Shop& asked = shop();
  for (std::size_t i = 0; i < requests.size(); i += 10)
    benchmark::DoNotOptimize(asked.ask(method, requests[i]));
  std::vector<double> all;
  std::uint64_t bytes = 0;
  const std::size_t share =
      fresh ? requests.size() / static_cast<std::size_t>(state.max_iterations) : requests.size();
  std::size_t at = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < share; ++i, ++at) {
      const std::string& request = requests[at % requests.size()];
      const double began = cpu_us();
      const std::string_view reply = asked.ask(method, request);
      all.push_back(cpu_us() - began);
      if (reply.empty()) state.SkipWithError("no answer");
      bytes += reply.size();
    }
  }
  state.counters["reply_bytes"] = static_cast<double>(bytes) / static_cast<double>(all.size());
  report(all, state);
}

constexpr const char* kFind = "souk.v1.Search/Find";

std::vector<std::string> requests_of(const std::vector<std::string>& questions, bool shopper,
                                     bool lean) {
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    souk::v1::SearchRequest request;
    request.set_q(questions[i]);
    request.set_limit(10);
    request.set_max_values(10);
    for (const char* attribute : {"brand", "categories", "colour", "material", "size"})
      request.add_facets(attribute);
    if (shopper) request.set_shopper_id("shopper-" + std::to_string(i * 17 % 50'000));
    for (const char* field : {"title", "url", "price_range"}) {
      if (lean) request.add_fields(field);
    }
    requests.push_back(request.SerializeAsString());
  }
  return requests;
}

/// The questions of `search`, then those whose answers are many; every fourth of both mistyped.
const std::vector<std::string>& mixed() {
  static const auto made = Catalog(1).questions(5 * kQuestions, true);
  return made;
}
const std::vector<std::string>& broad() {
  static const auto made = Catalog(1).broad_questions(kQuestions, true);
  return made;
}

void answers(benchmark::State& state) {
  ask_all(state, kFind, requests_of(mixed(), false, false), true);
  state.counters["fill_seconds"] = shop().fill_seconds();
  state.counters["fold_us"] = shop().fold_us();
}
void answers_again(benchmark::State& state) {
  ask_all(state, kFind, requests_of({mixed().begin(), mixed().begin() + kQuestions}, false, false));
}
void answers_broad(benchmark::State& state) {
  ask_all(state, kFind, requests_of(broad(), false, false));
}
void answers_shopper(benchmark::State& state) {
  ask_all(state, kFind, requests_of(mixed(), true, false), true);
}
void answers_broad_lean(benchmark::State& state) {
  ask_all(state, kFind, requests_of(broad(), true, true));
}

void letters(benchmark::State& state) {
  std::vector<std::string> asked;
  for (char letter = 'a'; letter <= 'z'; ++letter)
    asked.emplace_back(1, letter);
  ask_all(state, kFind, requests_of(asked, false, false));
}

void deep_page(benchmark::State& state) {
  std::vector<std::string> requests;
  for (const std::string& text : broad()) {
    souk::v1::SearchRequest request;
    request.set_q(text);
    request.set_limit(20);
    request.set_page(requests.size() % 10 == 0 ? 1'000'000'000 : 200);
    requests.push_back(request.SerializeAsString());
    if (requests.size() == 200) break;
  }
  ask_all(state, kFind, requests);
}

void suggest(benchmark::State& state) {
  std::vector<std::string> requests;
  for (const std::string& text : Catalog(1).questions(500, false)) {
    for (std::size_t letters = 1; letters <= text.size() && letters <= 8; letters += 2) {
      souk::v1::SuggestRequest request;
      request.set_q(text.substr(0, letters));
      requests.push_back(request.SerializeAsString());
    }
  }
  ask_all(state, "souk.v1.Search/Suggest", requests);
}

void analytics(benchmark::State& state) {
  souk::v1::SearchAnalyticsRequest request;
  ask_all(state, "souk.v1.Search/Analytics", {request.SerializeAsString()});
}

/// Ways to narrow down, as Algolia's clients write them, with the attributes they are of.
struct Choice {
  std::string attribute;
  std::string filters;  ///< one element of facetFilters, or of numericFilters
};

/// Half of what is left by each, of sizes, colours, materials, brands and prices.
std::vector<Choice> made_choices() {
  std::vector<Choice> made = {{"size", {}}, {"material", {}}, {"colour", {}}, {"brand", {}}};
  std::map<std::string, std::map<std::string, int>> counts;
  for (const Document& document : Catalog(1).products(2'000)) {
    for (const TextValue& value : document.values)
      ++counts[value.attribute][value.value];
  }
  for (Choice& choice : made) {
    std::vector<std::pair<int, std::string>> values;
    for (const auto& [value, count] : counts[choice.attribute])
      values.emplace_back(count, value);
    std::sort(values.rbegin(), values.rend());
    int taken = 0;
    for (const auto& [count, value] : values) {
      if (taken >= 1'000) break;
      taken += count;
      choice.filters += (choice.filters.empty() ? "[\"" : ",\"") + choice.attribute + ":" + value;
      choice.filters += '"';
    }
    choice.filters += ']';
  }
  made.push_back({"price", "\"price>=100\""});
  return made;
}

/// The members that say which of `choices` hold; `without` is left out.
std::string chosen(const std::vector<Choice>& choices, std::string_view without) {
  std::string texts;
  std::string numbers;
  for (const Choice& choice : choices) {
    if (choice.attribute == without) continue;
    std::string& all = choice.attribute == "price" ? numbers : texts;
    all += (all.empty() ? "" : ",") + choice.filters;
  }
  return R"(,"facetFilters":[)" + texts + R"(],"numericFilters":[)" + numbers + "]";
}

/// What a page of 16 widgets asks at a key press: the hits with all facets, and once more for each
/// facet that has a choice, without it. The argument: how many have one.
void key_press(benchmark::State& state) {
  std::vector<Choice> choices = made_choices();
  choices.resize(static_cast<std::size_t>(state.range(0)));
  std::vector<std::string> requests;
  for (const std::string& text : broad()) {
    const std::string head = R"({"indexName":"products","query":")" + text + "\"";
    std::string searches =
        head + R"(,"facets":["brand","categories.lvl0","colour","material","size","price"],)" +
        R"("maxValuesPerFacet":20,"hitsPerPage":16)" + chosen(choices, {}) + "}";
    for (const Choice& choice : choices) {
      searches += "," + head + R"(,"hitsPerPage":0,"attributesToRetrieve":[],"facets":")" +
                  choice.attribute + '"' + chosen(choices, choice.attribute) + "}";
    }
    souk::v1::AlgoliaRequest request;
    request.mutable_body()->set_data(R"({"requests":[)" + searches + "]}");
    requests.push_back(request.SerializeAsString());
    if (requests.size() == 400) break;
  }
  ask_all(state, "souk.v1.AlgoliaSearch/Queries", requests);
}

/// 2,000 products with 500 tags each that no other has.
void million_values(benchmark::State& state) {
  static const auto host = [] {
    auto made = std::make_unique<LeanHost>(SOUK_PLUGIN_LIBRARY);
    const std::uint32_t upserted = made->subscription("souk.v1.ProductUpserted");
    souk::v1::ProductUpserted event;
    std::vector<std::string> payloads;
    for (int number = 0; number < 2'000; ++number) {
      auto& product = *event.mutable_product();
      product.Clear();
      product.set_id("p" + std::to_string(number));
      product.set_title("Thing " + std::to_string(number));
      for (int tag = 0; tag < 500; ++tag)
        product.add_tags("tag" + std::to_string(number * 500 + tag));
      payloads.push_back(event.SerializeAsString());
    }
    std::vector<souk_event> batch;
    for (const std::string& payload : payloads)
      batch.push_back(made->event(upserted, payload, {}, {}));
    if (!made->fold(batch)) std::abort();
    return made;
  }();
  souk::v1::SearchRequest request;
  request.set_q("thing");
  request.add_facets("tags");
  request.set_max_values(10);
  const std::string bytes = request.SerializeAsString();
  std::vector<double> all;
  for (auto _ : state) {
    const double began = cpu_us();
    benchmark::DoNotOptimize(host->ask(kFind, bytes));
    all.push_back(cpu_us() - began);
  }
  report(all, state);
}

BENCHMARK(answers)->Unit(benchmark::kMillisecond)->Iterations(5);
BENCHMARK(answers_again)->Unit(benchmark::kMillisecond)->Iterations(5);
BENCHMARK(answers_broad)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(answers_shopper)->Unit(benchmark::kMillisecond)->Iterations(5);
BENCHMARK(answers_broad_lean)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(letters)->Unit(benchmark::kMillisecond)->Iterations(10);
BENCHMARK(deep_page)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(suggest)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(analytics)->Unit(benchmark::kMillisecond)->Iterations(20);
BENCHMARK(million_values)->Unit(benchmark::kMillisecond)->Iterations(20);
BENCHMARK(key_press)->Arg(0)->Arg(1)->Arg(3)->Arg(5)->Unit(benchmark::kMillisecond)->Iterations(2);

}  // namespace
}  // namespace souk::search::bench

BENCHMARK_MAIN();
