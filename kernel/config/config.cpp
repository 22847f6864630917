#include "kernel/config/config.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "kernel/config/database_url.hpp"
#include "kernel/config/environment.hpp"
#include "kernel/config/plugins_section.hpp"
#include "kernel/config/yaml_reader.hpp"
#include "souk/v1/config.pb.h"

namespace souk::config {
namespace {

namespace pb = souk::v1;

constexpr std::uintmax_t kMaxFileBytes = 4U << 20U;

/// The file's text, or one fault.
std::optional<std::string> read_file(const std::string& file, FaultList& faults) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream) {
    faults.add_at(1, 1, "the file can not be read; does it exist, and may you read it?");
    return std::nullopt;
  }
  if (size > kMaxFileBytes) {
    faults.add_at(1, 1, "the file has more than 4 MiB");
    return std::nullopt;
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::optional<YAML::Node> parse(const std::string& text, FaultList& faults) {
  try {
    YAML::Node root = YAML::Load(text);
    if (root.IsMap()) return root;
    faults.add(root.Mark(), "expected a map with server, storage, stores …");
  } catch (const YAML::ParserException& error) {
    faults.add(error.mark, "this is not YAML: " + error.msg);
  } catch (const YAML::Exception& error) {
    faults.add(error.mark, error.msg);
  }
  return std::nullopt;
}

/// Where to point for a value that may be absent.
YAML::Mark mark_of(const YAML::Node& section, const char* key) {
  if (section.IsDefined() && section.IsMap()) {
    const YAML::Node value = section[key];
    if (value.IsDefined()) return value.Mark();
  }
  return YAML::Mark();
}

YAML::Node section_of(const YAML::Node& root, const char* key) {
  const YAML::Node section = root[key];
  return section.IsDefined() ? section : YAML::Node();
}

/// Splits "host:port"; the pattern of the field has been checked.
bool split_listen(const std::string& listen, ServerSettings& server) {
  const auto colon = listen.rfind(':');
  server.host = listen.substr(0, colon);
  if (server.host.starts_with('[')) server.host = server.host.substr(1, server.host.size() - 2);
  const char* end = listen.data() + listen.size();
  return std::from_chars(listen.data() + colon + 1, end, server.port).ec == std::errc{};
}

ServerSettings server_settings(const pb::ServerConfig& wire, const YAML::Node& node,
                               FaultList& faults) {
  ServerSettings server;
  if (!split_listen(wire.listen(), server)) {
    faults.add(mark_of(node, "listen"), "\"listen\": the port must be from 0 to 65535");
  }
  if (!wire.threads().empty() && wire.threads() != "auto") {
    server.threads = static_cast<unsigned>(std::stoul(wire.threads()));
  }
  if (wire.has_tls()) server.tls = TlsSettings{wire.tls().certificate(), wire.tls().key()};
  server.max_body_bytes = wire.max_body_bytes();
  server.max_header_bytes = wire.max_header_bytes();
  server.max_connections = wire.max_connections();
  server.idle_timeout_ms = wire.idle_timeout();
  server.request_timeout_ms = wire.request_timeout();
  server.drain_timeout_ms = wire.drain_timeout();
  return server;
}

KeySettings key_settings(const pb::KeyConfig& wire) {
  KeySettings key;
  key.id = wire.id();
  key.sha256 = wire.sha256();
  key.scopes.assign(wire.scopes().begin(), wire.scopes().end());
  key.origins.assign(wire.origins().begin(), wire.origins().end());
  key.rate_limit.requests_per_second = wire.rate_limit().requests_per_second();
  key.rate_limit.burst = wire.rate_limit().burst() != 0
                             ? wire.rate_limit().burst()
                             : wire.rate_limit().requests_per_second() * 2;
  return key;
}

StoreSettings store_settings(const pb::StoreConfig& wire) {
  StoreSettings store;
  store.id = wire.id();
  store.name = wire.name().empty() ? wire.id() : wire.name();
  store.currency = wire.currency();
  for (const pb::KeyConfig& key : wire.keys())
    store.keys.push_back(key_settings(key));
  for (const pb::AccountConfig& account : wire.accounts())
    store.accounts.push_back(account.id());
  return store;
}

/// Ids that must not be given twice, each with the place of the first.
class Unique {
 public:
  explicit Unique(FaultList& faults) : faults_(faults) {}
  void check(const YAML::Node& node, const std::string& what, const std::string& scope) {
    if (!node.IsDefined() || !node.IsScalar()) return;
    const auto [at, added] =
        first_.try_emplace(what + "\n" + scope + "\n" + node.Scalar(), node.Mark().line + 1);
    if (added) return;
    faults_.add(node.Mark(), what + " \"" + node.Scalar() + "\" is given twice; first in line " +
                                 std::to_string(at->second));
  }

 private:
  FaultList& faults_;
  std::map<std::string, int> first_;
};

void check_unique(const YAML::Node& stores, FaultList& faults) {
  if (!stores.IsDefined() || !stores.IsSequence()) return;
  Unique unique(faults);
  for (const YAML::Node& store : stores) {
    if (!store.IsMap()) continue;
    const YAML::Node id = section_of(store, "id");
    const std::string scope = id.IsDefined() && id.IsScalar() ? id.Scalar() : std::string();
    unique.check(id, "store", "");
    const YAML::Node keys = section_of(store, "keys");
    if (keys.IsDefined() && keys.IsSequence()) {
      for (const YAML::Node& key : keys) {
        if (!key.IsMap()) continue;
        unique.check(section_of(key, "id"), "key", scope);
        // A key decides the store, so that it can belong to one only.
        unique.check(section_of(key, "sha256"), "the hash", "");
      }
    }
    const YAML::Node accounts = section_of(store, "accounts");
    if (accounts.IsDefined() && accounts.IsSequence()) {
      for (const YAML::Node& account : accounts) {
        if (account.IsMap()) unique.check(section_of(account, "id"), "account", scope);
      }
    }
  }
}

/// Reads one file; holds what its steps share.
class Loader {
 public:
  Loader(const std::string& file, const std::vector<std::string>& default_plugin_path,
         const std::map<std::string, std::string>* environment, const SettingsCheck& check)
      : faults_(file),
        environment_(environment),
        folder_(std::filesystem::absolute(file).parent_path().string()),
        reader_(faults_, environment_, folder_),
        default_plugin_path_(default_plugin_path),
        check_(check) {}

  LoadOutcome load() { return load(read_file(faults_.file(), faults_)); }

  LoadOutcome load(const std::optional<std::string>& text) {
    LoadOutcome outcome;
    auto root = text ? parse(*text, faults_) : std::nullopt;
    if (root) outcome.config = read(*root);
    outcome.faults = faults_.sorted();
    if (!outcome.faults.empty()) outcome.config.reset();
    return outcome;
  }

 private:
  std::optional<Config> read(const YAML::Node& root) {
    reader_.set_skip([](const schema::MessageTable& table, std::string_view key) {
      return ((table.full_name == "souk.v1.StoreConfig" ||
               table.full_name == "souk.v1.AccountConfig") &&
              key == "plugins") ||
             (is_reserved_plugin_key(key) && !table.full_name.starts_with("souk.v1.KeyConfig") &&
              table.by_name.find(key) < 0);
    });
    const schema::MessageTable* table =
        schema::DescriptorPool::builtin().message("souk.v1.ConfigFile");
    // Sections that are absent have their defaults all the same.
    const YAML::Node sections = YAML::Load("{ server: {}, bus: {}, log: {}, logging: {} }");
    auto wire = reader_.read(*table, Layers{sections, root}, root.Mark());
    check_unique(section_of(root, "stores"), faults_);
    Config config;
    config.file = std::filesystem::absolute(faults_.file()).string();
    pb::ConfigFile parsed;
    if (wire) parsed.ParseFromString(*wire);
    read_plugin_path(parsed, config);
    if (wire) fill(parsed, root, config);
    read_plugins(root, config);
    return config;
  }

  void read_plugin_path(const pb::ConfigFile& wire, Config& config) {
    config.plugin_path.assign(wire.plugins().path().begin(), wire.plugins().path().end());
    if (config.plugin_path.empty()) config.plugin_path = default_plugin_path_;
    config.catalog = PluginCatalog::scan(config.plugin_path);
  }

  void fill(const pb::ConfigFile& wire, const YAML::Node& root, Config& config) {
    config.server = server_settings(wire.server(), section_of(root, "server"), faults_);
    config.storage = {wire.storage().url(), wire.storage().connections()};
    check_url(config.storage.url, mark_of(section_of(root, "storage"), "url"));
    config.log.dedupe_window_ms = wire.log().dedupe_window();
    config.log.retention_max_age_ms = wire.log().retention().max_age();
    config.log.retention_max_bytes = wire.log().retention().max_bytes();
    config.log.compact_after_ms = wire.log().compact_after();
    config.logging = {wire.logging().level(), wire.logging().format()};
    for (const pb::StoreConfig& store : wire.stores()) {
      config.stores.push_back(store_settings(store));
    }
  }

  void check_url(std::string& url, const YAML::Mark& where) {
    auto parsed = parse_database_url(url);
    if (!parsed) {
      faults_.add(where, "\"url\": " + parsed.status().message());
      return;
    }
    if (parsed->engine == Engine::sqlite) {
      url = "sqlite://" + reader_.absolute(parsed->path);
      const auto folder = std::filesystem::path(reader_.absolute(parsed->path)).parent_path();
      if (!std::filesystem::is_directory(folder)) {
        faults_.add(where, "\"url\": there is no folder " + folder.string());
      }
    }
  }

  void read_plugins(const YAML::Node& root, Config& config) {
    const YAML::Node stores = section_of(root, "stores");
    if (!stores.IsDefined() || !stores.IsSequence()) return;
    PluginsSection section(faults_, reader_, config.catalog, check_);
    StoreSettings scratch;
    for (std::size_t i = 0; i < stores.size(); ++i) {
      if (!stores[i].IsMap()) continue;
      section.read(stores[i], i < config.stores.size() ? config.stores[i] : scratch);
    }
  }

  FaultList faults_;
  Environment environment_;
  std::string folder_;
  YamlReader reader_;
  const std::vector<std::string>& default_plugin_path_;
  const SettingsCheck& check_;
};

}  // namespace

std::string Fault::text() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": error: " + message;
}

LoadOutcome load(const std::string& file, const std::vector<std::string>& default_plugin_path,
                 const std::map<std::string, std::string>* environment,
                 const SettingsCheck& check) {
  return Loader(file, default_plugin_path, environment, check).load();
}

LoadOutcome load_text(const std::string& text, const std::string& file,
                      const std::vector<std::string>& default_plugin_path,
                      const std::map<std::string, std::string>* environment) {
  const SettingsCheck none;
  return Loader(file, default_plugin_path, environment, none)
      .load(std::optional<std::string>(text));
}

}  // namespace souk::config
