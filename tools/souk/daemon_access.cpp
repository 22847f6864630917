#include "tools/souk/daemon_access.hpp"

#include "kernel/base/ids.hpp"
#include "kernel/base/logging.hpp"
#include "tools/souk/command.hpp"
#include "tools/souk/http_client.hpp"
#include "tools/souk/key_command.hpp"

namespace souk::cli {

std::string address_of(const config::ServerSettings& server) {
  if (server.port == 0) return {};
  std::string host = server.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return (server.tls ? "https://" : "http://") + host + ":" + std::to_string(server.port);
}

bool is_running(const std::string& address) {
  if (address.empty()) return false;
  HttpClient client(address, {});
  const auto answer = client.get("/healthz", "application/json", 3'000);
  return answer && answer->status == 200;
}

Result<DaemonAccess> reach_daemon(const config::Config& config, const std::string& store_id,
                                  const std::string& key, const std::string& scopes) {
  DaemonAccess access;
  access.address = address_of(config.server);
  if (is_running(access.address)) {
    if (key.empty()) {
      return Status(Code::permission_denied, "the daemon at " + access.address +
                                                 " is running: give a key of the store \"" +
                                                 store_id + "\" with the scopes " + scopes +
                                                 " (or admin) as --key KEY or SOUK_KEY");
    }
    access.key = key;
    return access;
  }
  base::configure_logging(base::LogLevel::warning, base::LogFormat::text);
  config::Config own = config;
  own.server.host = "127.0.0.1";
  own.server.port = 0;
  own.server.tls.reset();
  access.key = new_key();
  for (config::StoreSettings& store : own.stores) {
    // What is imported is folded when the plugins run; here they would only take time.
    store.plugins.clear();
    store.keys.clear();
    if (store.id == store_id) {
      store.keys.push_back({"import", base::sha256_hex(access.key), {"admin"}, {}, {}});
    }
  }
  auto opened = daemon::Daemon::open(std::move(own), {version(), default_plugin_path(), nullptr});
  if (!opened) return opened.status();
  access.own = std::move(*opened);
  access.address = access.own->address();
  return access;
}

}  // namespace souk::cli
