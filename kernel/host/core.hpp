// HostCore: what the parts of the host share. Outlives every instance; leaked with them when a
// plugin hangs so that its thread cannot be ended.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "kernel/bus/call_router.hpp"
#include "kernel/bus/deadline_watch.hpp"
#include "kernel/bus/dispatcher.hpp"
#include "kernel/bus/outbox_worker.hpp"
#include "kernel/bus/worker_pool.hpp"
#include "kernel/host/facts.hpp"
#include "kernel/host/host.hpp"

namespace souk::host {

struct HostCore {
  HostCore(const HostSettings& host_settings, log::EventLog& log, storage::Database& database,
           const base::Clock& clock, base::Metrics& metrics, bus::PerformEffect perform,
           bus::EffectEnded ended, bus::DeadlineWatch::Sweep sweep);

  const HostSettings settings;
  bus::Dispatcher dispatcher;
  bus::CallRouter router;
  bus::WorkerPool control;    ///< strands of supervisors
  bus::WorkerPool lifecycle;  ///< init, start, stop …: may hang in a plugin
  bus::WorkerPool jobs;       ///< long work of plugins
  bus::DeadlineWatch deadlines;
  bus::OutboxWorker outbox;
  Facts facts;
  /// Instances in whose code the daemon crashed since its last start, by label.
  const std::map<std::string, unsigned> crashed;
  /// Routes or states have changed. Any thread.
  std::function<void()> routes_changed;

  bus::BusServices& services() noexcept { return dispatcher.services(); }
};

}  // namespace souk::host
