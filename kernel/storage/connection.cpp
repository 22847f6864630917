#include "kernel/storage/connection.hpp"

#include <fcntl.h>
#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace souk::storage {
namespace {

constexpr int kTakeOverSeconds = 3;

/// SOCI's connection strings are name=value pairs; a value in quotes cannot hold that quote.
Result<std::string> quoted(std::string_view name, const std::string& value) {
  if (value.empty()) return std::string();
  if (value.find('\'') != std::string::npos) {
    return Status(Code::invalid_argument,
                  "the " + std::string(name) + " in the database URL must not hold a ' character");
  }
  return " " + std::string(name) + "='" + value + "'";
}

Result<std::string> mysql_parameters(const DatabaseUrl& url, std::int64_t timeout_ms) {
  std::string text;
  for (const auto& [name, value] :
       {std::pair{"db", url.name}, std::pair{"user", url.user}, std::pair{"password", url.password},
        std::pair{"host", url.host}}) {
    auto part = quoted(name, value);
    if (!part) return part.status();
    text += *part;
  }
  const std::int64_t seconds = std::max<std::int64_t>(1, timeout_ms / 1000);
  return text + " port=" + std::to_string(url.port) + " charset=utf8mb4" +
         " connect_timeout=" + std::to_string(seconds) + " read_timeout=30 write_timeout=30";
}

Result<Session> connect_sqlite(const DatabaseUrl& url) {
  if (url.path.find('"') != std::string::npos) {
    return Status(Code::invalid_argument, "an SQLite path must not hold a \" character");
  }
  auto session = std::make_unique<soci::session>(soci::sqlite3, "db=\"" + url.path + "\"");
  // Rows are batches of tens of kilobytes: large pages keep them in few pieces. What is deleted is
  // overwritten: an erased person must not be readable in free pages.
  for (const char* pragma : {"PRAGMA busy_timeout=10000", "PRAGMA page_size=16384",
                             "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                             "PRAGMA wal_autocheckpoint=2000", "PRAGMA journal_size_limit=67108864",
                             "PRAGMA cache_size=-8192", "PRAGMA secure_delete=ON"}) {
    *session << pragma;
  }
  return session;
}

Result<Session> connect_mysql(const DatabaseUrl& url, std::int64_t timeout_ms) {
  auto parameters = mysql_parameters(url, timeout_ms);
  if (!parameters) return parameters.status();
  auto session = std::make_unique<soci::session>(soci::mysql, *parameters);
  *session << "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
  *session << "SET SESSION sql_mode='STRICT_ALL_TABLES'";
  *session << "SET SESSION innodb_lock_wait_timeout=20";
  // The server closes what is idle for eight hours; with it would go the lock of a quiet daemon.
  *session << "SET SESSION wait_timeout=31536000";
  return session;
}

class SqliteLock final : public DaemonLock {
 public:
  explicit SqliteLock(int descriptor) : descriptor_(descriptor) {}
  ~SqliteLock() override { ::close(descriptor_); }
  SqliteLock(const SqliteLock&) = delete;
  SqliteLock& operator=(const SqliteLock&) = delete;
  Status confirm() override { return {}; }

  static Result<std::unique_ptr<DaemonLock>> take(const DatabaseUrl& url) {
    const std::string path = url.path + ".lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0) {
      return Status(Code::unavailable, "cannot open " + path + ": " + std::strerror(errno));
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor);
      return Status(Code::failed_precondition,
                    "another daemon runs on " + url.redacted() +
                        "; stop it first, or give this one a database of its own");
    }
    return std::unique_ptr<DaemonLock>(std::make_unique<SqliteLock>(descriptor));
  }

 private:
  int descriptor_;
};

class MysqlLock final : public DaemonLock {
 public:
  MysqlLock(DatabaseUrl url, std::int64_t timeout_ms)
      : url_(std::move(url)), timeout_ms_(timeout_ms) {}

  Status confirm() override { return confirm(0); }

  /// Waits so many seconds for the lock when it is not ours.
  Status confirm(int wait_s) {
    try {
      if (session_) {
        int alive = 0;
        *session_ << "SELECT 1", soci::into(alive);
        return {};
      }
    } catch (const soci::soci_error&) {
      session_.reset();
    }
    auto session = connect(url_, timeout_ms_);
    if (!session) return session.status();
    try {
      int got = 0;
      const std::string name = "souk." + url_.name;
      **session << "SELECT COALESCE(GET_LOCK(:name, :wait), 0)", soci::use(name), soci::use(wait_s),
          soci::into(got);
      if (got != 1) {
        return {Code::failed_precondition,
                "another daemon runs on " + url_.redacted() +
                    "; stop it first, or give this one a database of its own"};
      }
    } catch (const soci::soci_error& error) {
      return {Code::unavailable, error.get_error_message()};
    }
    session_ = std::move(*session);
    return {};
  }

 private:
  DatabaseUrl url_;
  std::int64_t timeout_ms_;
  Session session_;
};

}  // namespace

Result<Session> connect(const DatabaseUrl& url, std::int64_t timeout_ms) {
  try {
    return url.engine == Engine::sqlite ? connect_sqlite(url) : connect_mysql(url, timeout_ms);
  } catch (const soci::soci_error& error) {
    return Status(Code::unavailable,
                  "cannot open " + url.redacted() + ": " + error.get_error_message());
  }
}

Result<std::unique_ptr<DaemonLock>> DaemonLock::take(const DatabaseUrl& url,
                                                     std::int64_t timeout_ms) {
  if (url.engine == Engine::sqlite) return SqliteLock::take(url);
  auto lock = std::make_unique<MysqlLock>(url, timeout_ms);
  // The server may still be taking leave of a daemon that ended a moment ago.
  if (Status status = lock->confirm(kTakeOverSeconds); !status) return status;
  return std::unique_ptr<DaemonLock>(std::move(lock));
}

}  // namespace souk::storage
