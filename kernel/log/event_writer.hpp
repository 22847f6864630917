// EventWriter: the one thread that commits. Whatever waits when it looks becomes one transaction.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "kernel/base/clock.hpp"
#include "kernel/base/metrics.hpp"
#include "kernel/log/encoded_events.hpp"
#include "kernel/log/event_log.hpp"
#include "kernel/log/row_codec.hpp"
#include "kernel/log/store_log.hpp"
#include "kernel/storage/database.hpp"

namespace souk::log {

/// One append that waits for its commit.
struct PendingAppend {
  StoreLog* store = nullptr;
  EncodedEvents events;
  std::optional<Effects> effects;
  AppendDone done;
  AppendResult result;
};

class EventWriter {
 public:
  using OnCommitted = std::function<void(const BatchPtr&)>;

  EventWriter(storage::Database& database, const EventLogSettings& settings,
              const base::Clock& clock, base::Metrics& metrics, OnCommitted on_committed);
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  /// Queues; `append.done` is called on this thread at once when the queue is full or closed.
  void submit(PendingAppend append);
  /// Runs `work` on the writer thread between two commits and waits for it.
  void run_between_commits(const std::function<void()>& work);
  /// Commits what waits, then ends the thread. Idempotent.
  void close();

 private:
  struct OpenBatch;
  struct Commit;

  void run();
  bool take(std::vector<PendingAppend>& group, std::function<void()>& work);
  void process(std::vector<PendingAppend>& group);
  Status catch_up(std::vector<PendingAppend>& group);
  void add(PendingAppend& append, Commit& commit);
  void add_events(PendingAppend& append, OpenBatch& open, Commit& commit);
  void add_entities(const PendingAppend& append, const std::vector<std::uint64_t>& sequences,
                    Commit& commit);
  void seal(OpenBatch& open, Commit& commit);
  Status merge_entities(Commit& commit);
  Status write(const std::vector<PendingAppend>& group, Commit& commit);
  void succeed(std::vector<PendingAppend>& group, Commit& commit);
  void fail(std::vector<PendingAppend>& group, Commit& commit, const Status& status);

  storage::Database& database_;
  const EventLogSettings& settings_;
  const base::Clock& clock_;
  const OnCommitted on_committed_;
  RowEncoder encoder_;

  base::Counter commits_;
  base::Counter events_;
  base::Counter duplicates_;
  base::Counter failures_;
  base::Histogram commit_seconds_;
  base::Gauge waiting_;

  // The writer thread's own.
  std::uint64_t failed_since_said_ = 0;
  std::int64_t failure_said_us_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<PendingAppend> queue_;
  std::deque<std::function<void()>> work_;
  std::size_t queued_bytes_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace souk::log
