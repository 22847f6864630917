#include "kernel/host/routes.hpp"

#include <utility>

namespace souk::host {
namespace {

const schema::Service* find_service(const config::PluginInfo& plugin, const std::string& name) {
  if (plugin.schema != nullptr) {
    if (const schema::Service* service = plugin.schema->service(name)) return service;
  }
  return schema::DescriptorPool::builtin().service(name);
}

void add_routes(const std::shared_ptr<Supervisor>& supervisor, bus::RoutingTable& table) {
  const config::PluginSettings settings = supervisor->settings();
  if (settings.library == nullptr) return;
  const std::shared_ptr<Instance> life = supervisor->instance();
  auto& store = table[supervisor->key().store_id];
  std::uint32_t index = 0;
  for (const std::string& method : method_names(*settings.library)) {
    bus::RouteTarget target;
    target.method = index++;
    if (life != nullptr) {
      target.endpoint = &life->endpoint();
    } else {
      target.unavailable = supervisor->unavailable_sentence();
    }
    bus::MethodRoute& route = store[method];
    if (!settings.account_id.empty()) {
      route.accounts[settings.account_id] = std::move(target);
      continue;
    }
    route.store = std::move(target);
    for (const std::string& account : settings.accounts_off) {
      // An account's own module may already stand here.
      route.accounts.try_emplace(
          account,
          bus::RouteTarget{nullptr, 0, "the plugin " + settings.id + " is off for this account"});
    }
  }
}

}  // namespace

std::vector<std::string> method_names(const config::PluginInfo& plugin) {
  std::vector<std::string> names;
  for (const std::string& service_name : plugin.manifest.services()) {
    const schema::Service* const service = find_service(plugin, service_name);
    if (service == nullptr) continue;
    for (const schema::Method& method : service->methods) {
      names.push_back(service_name + "/" + method.name);
    }
  }
  return names;
}

bus::RoutingTable make_routes(const std::vector<std::shared_ptr<Supervisor>>& supervisors) {
  bus::RoutingTable table;
  for (const auto& supervisor : supervisors)
    add_routes(supervisor, table);
  return table;
}

std::vector<ServedService> served_services(
    const std::vector<std::shared_ptr<Supervisor>>& supervisors) {
  std::vector<ServedService> services;
  for (const auto& supervisor : supervisors) {
    const InstanceState state = supervisor->state();
    if (state == InstanceState::disabled) continue;
    const config::PluginSettings settings = supervisor->settings();
    if (settings.library == nullptr) continue;
    for (const std::string& service : settings.library->manifest.services()) {
      services.push_back(
          {supervisor->key().store_id, settings.account_id, settings.library, service});
    }
  }
  return services;
}

}  // namespace souk::host
