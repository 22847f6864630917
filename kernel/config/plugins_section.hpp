// The `plugins:` maps of stores and accounts: which plugins run, with which settings.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernel/config/config.hpp"
#include "kernel/config/service_claims.hpp"
#include "kernel/config/yaml_reader.hpp"

namespace souk::config {

/// Reads the plugins of one store and of its accounts. Libraries that the file names by path are
/// added to the catalog.
class PluginsSection {
 public:
  PluginsSection(FaultList& faults, YamlReader& reader, PluginCatalog& catalog,
                 const SettingsCheck& check)
      : faults_(faults), reader_(reader), catalog_(catalog), check_(check) {}

  /// `store` is the YAML map of the store; fills `settings.plugins`.
  void read(const YAML::Node& store, StoreSettings& settings);

 private:
  /// Where the settings of a plugin came from: the store's, and each account's over them.
  struct Origin {
    YAML::Mark where;
    Layers layers;
  };
  using Origins = std::map<std::string, Origin>;  ///< account → origin; "": the store's

  /// One entry of a plugins map.
  struct Entry {
    std::string id;
    YAML::Node key;
    YAML::Node value;  ///< undefined or null: defaults
    bool off = false;
    std::string library;  ///< absolute; empty: from the catalog
    std::string sha256;
  };

  void read_entries(const YAML::Node& store, StoreSettings& settings);
  std::vector<Entry> entries(const YAML::Node& plugins);
  void read_entry(const YAML::Node& value, Entry& entry);
  PluginInfoPtr library_of(const Entry& entry);
  std::optional<std::string> settings_of(const PluginInfo& plugin, const Layers& layers,
                                         const YAML::Mark& where);
  void read_account(const YAML::Node& account, const std::vector<Entry>& store_entries,
                    ServiceClaims& claims, StoreSettings& settings);
  /// The plugins of `settings` stand in the order of `origins_`.
  void ask_plugins(const StoreSettings& settings);
  std::string unknown_plugin(const std::string& id) const;

  FaultList& faults_;
  YamlReader& reader_;
  PluginCatalog& catalog_;
  const SettingsCheck& check_;
  std::vector<Origins> origins_;  ///< of the store that is being read
};

/// The table of a plugin's settings message; nullptr when it has no settings.
[[nodiscard]] const schema::MessageTable* settings_table(const PluginInfo& plugin);

/// Keys of a plugin's map that are the daemon's, not the plugin's.
[[nodiscard]] bool is_reserved_plugin_key(std::string_view key) noexcept;

/// The name among `names` that was probably meant, as " (did you mean \"x\"?)", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& names);

}  // namespace souk::config
