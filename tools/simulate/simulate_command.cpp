#include "tools/simulate/simulate_command.hpp"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include "tools/simulate/figures.hpp"
#include "tools/simulate/ground_truth.hpp"
#include "tools/simulate/simulation.hpp"

namespace souk::simulate {
namespace {

constexpr std::size_t kBuffer = 1U << 20;

bool ends_in_gz(const std::string& path) {
  return path.size() > 3 && path.compare(path.size() - 3, 3, ".gz") == 0;
}

/// A plain or compressed file, buffered. The first failure is kept; later writes do nothing.
class Output {
 public:
  static Result<std::unique_ptr<Output>> open(const std::string& path) {
    std::unique_ptr<Output> output(new Output(path));
    if (path.empty() || path == "-") {
      output->plain_ = stdout;
    } else if (ends_in_gz(path)) {
      // Level 1: events compress eightfold already, and writing stays as fast as simulating.
      output->packed_ = gzopen(path.c_str(), "wb1");
      if (output->packed_ != nullptr) gzbuffer(output->packed_, kBuffer);
    } else {
      output->plain_ = std::fopen(path.c_str(), "wb");
      if (output->plain_ != nullptr) std::setvbuf(output->plain_, nullptr, _IOFBF, kBuffer);
    }
    if (output->plain_ == nullptr && output->packed_ == nullptr) {
      return Status(Code::unavailable, "cannot write " + path + ": " + std::strerror(errno));
    }
    return output;
  }

  ~Output() { static_cast<void>(close()); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text) {
    if (failed_) return;
    if (packed_ != nullptr) {
      const auto size = static_cast<unsigned>(text.size());
      failed_ = gzwrite(packed_, text.data(), size) != static_cast<int>(size);
    } else {
      failed_ = std::fwrite(text.data(), 1, text.size(), plain_) != text.size();
    }
  }

  Status close() {
    if (packed_ != nullptr) failed_ |= gzclose(packed_) != Z_OK;
    if (plain_ == stdout) {
      failed_ |= std::fflush(plain_) != 0;
    } else if (plain_ != nullptr) {
      failed_ |= std::fclose(plain_) != 0;
    }
    packed_ = nullptr;
    plain_ = nullptr;
    if (failed_)
      return {Code::unavailable, "cannot write all of " + path_ + ": " + std::strerror(errno)};
    return {};
  }

 private:
  explicit Output(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::FILE* plain_ = nullptr;
  gzFile packed_ = nullptr;
  bool failed_ = false;
};

/// Progress on standard error: a bar that redraws itself, or ten plain lines.
class Progress {
 public:
  explicit Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

  void show(int day, int days, std::uint64_t events) {
    const int percent = days > 0 ? 100 * day / days : 100;
    const int unit = terminal_ ? percent : percent / 10;
    if (quiet_ || unit == shown_) return;
    shown_ = unit;
    const auto count = static_cast<unsigned long long>(events);
    if (!terminal_) {
      std::fprintf(stderr, "simulate: day %d of %d, %llu events\n", day, days, count);
      return;
    }
    char bar[41];
    std::memset(bar, ' ', 40);
    std::memset(bar, '=', static_cast<std::size_t>(percent * 40 / 100));
    bar[40] = '\0';
    std::fprintf(stderr, "\r[%s] %3d %%  day %d of %d, %llu events", bar, percent, day, days,
                 count);
    if (percent == 100) std::fputc('\n', stderr);
  }

  void summary(const Simulation& simulation, double seconds) const {
    if (quiet_) return;
    for (const Figure& figure : figures(simulation)) {
      const std::string name(figure.name);
      const std::string unit(figure.unit);
      std::fprintf(stderr, "  %-36s %12.*f %s", name.c_str(), figure.ranged() ? 2 : 0, figure.value,
                   unit.c_str());
      if (figure.ranged())
        std::fprintf(stderr, "  (real shops: %g to %g)", figure.low, figure.high);
      std::fputc('\n', stderr);
    }
    std::fprintf(stderr, "simulate: %llu events in %.1f s\n",
                 static_cast<unsigned long long>(simulation.events()), seconds);
  }

 private:
  bool quiet_;
  bool terminal_;
  int shown_ = -1;
};

}  // namespace

std::string truth_path(const std::string& output) {
  const std::string stem = ends_in_gz(output) ? output.substr(0, output.size() - 3) : output;
  return stem + ".truth.json";
}

Status simulate(const SimulateOptions& options) {
  auto simulation = Simulation::create(options.settings);
  if (!simulation) return simulation.status();
  auto output = Output::open(options.output);
  if (!output) return output.status();
  std::unique_ptr<GroundTruth> truth;
  const bool to_file = !options.output.empty() && options.output != "-";
  if (to_file) {
    auto made = GroundTruth::create();
    if (!made) return made.status();
    truth = std::move(*made);
    (*simulation)->set_truth(truth.get());
  }
  Progress progress(options.quiet);
  const auto start = std::chrono::steady_clock::now();
  (*simulation)
      ->run_days(
          static_cast<int>(options.settings.days),
          [&](std::string_view line) { (*output)->write(line); },
          [&](int day, int days, std::uint64_t events) { progress.show(day, days, events); });
  if (const Status status = (*output)->close(); !status.ok()) return status;
  if (truth != nullptr) {
    (*simulation)->flush_truth();
    const Status status = truth->write(**simulation, truth_path(options.output));
    if (!status.ok()) return status;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  progress.summary(**simulation, seconds.count());
  return {};
}

int simulate_command(const SimulateOptions& options) {
  const Status status = simulate(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "souk simulate: %s\n", status.message().c_str());
  return 1;
}

}  // namespace souk::simulate
