#include "tools/souk/evaluate/trail_evaluation.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <numeric>
#include <thread>

#include "souk/v1/event.pb.h"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

constexpr std::uint32_t kProductViewed = souk::v1::Event::kProductViewedFieldNumber;
constexpr std::int64_t kTrailStartUs = 1'704'067'200LL * 1'000'000;  // 2024-01-01
constexpr std::int64_t kTrailSecondUs = 1'000'000;
constexpr std::size_t kTrailPiece = 16'384;

struct Click {
  std::int64_t time_us = 0;
  std::uint32_t trail = 0;
  std::uint32_t at = 0;
};

}  // namespace

Result<std::uint64_t> feed_views(PluginRunner& plugin, const std::vector<Trail>& trails,
                                 bool quiet) {
  std::vector<Click> clicks;
  for (std::size_t trail = 0; trail < trails.size(); ++trail) {
    for (std::size_t at = 0; at < trails[trail].items.size(); ++at) {
      const bool timed = !trails[trail].time_us.empty();
      const std::int64_t time_us =
          timed ? trails[trail].time_us[at]
                : kTrailStartUs + static_cast<std::int64_t>(clicks.size()) * kTrailSecondUs;
      clicks.push_back(
          {time_us, static_cast<std::uint32_t>(trail), static_cast<std::uint32_t>(at)});
    }
  }
  std::stable_sort(clicks.begin(), clicks.end(),
                   [](const Click& a, const Click& b) { return a.time_us < b.time_us; });
  ProgressBar bar("learning", "events", quiet);
  std::vector<FedEvent> events;
  souk::v1::ProductViewed view;
  for (std::size_t begin = 0; begin < clicks.size(); begin += kTrailPiece) {
    const std::size_t end = std::min(begin + kTrailPiece, clicks.size());
    events.resize(end - begin);
    for (std::size_t at = begin; at < end; ++at) {
      const Trail& trail = trails[clicks[at].trail];
      FedEvent& event = events[at - begin];
      event.payload_field = kProductViewed;
      event.time_us = clicks[at].time_us;
      event.session_id = trail.id;
      event.shopper_id = trail.id;
      view.set_product_id(trail.items[clicks[at].at]);
      view.SerializeToString(&event.payload);
    }
    if (Status status = plugin.feed(events); !status.ok()) return status;
    bar.show(static_cast<double>(end) / static_cast<double>(clicks.size()), end);
  }
  bar.finish(clicks.size());
  return clicks.size();
}

Status for_all(std::size_t count, unsigned threads, const std::string& title, bool quiet,
               const std::function<Status(std::size_t)>& work) {
  ProgressBar bar(title, "sessions", quiet);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Status failure;
  const auto run = [&] {
    for (std::size_t at = next++; at < count; at = next++) {
      if (Status status = work(at); !status.ok()) {
        const std::lock_guard lock(mutex);
        if (failure.ok()) failure = std::move(status);
        next = count;
        return;
      }
      if (at % 64 == 0) bar.show(static_cast<double>(at) / static_cast<double>(count), at);
    }
  };
  const unsigned wanted =
      threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> helpers;
  for (unsigned i = 1; i < wanted; ++i)
    helpers.emplace_back(run);
  run();
  for (std::thread& helper : helpers)
    helper.join();
  if (failure.ok()) bar.finish(count);
  return failure;
}

Result<souk::v1::RecommendReply> recommend(PluginRunner& plugin, std::uint32_t method,
                                           const souk::v1::RecommendRequest& request) {
  const auto bytes = plugin.ask(method, request.SerializeAsString());
  if (!bytes) return bytes.status();
  souk::v1::RecommendReply reply;
  if (!reply.ParseFromString(*bytes)) {
    return Status(Code::internal, "the plugin's answer is malformed");
  }
  return reply;
}

Status write_predictions(const std::string& path, const std::string& header,
                         const std::vector<std::string>& pieces) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return {Code::unavailable, path + ": " + std::strerror(errno)};
  bool fine = std::fputs((header + "\n").c_str(), file) >= 0;
  for (const std::string& piece : pieces) {
    fine = fine && std::fwrite(piece.data(), 1, piece.size(), file) == piece.size();
  }
  fine = std::fclose(file) == 0 && fine;
  return fine ? Status() : Status(Code::unavailable, path + " can't be written to its end");
}

double peak_memory_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

std::string number_text(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.9g", value);
  return text;
}

}  // namespace souk::cli
