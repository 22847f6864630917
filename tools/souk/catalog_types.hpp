// CatalogTypes: types of custom events, from the descriptors that plugins ship.
#pragma once

#include "kernel/config/plugin_catalog.hpp"
#include "kernel/schema/json_to_wire.hpp"

namespace souk::cli {

/// The catalog must outlive it.
class CatalogTypes final : public schema::TypeFinder {
 public:
  explicit CatalogTypes(const config::PluginCatalog& catalog) : catalog_(catalog) {}
  [[nodiscard]] const schema::MessageTable* find_type(std::string_view name) const override {
    for (const config::PluginInfoPtr& plugin : catalog_.plugins()) {
      if (plugin->schema == nullptr) continue;
      if (const schema::MessageTable* table = plugin->schema->message(name)) return table;
    }
    return nullptr;
  }

 private:
  const config::PluginCatalog& catalog_;
};

}  // namespace souk::cli
