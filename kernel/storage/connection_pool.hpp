// ConnectionPool: sessions that are opened when first needed, kept while they work, and reopened
// with back-off when the database was away. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/storage/connection.hpp"

namespace souk::storage {

class ConnectionPool {
 public:
  ConnectionPool(DatabaseUrl url, std::size_t capacity, std::int64_t timeout_ms);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// A session for one thread's use; goes back to the pool when destroyed, unless discard() was
  /// called.
  class Lease {
   public:
    Lease(ConnectionPool& pool, Session session);
    ~Lease();
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    soci::session& operator*() const noexcept { return *session_; }
    /// The session failed: it is closed instead of used again.
    void discard() noexcept;

   private:
    ConnectionPool* pool_;
    Session session_;
  };

  /// Waits for a free place up to the timeout. UNAVAILABLE when the database cannot be reached, or
  /// at once while the back-off after a failed attempt (50 ms, doubling to 2 s) runs.
  Result<Lease> lease();

  /// Closes the sessions that nobody uses: after a failure they are suspect.
  void drop_idle() noexcept;

 private:
  void give_back(Session session) noexcept;
  Result<Session> open_session();

  const DatabaseUrl url_;
  const std::size_t capacity_;
  const std::int64_t timeout_ms_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Session> idle_;
  std::size_t leased_ = 0;
  std::int64_t retry_at_us_ = 0;
  std::int64_t backoff_us_ = 0;
  std::string last_failure_;
};

}  // namespace souk::storage
