// What the evaluations of recommendations share: the plugin is fed trails as product views, and
// asked on all cores.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/base/status.hpp"
#include "souk/v1/recommendations.pb.h"
#include "tools/souk/evaluate/clicks.hpp"
#include "tools/souk/evaluate/plugin_runner.hpp"

namespace souk::cli {

struct EvaluationSettings {
  std::string plugin;           ///< path of a library; empty: the one installed
  std::string settings = "{}";  ///< of the plugin, as JSON
  std::string out;
  unsigned threads = 0;  ///< 0: one a core
  bool quiet = false;
};

/// Gives every item of every trail to the plugin as ProductViewed, in the order of their times (in
/// the file's order without them, a second apart). Returns how many.
Result<std::uint64_t> feed_views(PluginRunner& plugin, const std::vector<Trail>& trails,
                                 bool quiet);

/// Runs `work(at)` for every trail from 0 to `count` on `threads` threads with a progress bar. The
/// first error ends it.
Status for_all(std::size_t count, unsigned threads, const std::string& title, bool quiet,
               const std::function<Status(std::size_t)>& work);

/// Asks for recommendations.
Result<souk::v1::RecommendReply> recommend(PluginRunner& plugin, std::uint32_t method,
                                           const souk::v1::RecommendRequest& request);

/// Writes the pieces in order, after the header line.
Status write_predictions(const std::string& path, const std::string& header,
                         const std::vector<std::string>& pieces);

/// Most memory this process has had resident, in MiB.
[[nodiscard]] double peak_memory_mib();
/// A number as it stands in CSV and JSON: short, and read back as the same float.
[[nodiscard]] std::string number_text(double value);

}  // namespace souk::cli
