// Config: one YAML file as typed settings. Every fault says file, line, column, what is wrong, what
// is allowed; all faults of a file are found in one run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/config/plugin_catalog.hpp"

namespace souk::config {

/// One fault of a file. Lines and columns count from 1.
struct Fault {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
  /// "FILE:LINE:COLUMN: error: message"
  [[nodiscard]] std::string text() const;
};

struct TlsSettings {
  std::string certificate;  ///< PEM chain, absolute path
  std::string key;          ///< PEM key, absolute path
};

struct ServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: any free port, printed when it is bound
  unsigned threads = 0;       ///< 0 (auto): one a core
  std::optional<TlsSettings> tls;
  std::uint64_t max_body_bytes = 8U << 20U;
  std::uint32_t max_header_bytes = 16U << 10U;
  std::uint32_t max_connections = 20'000;
  std::int64_t idle_timeout_ms = 60'000;
  std::int64_t request_timeout_ms = 15'000;  ///< to receive one request whole
  std::int64_t drain_timeout_ms = 10'000;
};

struct StorageSettings {
  std::string url;
  unsigned connections = 4;
};

struct LogSettings {
  std::int64_t dedupe_window_ms = 7LL * 86'400'000;
  std::int64_t retention_max_age_ms = 0;  ///< 0: keep for ever
  std::uint64_t retention_max_bytes = 0;  ///< 0: no limit
  std::int64_t compact_after_ms = 600'000;
};

struct LoggingSettings {
  std::string level = "info";   ///< debug, info, warning, error
  std::string format = "text";  ///< text, json
};

struct RateLimit {
  std::uint32_t requests_per_second = 0;  ///< 0: no limit
  std::uint32_t burst = 0;
};

/// An API key as YAML knows it: never the key itself.
struct KeySettings {
  std::string id;
  std::string sha256;                ///< 64 lower-case hex digits
  std::vector<std::string> scopes;   ///< events, decide, catalog, customers, admin
  std::vector<std::string> origins;  ///< CORS: allowed origins; "*" any; empty: none
  RateLimit rate_limit;
};

/// A plugin as a store (or an account) runs it.
struct PluginSettings {
  std::string id;  ///< the manifest's id
  PluginInfoPtr library;
  std::string settings;  ///< wire bytes of its settings message, defaults filled in
  /// Effective settings of accounts that change them: account id → wire bytes.
  std::map<std::string, std::string> account_settings;
  /// Accounts for which the plugin is off.
  std::vector<std::string> accounts_off;
  std::string account_id;  ///< not empty: a module of this account alone
  std::string location;    ///< "FILE:LINE:COLUMN", for messages
};

struct StoreSettings {
  std::string id;
  std::string name;
  std::string currency = "EUR";
  std::vector<KeySettings> keys;
  std::vector<PluginSettings> plugins;  ///< the store's, then the accounts' own modules
  std::vector<std::string> accounts;    ///< ids of the accounts that the file names
};

struct Config {
  std::string file;  ///< absolute
  ServerSettings server;
  StorageSettings storage;
  LogSettings log;
  LoggingSettings logging;
  std::vector<std::string> plugin_path;  ///< absolute folders
  std::vector<StoreSettings> stores;
  PluginCatalog catalog;
};

/// What a plugin refuses of settings that its schema accepts (a filter that does not parse).
struct SettingsFault {
  std::string account_id;  ///< whose settings; empty: the store's
  std::string message;  ///< may begin with the path of what is wrong: "placements.home.filter: …"
};

/// Asks a plugin about the settings of one entry, accounts' included. Rooms that can run plugins
/// give it; without it only schemas judge.
using SettingsCheck = std::function<std::vector<SettingsFault>(const std::string& store_id,
                                                               const PluginSettings& plugin)>;

/// What loading a file came to: a config, or its faults (never both). Warnings come with either.
struct LoadOutcome {
  std::optional<Config> config;
  std::vector<Fault> faults;
  std::vector<Fault> warnings;
};

/// Reads and checks the file. `environment` answers ${VAR}; nullptr: the process's environment.
/// Folders to look for plugins in, when the file names none: `default_plugin_path`. `check` is
/// asked about each plugin whose settings are sound so far; what it finds are faults like others.
LoadOutcome load(const std::string& file, const std::vector<std::string>& default_plugin_path,
                 const std::map<std::string, std::string>* environment = nullptr,
                 const SettingsCheck& check = {});

/// The same for a text that is at hand; `file` names it in faults, and paths are relative to its
/// folder.
LoadOutcome load_text(const std::string& text, const std::string& file,
                      const std::vector<std::string>& default_plugin_path,
                      const std::map<std::string, std::string>* environment = nullptr);

/// The JSON Schema (draft 2020-12) of the file, with the settings of every plugin of the catalog,
/// from the same tables that load() checks with.
std::string json_schema(const PluginCatalog& catalog);

}  // namespace souk::config
