// Connection: one SOCI session, set up for durability, and the lock by which a daemon holds a
// database.
#pragma once

#include <memory>
#include <string>

#include "kernel/base/status.hpp"
#include "kernel/config/database_url.hpp"

namespace soci {
class session;
}

namespace souk::storage {

using config::DatabaseUrl;
using config::Engine;

/// A session that is ready for statements. May throw soci::soci_error when used, as SOCI does.
using Session = std::unique_ptr<soci::session>;

/// Opens a session: SQLite in WAL mode with synchronous=FULL, MySQL with utf8mb4 and
/// read-committed. UNAVAILABLE carries the engine's sentence, without the password.
Result<Session> connect(const DatabaseUrl& url, std::int64_t timeout_ms);

/// Held by the one daemon that may write: an flock beside an SQLite file, a named lock on a MySQL
/// connection of its own. Released by destruction or by the death of the process.
class DaemonLock {
 public:
  /// FAILED_PRECONDITION when somebody else holds it.
  static Result<std::unique_ptr<DaemonLock>> take(const DatabaseUrl& url, std::int64_t timeout_ms);
  virtual ~DaemonLock() = default;
  /// Whether the lock is surely still ours; takes it again when its connection was lost meanwhile.
  virtual Status confirm() = 0;
};

}  // namespace souk::storage
