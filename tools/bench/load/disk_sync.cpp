// disk_sync: how often a second the disk below a folder makes appended bytes durable: the yardstick
// of everything that is acknowledged only when durable. Prints one JSON line.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tools/bench/load/load_worker.hpp"

namespace {

int run(int argc, char** argv) {
  CLI::App app("Appends and fdatasync a second; one JSON line");
  std::string folder;
  std::size_t bytes = 32U << 10U;
  double seconds = 2;
  app.add_option("--folder", folder, "Where the file is made, and removed again")->required();
  app.add_option("--bytes", bytes, "Appended before each sync")->check(CLI::Range(1, 1 << 26));
  app.add_option("--seconds", seconds, "How long to measure");
  CLI11_PARSE(app, argc, argv);
  const std::string path = folder + "/disk_sync.tmp";
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) {
    std::perror(path.c_str());
    return 1;
  }
  unlink(path.c_str());
  const std::string block(bytes, 'x');
  souk::bench::LatencyHistogram latencies;
  const std::int64_t start = souk::bench::monotonic_ns();
  std::int64_t now = start;
  while (static_cast<double>(now - start) < seconds * 1e9) {
    if (write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
        fdatasync(fd) != 0) {
      std::perror(path.c_str());
      return 1;
    }
    const std::int64_t done = souk::bench::monotonic_ns();
    latencies.record(done - now);
    now = done;
  }
  close(fd);
  std::printf("{\"syncs_per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
              static_cast<double>(latencies.total()) * 1e9 / static_cast<double>(now - start),
              latencies.quantile_us(0.5), latencies.quantile_us(0.99));
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
