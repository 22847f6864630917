// BusServices: what the parts of the bus share. Everything outlives every cursor.
#pragma once

#include "kernel/base/clock.hpp"
#include "kernel/base/metrics.hpp"
#include "kernel/bus/worker_pool.hpp"
#include "kernel/log/event_log.hpp"
#include "kernel/storage/database.hpp"

namespace souk::bus {

struct BusServices {
  log::EventLog& log;
  storage::Database& database;
  const base::Clock& clock;
  base::Metrics& metrics;
  WorkerPool& events;      ///< folds: one instance on one thread at a time
  WorkerPool& readers;     ///< reads and decodes the log ahead of folds
  WorkerPool& background;  ///< may wait for the database: snapshots, dead letters, outbox
};

}  // namespace souk::bus
