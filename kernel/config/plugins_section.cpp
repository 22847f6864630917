#include "kernel/config/plugins_section.hpp"

#include "kernel/config/setting_place.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace souk::config {
namespace {

/// The value of a key, or a null node: yaml-cpp's own look-up gives a node that throws when
/// touched.
YAML::Node child(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  return value.IsDefined() ? value : YAML::Node();
}

/// Levenshtein distance, for names of a few dozen letters.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view name, const std::vector<std::string>& names) {
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : names) {
    if (const std::size_t far = distance(name, candidate); far < least) {
      least = far;
      best = &candidate;
    }
  }
  return best == nullptr ? std::string() : " (did you mean \"" + *best + "\"?)";
}

const schema::MessageTable* settings_table(const PluginInfo& plugin) {
  const std::string& name = plugin.manifest.settings_message();
  return name.empty() || plugin.schema == nullptr ? nullptr : plugin.schema->message(name);
}

bool is_reserved_plugin_key(std::string_view key) noexcept {
  return key == "library" || key == "sha256" || key == "isolation";
}

std::string PluginsSection::unknown_plugin(const std::string& id) const {
  std::vector<std::string> names;
  std::string list;
  for (const PluginInfoPtr& plugin : catalog_.plugins()) {
    names.push_back(plugin->manifest.id());
    list += (list.empty() ? "" : ", ") + plugin->manifest.id();
  }
  std::string text = "there is no plugin \"" + id + "\"" + did_you_mean(id, names);
  text +=
      list.empty() ? "; no plugin was found in the folders of plugins.path" : "; found: " + list;
  for (const UnusableLibrary& library : catalog_.unusable()) {
    if (library.path.find(id) != std::string::npos) {
      text += "; " + library.path + " can not be used: " + library.reason;
    }
  }
  return text + "; or give the file with `library:`";
}

void PluginsSection::read_entry(const YAML::Node& value, Entry& entry) {
  if (says_off(value)) {
    entry.off = true;
    return;
  }
  if (says_on(value)) return;
  if (!value.IsMap()) {
    faults_.add(value.Mark(), "\"" + entry.id + "\" must be a map of settings, true or off");
    return;
  }
  entry.value = value;
  if (const YAML::Node library = child(value, "library");
      library.IsDefined() && !library.IsNull()) {
    if (auto text = reader_.text(library, "\"library\"")) {
      entry.library = reader_.absolute(*text);
      if (!std::filesystem::exists(entry.library)) {
        faults_.add(library.Mark(), "\"library\": there is no file " + entry.library);
        entry.off = true;
      }
    }
  }
  if (const YAML::Node pin = child(value, "sha256"); pin.IsDefined() && !pin.IsNull()) {
    if (auto text = reader_.text(pin, "\"sha256\"")) entry.sha256 = *text;
  }
  if (const YAML::Node isolation = child(value, "isolation");
      isolation.IsDefined() && !isolation.IsNull()) {
    auto text = reader_.text(isolation, "\"isolation\"");
    if (text && *text != "none") {
      faults_.add(isolation.Mark(),
                  "\"isolation\": \"" + *text + "\" is not allowed; allowed is none");
    }
  }
}

std::vector<PluginsSection::Entry> PluginsSection::entries(const YAML::Node& plugins) {
  std::vector<Entry> result;
  if (!plugins.IsDefined() || plugins.IsNull()) return result;
  if (!plugins.IsMap()) {
    faults_.add(plugins.Mark(), "\"plugins\" must be a map from plugin names to settings");
    return result;
  }
  std::set<std::string> seen;
  for (const auto& pair : plugins) {
    const YAML::Node& key = pair.first;
    Entry entry;
    entry.id = key.IsScalar() ? key.Scalar() : std::string();
    entry.key = key;
    if (!seen.insert(entry.id).second) {
      faults_.add(key.Mark(), "plugin \"" + entry.id + "\" is given twice");
      continue;
    }
    read_entry(pair.second, entry);
    result.push_back(std::move(entry));
  }
  return result;
}

PluginInfoPtr PluginsSection::library_of(const Entry& entry) {
  PluginInfoPtr plugin;
  if (entry.library.empty()) {
    plugin = catalog_.find(entry.id);
    if (!plugin) {
      faults_.add(entry.key.Mark(), unknown_plugin(entry.id));
      return nullptr;
    }
  } else {
    auto read = read_plugin(entry.library);
    if (!read) {
      faults_.add(entry.key.Mark(), entry.library + ": " + read.status().message());
      return nullptr;
    }
    plugin = *read;
    if (plugin->manifest.id() != entry.id) {
      faults_.add(entry.key.Mark(), entry.library + " is the plugin \"" + plugin->manifest.id() +
                                        "\", not \"" + entry.id + "\"");
      return nullptr;
    }
    catalog_.add(plugin);
  }
  if (!entry.sha256.empty() && entry.sha256 != plugin->sha256) {
    faults_.add(entry.key.Mark(), "the SHA-256 of " + plugin->path + " is " + plugin->sha256 +
                                      ", not the one that is pinned");
    return nullptr;
  }
  return plugin;
}

std::optional<std::string> PluginsSection::settings_of(const PluginInfo& plugin,
                                                       const Layers& layers,
                                                       const YAML::Mark& where) {
  if (const schema::MessageTable* table = settings_table(plugin)) {
    return reader_.read(*table, layers, where);
  }
  std::optional<std::string> none = std::string();
  for (const YAML::Node& layer : layers) {
    if (!layer.IsMap()) continue;
    for (const auto& entry : layer) {
      if (is_reserved_plugin_key(entry.first.Scalar())) continue;
      faults_.add(entry.first.Mark(), "plugin \"" + plugin.manifest.id() + "\" has no settings");
      none.reset();
    }
  }
  return none;
}

void PluginsSection::ask_plugins(const StoreSettings& settings) {
  if (!check_) return;
  for (std::size_t i = 0; i < settings.plugins.size(); ++i) {
    for (const SettingsFault& fault : check_(settings.id, settings.plugins[i])) {
      const auto origin = origins_[i].find(fault.account_id);
      if (origin == origins_[i].end()) continue;
      const auto& [where, layers] = origin->second;
      faults_.add(place_of_setting(fault.message, layers).value_or(where),
                  "plugin \"" + settings.plugins[i].id + "\": " + fault.message);
    }
  }
}

void PluginsSection::read(const YAML::Node& store, StoreSettings& settings) {
  origins_.clear();
  read_entries(store, settings);
  ask_plugins(settings);
}

void PluginsSection::read_entries(const YAML::Node& store, StoreSettings& settings) {
  ServiceClaims claims(faults_);
  const std::vector<Entry> own = entries(child(store, "plugins"));
  for (const Entry& entry : own) {
    if (entry.off) continue;
    PluginSettings plugin;
    plugin.id = entry.id;
    plugin.location = faults_.place(entry.key.Mark());
    plugin.library = library_of(entry);
    if (!plugin.library) continue;
    claims.add(plugin, entry.key.Mark());
    Layers layers;
    if (entry.value.IsMap()) layers.push_back(entry.value);
    auto wire = settings_of(*plugin.library, layers, entry.key.Mark());
    if (!wire) continue;
    plugin.settings = std::move(*wire);
    settings.plugins.push_back(std::move(plugin));
    origins_.push_back({{"", {entry.key.Mark(), std::move(layers)}}});
  }
  const YAML::Node accounts = child(store, "accounts");
  if (!accounts.IsDefined() || !accounts.IsSequence()) return;
  for (const YAML::Node& account : accounts) {
    if (account.IsMap()) read_account(account, own, claims, settings);
  }
}

void PluginsSection::read_account(const YAML::Node& account, const std::vector<Entry>& own,
                                  ServiceClaims& claims, StoreSettings& settings) {
  const YAML::Node id = child(account, "id");
  if (!id.IsDefined() || !id.IsScalar()) return;
  const std::string account_id = id.Scalar();
  for (const Entry& entry : entries(child(account, "plugins"))) {
    const auto base = std::find_if(own.begin(), own.end(),
                                   [&](const Entry& each) { return each.id == entry.id; });
    if (base != own.end() && !base->off) {
      const auto plugin = std::find_if(
          settings.plugins.begin(), settings.plugins.end(),
          [&](const auto& each) { return each.id == entry.id && each.account_id.empty(); });
      if (plugin == settings.plugins.end()) continue;  // the store's entry is at fault already
      if (entry.off) {
        plugin->accounts_off.push_back(account_id);
        continue;
      }
      Layers layers;
      if (base->value.IsMap()) layers.push_back(base->value);
      if (entry.value.IsMap()) layers.push_back(entry.value);
      if (auto wire = settings_of(*plugin->library, layers, entry.key.Mark())) {
        plugin->account_settings[account_id] = std::move(*wire);
        const auto index = static_cast<std::size_t>(plugin - settings.plugins.begin());
        origins_[index][account_id] = {entry.key.Mark(), std::move(layers)};
      }
      continue;
    }
    if (entry.off) continue;
    PluginSettings module;
    module.id = entry.id;
    module.account_id = account_id;
    module.location = faults_.place(entry.key.Mark());
    module.library = library_of(entry);
    if (!module.library) continue;
    claims.add(module, entry.key.Mark());
    Layers layers;
    if (entry.value.IsMap()) layers.push_back(entry.value);
    auto wire = settings_of(*module.library, layers, entry.key.Mark());
    if (!wire) continue;
    module.settings = std::move(*wire);
    settings.plugins.push_back(std::move(module));
    origins_.push_back({{"", {entry.key.Mark(), std::move(layers)}}});
  }
}

}  // namespace souk::config
