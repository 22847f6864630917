// http_load: load on an HTTP server of this machine, and one JSON line about how it went.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "tools/bench/load/load_worker.hpp"

namespace souk::bench {
namespace {

struct Options {
  std::uint16_t port = 0;
  std::string key;
  std::string paths;
  std::string events;
  EventRequestSettings posts;
  unsigned threads = 1;
  unsigned connections = 64;
  unsigned depth = 1;
  double rate = 0;
  double seconds = 5;
  double warmup = 1;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--port", options.port, "Port on 127.0.0.1")->required();
  app.add_option("--key", options.key, "API key");
  auto* paths = app.add_option("--paths", options.paths, "GET the paths of this file, one a line");
  app.add_option("--events", options.events, "Post product views: json or protobuf")
      ->check(CLI::IsMember({"json", "protobuf"}))
      ->excludes(paths);
  app.add_option("--batch", options.posts.batch, "Events in a post")->check(CLI::Range(1, 10'000));
  app.add_option("--post-path", options.posts.path, "Where events are posted");
  EventPopulation& population = options.posts.population;
  app.add_option("--first-shopper", population.first_shopper, "Lowest number of a shopper")
      ->check(CLI::Range(10, 900'000'000));
  app.add_option("--shoppers", population.shoppers, "How many shoppers");
  app.add_option("--first-product", population.first_product, "Lowest number of a product")
      ->check(CLI::Range(10, 900'000'000));
  app.add_option("--products", population.products, "How many products");
  app.add_option("--threads", options.threads, "Threads")->check(CLI::Range(1, 64));
  app.add_option("--connections", options.connections, "Connections in all");
  app.add_option("--depth", options.depth, "Requests under way a connection, closed loop")
      ->check(CLI::Range(1, 1'000));
  app.add_option("--rate", options.rate, "Requests a second, open loop; 0: closed loop");
  app.add_option("--seconds", options.seconds, "How long to measure");
  app.add_option("--warmup", options.warmup, "Seconds before");
}

/// Whether all numbers have as many digits as the first.
bool equally_long(std::uint32_t first, std::uint32_t count) {
  const std::uint64_t last = std::uint64_t{first} + std::max(count, 1u) - 1;
  return std::to_string(first).size() == std::to_string(last).size();
}

Result<std::unique_ptr<RequestSource>> make_source(const Options& options) {
  if (!options.paths.empty()) return make_path_requests(options.paths, "127.0.0.1", options.key);
  EventRequestSettings posts = options.posts;
  const EventPopulation& population = posts.population;
  if (!equally_long(population.first_shopper, population.shoppers) ||
      !equally_long(population.first_product, population.products)) {
    return Status(Code::invalid_argument,
                  "the numbers of shoppers and of products must all have as many digits");
  }
  posts.key = options.key;
  posts.protobuf = options.events == "protobuf";
  posts.run =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  return make_event_requests(posts);
}

/// Runs all workers and merges what they counted.
Result<LoadTally> run_load(const Options& options, const RequestSource& source) {
  LoadPlan plan;
  plan.port = options.port;
  plan.depth = options.rate > 0 ? 1 : options.depth;
  plan.rate = options.rate / options.threads;
  std::vector<std::unique_ptr<LoadWorker>> workers;
  const std::int64_t now = monotonic_ns();
  plan.start_ns = now + static_cast<std::int64_t>(options.warmup * 1e9);
  plan.end_ns = plan.start_ns + static_cast<std::int64_t>(options.seconds * 1e9);
  for (unsigned i = 0; i < options.threads; ++i) {
    // The first workers take what does not divide evenly.
    plan.connections = (options.connections + options.threads - 1 - i) / options.threads;
    plan.seed = i + 1;
    workers.push_back(std::make_unique<LoadWorker>(plan, source));
    if (Status status = workers.back()->open(); !status.ok()) return status;
  }
  std::vector<Status> statuses(workers.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers.size(); ++i)
    threads.emplace_back([&, i] { statuses[i] = workers[i]->run(); });
  for (std::thread& thread : threads)
    thread.join();
  LoadTally tally;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (!statuses[i].ok()) return statuses[i];
    tally.merge(workers[i]->tally());
  }
  return tally;
}

void print(const Options& options, const LoadTally& tally) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  const LatencyHistogram& latencies = tally.latencies;
  std::printf(
      "{\"answers\":%llu,\"answers_per_second\":%.1f,\"events_per_second\":%.1f,"
      "\"accepted\":%llu,\"duplicates\":%llu,\"accepted_in_all\":%llu,\"broken\":%llu,"
      "\"unsent\":%llu,\"body_bytes\":%llu,\"p50_us\":%.1f,\"p90_us\":%.1f,"
      "\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,\"cpu_seconds\":%.2f,"
      "\"statuses\":{",
      static_cast<unsigned long long>(tally.answers),
      static_cast<double>(tally.answers) / options.seconds,
      static_cast<double>(tally.accepted) / options.seconds,
      static_cast<unsigned long long>(tally.accepted),
      static_cast<unsigned long long>(tally.duplicates),
      static_cast<unsigned long long>(tally.accepted_in_all),
      static_cast<unsigned long long>(tally.broken), static_cast<unsigned long long>(tally.unsent),
      static_cast<unsigned long long>(tally.body_bytes), latencies.quantile_us(0.5),
      latencies.quantile_us(0.9), latencies.quantile_us(0.99), latencies.quantile_us(0.999),
      latencies.max_us(), seconds(usage.ru_utime) + seconds(usage.ru_stime));
  const char* comma = "";
  for (std::size_t status = 0; status < tally.statuses.size(); ++status) {
    if (tally.statuses[status] == 0) continue;
    std::printf("%s\"%zu\":%llu", comma, status,
                static_cast<unsigned long long>(tally.statuses[status]));
    comma = ",";
  }
  std::printf("}}\n");
}

int run(int argc, char** argv) {
  CLI::App app("Load on an HTTP server of this machine; prints one JSON line");
  Options options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  if (options.paths.empty() && options.events.empty()) {
    std::fprintf(stderr, "http_load: error: give --paths or --events\n");
    return 2;
  }
  auto source = make_source(options);
  const auto tally = source ? run_load(options, **source) : Result<LoadTally>(source.status());
  if (!tally) {
    std::fprintf(stderr, "http_load: error: %s\n", std::string(tally.status().message()).c_str());
    return 1;
  }
  print(options, *tally);
  return 0;
}

}  // namespace
}  // namespace souk::bench

int main(int argc, char** argv) { return souk::bench::run(argc, argv); }
