// Where the data is: sqlite:///path or mysql://user:password@host:port/name, taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"

namespace souk::config {

enum class Engine { sqlite, mysql };

struct DatabaseUrl {
  Engine engine = Engine::sqlite;
  std::string path;  ///< SQLite: the file
  std::string user;  ///< MySQL, as the following
  std::string password;
  std::string host;
  std::uint16_t port = 3306;
  std::string name;  ///< the database
  /// The URL as it may stand in a log: without the password.
  [[nodiscard]] std::string redacted() const;
};

/// INVALID_ARGUMENT says which part is wrong and what is allowed. Percent-escapes in user, password
/// and name are decoded. sqlite:///var/x.db is absolute, sqlite://x.db relative to the working
/// folder.
Result<DatabaseUrl> parse_database_url(std::string_view url);

}  // namespace souk::config
