// What a message costs: the abandoned cart with six products, compiled once, rendered per message.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "plugins/email/template/default_templates.hpp"
#include "plugins/email/template/text_of.hpp"

namespace {

using namespace souk::email;

std::string sample_json() {
  std::ifstream file(EMAIL_TEMPLATE_SAMPLE, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

CompileOptions cart_options() {
  CompileOptions options;
  options.loader = default_loader();
  options.known = &context_variables();
  options.translations = &default_translations();
  return options;
}

Template cart_template() {
  auto made = Template::compile("abandoned_cart.html", *default_file("abandoned_cart.html"),
                                cart_options());
  if (!made.ok()) std::abort();
  return std::move(made).value();
}

RenderOptions cart_rendering(ValueArena& scratch) {
  RenderOptions options;
  options.locale = "de";
  options.currency = "EUR";
  options.translations = &default_translations();
  options.scratch = &scratch;
  return options;
}

void BM_RenderCart(benchmark::State& state) {
  const Template cart = cart_template();
  ValueArena arena, scratch;
  const auto context = parse_json(sample_json(), arena);
  const RenderOptions options = cart_rendering(scratch);
  std::string out;
  for (auto _ : state) {
    if (!cart.render(*context, options, out).ok()) std::abort();
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RenderCart)->Threads(1)->Threads(4)->UseRealTime();

void BM_BuildContextAndRender(benchmark::State& state) {
  const Template cart = cart_template();
  const std::string json = sample_json();
  ValueArena arena, scratch;
  const RenderOptions options = cart_rendering(scratch);
  std::string out;
  for (auto _ : state) {
    arena.reset();
    const auto context = parse_json(json, arena);
    if (!cart.render(*context, options, out).ok()) std::abort();
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_BuildContextAndRender);

void BM_TextOfCart(benchmark::State& state) {
  const Template cart = cart_template();
  ValueArena arena, scratch;
  const auto context = parse_json(sample_json(), arena);
  std::string out;
  if (!cart.render(*context, cart_rendering(scratch), out).ok()) std::abort();
  for (auto _ : state)
    benchmark::DoNotOptimize(text_of(out).size());
}
BENCHMARK(BM_TextOfCart);

void BM_CompileCart(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(cart_template());
}
BENCHMARK(BM_CompileCart);

}  // namespace

BENCHMARK_MAIN();
