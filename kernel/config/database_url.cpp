#include "kernel/config/database_url.hpp"

#include <charconv>

namespace souk::config {
namespace {

constexpr std::string_view kAllowed =
    "allowed are sqlite:///absolute/path.db and mysql://user:password@host:3306/name";

Status wrong(std::string_view what) {
  return {Code::invalid_argument, std::string(what) + "; " + std::string(kAllowed)};
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return wrong("the database URL has a malformed percent-escape");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

Result<DatabaseUrl> parse_mysql(std::string_view rest) {
  DatabaseUrl url;
  url.engine = Engine::mysql;
  const auto slash = rest.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == rest.size()) {
    return wrong("the database URL names no database after the host");
  }
  std::string_view authority = rest.substr(0, slash);
  auto name = percent_decoded(rest.substr(slash + 1));
  if (!name) return name.status();
  url.name = *name;
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = authority.substr(0, at);
    const auto colon = credentials.find(':');
    auto user = percent_decoded(credentials.substr(0, colon));
    if (!user) return user.status();
    url.user = *user;
    if (colon != std::string_view::npos) {
      auto password = percent_decoded(credentials.substr(colon + 1));
      if (!password) return password.status();
      url.password = *password;
    }
    authority.remove_prefix(at + 1);
  }
  if (const auto colon = authority.rfind(':'); colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || url.port == 0) {
      return wrong("the port in the database URL is not a number from 1 to 65535");
    }
    authority = authority.substr(0, colon);
  }
  if (authority.empty()) return wrong("the database URL names no host");
  url.host = authority;
  return url;
}

}  // namespace

std::string DatabaseUrl::redacted() const {
  if (engine == Engine::sqlite) return "sqlite://" + path;
  return "mysql://" + user + (password.empty() ? "" : ":***") + "@" + host + ":" +
         std::to_string(port) + "/" + name;
}

Result<DatabaseUrl> parse_database_url(std::string_view url) {
  constexpr std::string_view kSqlite = "sqlite://";
  constexpr std::string_view kMysql = "mysql://";
  if (url.starts_with(kMysql)) return parse_mysql(url.substr(kMysql.size()));
  if (!url.starts_with(kSqlite)) return wrong("the database URL has an unknown scheme");
  DatabaseUrl parsed;
  parsed.path = url.substr(kSqlite.size());
  if (parsed.path.empty() || parsed.path.back() == '/') {
    return wrong("the database URL names no file");
  }
  return parsed;
}

}  // namespace souk::config
