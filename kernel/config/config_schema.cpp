// The JSON Schema of the YAML file, for editors.
#include "kernel/config/config.hpp"
#include "kernel/config/plugins_section.hpp"
#include "kernel/schema/json_schema.hpp"

namespace souk::config {
namespace {

constexpr const char* kReservedKeys =
    R"("library":{"type":"string","description":"The plugin's file, relative to this one."},)"
    R"("sha256":{"type":"string","pattern":"^[0-9a-f]{64}$","description":"Load the library only if this is its SHA-256."},)"
    R"("isolation":{"type":"string","enum":["none"],"description":"none: inside the daemon."})";

/// What may stand behind a plugin's name beside a map of settings.
constexpr const char* kSwitch =
    R"({"type":["boolean","null"]},{"type":"string","enum":["on","off"]})";

std::string plugin_schema(const PluginInfo& plugin, schema::JsonSchemas& schemas) {
  std::string out = R"({"description":)";
  schema::append_json_string(out, plugin.manifest.description());
  out += R"(,"anyOf":[)";
  out += kSwitch;
  out += R"(,{"type":"object","unevaluatedProperties":false,"properties":{)";
  out += kReservedKeys;
  out += "}";
  if (const schema::MessageTable* table = settings_table(plugin)) {
    out += R"(,"allOf":[)" + schemas.open_reference(*table) + "]";
  }
  return out + "}]}";
}

}  // namespace

std::string json_schema(const PluginCatalog& catalog) {
  schema::JsonSchemas schemas(schema::SchemaUse::yaml, "#/$defs/");
  std::string plugins = R"({"type":"object","properties":{)";
  bool first = true;
  for (const PluginInfoPtr& plugin : catalog.plugins()) {
    if (!first) plugins += ",";
    first = false;
    schema::append_json_string(plugins, plugin->manifest.id());
    plugins += ":" + plugin_schema(*plugin, schemas);
  }
  // Others may be given by `library:`; what they accept is checked when the file is read.
  plugins += R"(},"additionalProperties":{"anyOf":[{"type":"object"},)";
  plugins += kSwitch;
  plugins += "]}}";
  schemas.define("souk.v1.PluginsConfig", std::move(plugins));

  const schema::MessageTable* table =
      schema::DescriptorPool::builtin().message("souk.v1.ConfigFile");
  const std::string root = schemas.reference(*table);
  return R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Souk configuration",)"
         R"("allOf":[)" +
         root + R"(],"$defs":{)" + schemas.definitions() + "}}\n";
}

}  // namespace souk::config
