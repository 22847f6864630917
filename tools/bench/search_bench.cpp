// Search: the text engine with typing errors forgiven and five facets counted, beside Xapian and
// SQLite FTS5, which do neither, on the same 100,000 products and questions in the same run; and
// the hardest question there is, one letter, over a million products. One thread. All three take
// the last word as the beginning of one, and ask for all words.
#include <benchmark/benchmark.h>
#include <sqlite3.h>
#include <xapian.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <span>

#include "plugins/search/model/columns.hpp"
#include "plugins/search/model/facets.hpp"
#include "plugins/search/model/text_index.hpp"
#include "plugins/search/model/text_search.hpp"
#include "tools/bench/search_catalog.hpp"

namespace souk::search::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kProducts = 100'000;
constexpr std::size_t kQuestions = 2'000;
constexpr std::size_t kTop = 10;

double microseconds(SteadyClock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

/// Percentiles of single questions, as counters.
class Latencies {
 public:
  void add(SteadyClock::duration duration) { all_.push_back(microseconds(duration)); }
  void report(benchmark::State& state) {
    if (all_.empty()) return;
    std::sort(all_.begin(), all_.end());
    state.counters["p50_us"] = all_[all_.size() / 2];
    state.counters["p99_us"] = all_[all_.size() * 99 / 100];
    double sum = 0;
    for (const double one : all_)
      sum += one;
    state.counters["qps"] = 1e6 * static_cast<double>(all_.size()) / sum;
  }

 private:
  std::vector<double> all_;
};

/// The catalog, and what each engine makes of it; made when it is first asked for.
struct Shop {
  explicit Shop(std::size_t count) : products(catalog.products(count)) {
    const auto begin = SteadyClock::now();
    text = TextIndex::build(products, {});
    build_seconds = microseconds(SteadyClock::now() - begin) / 1e6;
  }
  Catalog catalog;
  std::vector<Document> products;
  std::shared_ptr<const TextIndex> text;
  double build_seconds = 0;
};

Shop& shop() {
  static Shop made(kProducts);
  return made;
}

const std::vector<std::string>& questions(bool typos) {
  static const std::vector<std::string> clean = Catalog(1).questions(kQuestions, false);
  static const std::vector<std::string> mistyped = Catalog(1).questions(kQuestions, true);
  return typos ? mistyped : clean;
}

/// Asks everything once an iteration.
void ask_text(benchmark::State& state, const TextIndex& index, const Columns* columns,
              const std::vector<std::string>& asked, Relaxation relaxation) {
  TextSearcher searcher;
  TextScratch scratch;
  TextResult result;
  TextQuery query;
  query.top = kTop;
  query.relaxation = relaxation;
  FacetScratch facets;
  Facet facet;
  std::vector<FacetRequest> wanted;
  for (const char* attribute : {"brand", "categories", "colour", "material", "size"})
    wanted.push_back({.attribute = attribute, .limit = 10});
  const SegmentText segment{&index, nullptr};
  Latencies latencies;
  std::uint64_t found = 0;
  for (auto _ : state) {
    for (const std::string& text : asked) {
      const auto begin = SteadyClock::now();
      read_query(text, query);
      searcher.search({&segment, 1}, query, scratch, result);
      if (columns != nullptr) {
        const FoundIn matches{
            {columns}, result.matches.data(), static_cast<std::uint32_t>(result.total)};
        for (const FacetRequest& request : wanted)
          count_facet(request, {&matches, 1}, facets, facet);
      }
      latencies.add(SteadyClock::now() - begin);
      found += result.top.empty() ? 0 : 1;
    }
  }
  state.counters["answered"] =
      static_cast<double>(found) / static_cast<double>(state.iterations() * asked.size());
  latencies.report(state);
}

void Souk100kTyposFacets(benchmark::State& state) {
  static const Columns columns = Columns::build(shop().products);
  ask_text(state, *shop().text, &columns, questions(true), Relaxation::kMost);
  state.counters["build_seconds"] = shop().build_seconds;
  state.counters["bytes_a_product"] =
      static_cast<double>(shop().text->memory_bytes()) / static_cast<double>(kProducts);
}

void Souk100kText(benchmark::State& state) {
  ask_text(state, *shop().text, nullptr, questions(false), Relaxation::kNone);
}

void Souk1MLetter(benchmark::State& state) {
  static Shop large(1'000'000);
  std::vector<std::string> letters;
  for (char letter = 'a'; letter <= 'z'; ++letter)
    letters.emplace_back(1, letter);
  ask_text(state, *large.text, nullptr, letters, Relaxation::kMost);
  state.counters["build_seconds"] = large.build_seconds;
  state.counters["bytes_a_product"] = static_cast<double>(large.text->memory_bytes()) / 1e6;
}

std::string all_text(const Document& document) {
  std::string text;
  for (const auto& texts : document.texts) {
    for (const std::string& one : texts)
      text += one + " ";
  }
  return text;
}

void Xapian100k(benchmark::State& state) {
  static const auto database = [] {
    Xapian::WritableDatabase made(std::string(), Xapian::DB_BACKEND_INMEMORY);
    Xapian::TermGenerator generator;
    generator.set_stemmer(Xapian::Stem("en"));
    for (const Document& product : shop().products) {
      Xapian::Document document;
      generator.set_document(document);
      generator.index_text(product.text(Field::kTitle).front(), 3);
      generator.index_text(all_text(product));
      made.add_document(document);
    }
    return made;
  }();
  Latencies latencies;
  for (auto _ : state) {
    for (const std::string& text : questions(false)) {
      const auto begin = SteadyClock::now();
      Xapian::QueryParser parser;
      parser.set_stemmer(Xapian::Stem("en"));
      parser.set_stemming_strategy(Xapian::QueryParser::STEM_SOME);
      parser.set_default_op(Xapian::Query::OP_AND);
      parser.set_database(database);  // for the words that the last one begins
      Xapian::Enquire enquire(database);
      enquire.set_query(parser.parse_query(
          text, Xapian::QueryParser::FLAG_DEFAULT | Xapian::QueryParser::FLAG_PARTIAL));
      benchmark::DoNotOptimize(enquire.get_mset(0, kTop).size());
      latencies.add(SteadyClock::now() - begin);
    }
  }
  latencies.report(state);
}

struct SqliteClose {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};

std::unique_ptr<sqlite3, SqliteClose> fts5() {
  sqlite3* database = nullptr;
  sqlite3_open(":memory:", &database);
  sqlite3_exec(
      database,
      "CREATE VIRTUAL TABLE product USING fts5(title, body, tokenize='porter', prefix='1 2 3')",
      nullptr, nullptr, nullptr);
  sqlite3_exec(database, "BEGIN", nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, "INSERT INTO product VALUES (?, ?)", -1, &insert, nullptr);
  for (const Document& product : shop().products) {
    sqlite3_bind_text(insert, 1, product.text(Field::kTitle).front().c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(insert, 2, all_text(product).c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_step(insert);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  sqlite3_exec(database, "COMMIT; INSERT INTO product(product) VALUES('optimize')", nullptr,
               nullptr, nullptr);
  return std::unique_ptr<sqlite3, SqliteClose>(database);
}

void SqliteFts5100k(benchmark::State& state) {
  static const auto database = fts5();
  sqlite3_stmt* select = nullptr;
  sqlite3_prepare_v2(database.get(),
                     "SELECT rowid FROM product WHERE product MATCH ? "
                     "ORDER BY bm25(product, 3.0, 1.0) LIMIT 10",
                     -1, &select, nullptr);
  Latencies latencies;
  for (auto _ : state) {
    for (const std::string& text : questions(false)) {
      const auto begin = SteadyClock::now();
      sqlite3_bind_text(select, 1, (text + "*").c_str(), -1, SQLITE_TRANSIENT);
      int rows = 0;
      while (sqlite3_step(select) == SQLITE_ROW)
        ++rows;
      sqlite3_reset(select);
      benchmark::DoNotOptimize(rows);
      latencies.add(SteadyClock::now() - begin);
    }
  }
  latencies.report(state);
  sqlite3_finalize(select);
}

BENCHMARK(Souk100kTyposFacets)->Unit(benchmark::kMillisecond)->Iterations(5);
BENCHMARK(Souk100kText)->Unit(benchmark::kMillisecond)->Iterations(40);
BENCHMARK(Xapian100k)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(SqliteFts5100k)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(Souk1MLetter)->Unit(benchmark::kMillisecond)->Iterations(20);

}  // namespace
}  // namespace souk::search::bench

BENCHMARK_MAIN();
