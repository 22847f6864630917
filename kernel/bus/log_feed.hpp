// LogFeed: a store's log as one cursor reads it. The tail comes from memory; what is older is read
// and decoded ahead by the reader threads, so that folding never waits for the database.
//
// next() belongs to the thread that runs the cursor's turn. Held by shared_ptr: a read in flight
// keeps it alive.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kernel/bus/services.hpp"

namespace souk::bus {

class LogFeed : public std::enable_shared_from_this<LogFeed> {
 public:
  enum class State {
    ready,    ///< batches follow
    pending,  ///< being read; `wake` is called when they are there
    end,      ///< the log ends here
    failed,   ///< status says why; the next call tries again
  };
  struct Piece {
    State state = State::end;
    std::vector<log::BatchPtr> batches;
    Status status;
  };

  LogFeed(BusServices& services, std::string store_id, std::function<void()> wake);

  /// What follows from sequence `from` on. The first batch may begin before it.
  Piece next(std::uint64_t from);
  /// No `wake` after this returns.
  void close();

 private:
  struct Ahead {
    std::uint64_t from = 0;
    std::vector<log::BatchPtr> batches;
    [[nodiscard]] std::uint64_t end() const { return batches.back()->last_sequence() + 1; }
  };

  void read_ahead(std::unique_lock<std::mutex>& lock, std::uint64_t from);
  void read(std::uint64_t from);

  BusServices& services_;
  const std::string store_id_;
  std::function<void()> wake_;

  std::mutex mutex_;
  std::deque<Ahead> ahead_;  // consecutive
  bool reading_ = false;
  bool wanted_ = false;  // the cursor waits
  bool closed_ = false;
  std::optional<Status> failure_;
};

}  // namespace souk::bus
