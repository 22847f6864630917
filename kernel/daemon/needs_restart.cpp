#include "kernel/daemon/daemon.hpp"

namespace souk::daemon {

std::vector<std::string> needs_restart(const config::Config& running,
                                       const config::Config& wanted) {
  std::vector<std::string> names;
  const auto compare = [&names](bool equal, const char* name) {
    if (!equal) names.emplace_back(name);
  };
  const config::ServerSettings& a = running.server;
  const config::ServerSettings& b = wanted.server;
  compare(a.host == b.host && a.port == b.port, "server.listen");
  compare(a.threads == b.threads, "server.threads");
  const bool same_tls =
      a.tls.has_value() == b.tls.has_value() &&
      (!a.tls || (a.tls->certificate == b.tls->certificate && a.tls->key == b.tls->key));
  compare(same_tls, "server.tls");
  compare(a.max_body_bytes == b.max_body_bytes, "server.max_body_bytes");
  compare(a.max_header_bytes == b.max_header_bytes, "server.max_header_bytes");
  compare(a.max_connections == b.max_connections, "server.max_connections");
  compare(a.idle_timeout_ms == b.idle_timeout_ms, "server.idle_timeout");
  compare(a.request_timeout_ms == b.request_timeout_ms, "server.request_timeout");
  compare(a.drain_timeout_ms == b.drain_timeout_ms, "server.drain_timeout");
  compare(running.storage.url == wanted.storage.url, "storage.url");
  compare(running.storage.connections == wanted.storage.connections, "storage.connections");
  compare(running.log.dedupe_window_ms == wanted.log.dedupe_window_ms, "log.dedupe_window");
  compare(running.log.compact_after_ms == wanted.log.compact_after_ms, "log.compact_after");
  compare(running.logging.level == wanted.logging.level, "logging.level");
  compare(running.logging.format == wanted.logging.format, "logging.format");
  return names;
}

}  // namespace souk::daemon
