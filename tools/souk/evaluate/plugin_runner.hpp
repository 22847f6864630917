// PluginRunner: one instance of a plugin library on a host that holds nothing back: no daemon, no
// log, no disk. For evaluation: the same binary that serves is fed events and asked questions, by
// the same boundary (souk/abi.h).
//
// feed() belongs to one thread; ask() is for any number of them, also beside feed(). Jobs of the
// plugin run at once on the thread that starts them; timers are kept and never fire; what the
// plugin publishes is dropped; metrics are ignored; other plugins are not there.
#pragma once

#include <souk/abi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/config/plugin_catalog.hpp"

namespace souk::cli {

/// An event of the standard vocabulary for feed().
struct FedEvent {
  std::uint32_t payload_field = 0;  ///< in souk.v1.Event: 20 is ProductViewed
  std::int64_t time_us = 0;
  std::string shopper_id;
  std::string session_id;
  std::string payload;  ///< the payload's wire bytes
};

class PluginRunner {
 public:
  /// Loads, creates, initialises and starts. `settings` is JSON of the plugin's settings; defaults
  /// fill what it leaves out, but that trainings take `threads` (0: one a core). The error says
  /// what the plugin refused and why.
  static Result<std::unique_ptr<PluginRunner>> open(const config::PluginInfoPtr& info,
                                                    std::string_view settings = "{}",
                                                    unsigned threads = 0);
  /// Stops and destroys the instance. The library stays mapped.
  ~PluginRunner();
  PluginRunner(const PluginRunner&) = delete;
  PluginRunner& operator=(const PluginRunner&) = delete;

  /// Folds events in order, as history: effects off. Types that the plugin does not read are left
  /// out. The error of the first event that it could not handle.
  Status feed(const std::vector<FedEvent>& events) { return feed(events, false); }
  /// The same, but as something that happens now: what the plugin puts off while it reads history,
  /// such as a training, it begins (and, since jobs run at once, ends) before this returns.
  /// `on_progress`, unless null, gets how far a job is, 0 to 1, on this thread or one of the job's.
  Status feed_live(const std::vector<FedEvent>& events,
                   const std::function<void(double)>& on_progress = nullptr);

  /// The time of the newest event that was fed; 0 before.
  [[nodiscard]] std::int64_t newest_us() const;

  /// The plugin's clock goes on to this moment, when it is later than that of the newest event.
  void pass_time_to(std::int64_t time_us);

  /// The index of "souk.v1.Recommendations/Recommend" for ask(); NOT_FOUND when the plugin does not
  /// serve it.
  [[nodiscard]] Result<std::uint32_t> method(std::string_view name) const;
  /// Asks and waits for the answer. DEADLINE_EXCEEDED after `timeout_ms`.
  Result<std::string> ask(std::uint32_t method, std::string_view request,
                          std::int64_t timeout_ms = 30'000);

 private:
  PluginRunner();
  Status feed(const std::vector<FedEvent>& events, bool live);
  struct State;
  std::unique_ptr<State> state_;
};

/// The library that serves `method` among those installed beside this program, or `path` when it is
/// not empty.
Result<config::PluginInfoPtr> find_plugin(const std::string& path, const std::string& plugin_id);

}  // namespace souk::cli
