#include "kernel/gateway/surface.hpp"

#include <algorithm>
#include <set>

#include "kernel/base/logging.hpp"

namespace souk::gateway {
namespace {

HttpMethod method_of(std::string_view name) noexcept {
  if (name == "GET") return HttpMethod::get;
  if (name == "PUT") return HttpMethod::put;
  if (name == "POST") return HttpMethod::post;
  if (name == "DELETE") return HttpMethod::del;
  if (name == "PATCH") return HttpMethod::patch;
  return HttpMethod::other;
}

/// Adds the routes of services to a surface.
class RouteBuilder {
 public:
  RouteBuilder(Surface& surface, const HandlerTable& handlers, HttpMetrics& metrics)
      : surface_(surface), handlers_(handlers), metrics_(metrics) {}

  void add_service(const schema::Service& service,
                   std::shared_ptr<const schema::DescriptorPool> pool,
                   std::vector<std::string> stores) {
    for (const schema::Method& method : service.methods) {
      const std::string name = service.full_name + "/" + method.name;
      const auto own = handlers_.methods.find(name);
      for (const schema::Route& route : method.routes) {
        auto target = std::make_shared<RouteTarget>();
        target->label = route.http_method + " " + route.path;
        target->label_id = metrics_.label(target->label);
        target->scope = scope_of(route.scope);
        target->stores = stores;
        target->route = &route;
        target->pool = pool;
        target->method = name;
        target->handler = own != handlers_.methods.end() ? own->second : handlers_.service_call;
        target->appends_only = name == "souk.v1.Ingest/PostEvents";
        const schema::Field* account = method.input->find("account_id");
        if (account != nullptr && account->kind == schema::Kind::string && !account->repeated) {
          target->account_field = account->number;
        }
        const schema::Field* agent = method.input->find("user_agent");
        if (agent != nullptr && agent->kind == schema::Kind::string && !agent->repeated) {
          target->agent_field = agent->number;
        }
        surface_.router.add(method_of(route.http_method), RoutePattern::of(route),
                            std::move(target));
      }
    }
  }

  void add_plain(const PlainRoute& plain) {
    auto target = std::make_shared<RouteTarget>();
    target->label = std::string(method_name(plain.method)) + " " + plain.path;
    target->label_id = metrics_.label(target->label);
    target->scope = plain.scope;
    target->own_auth = plain.own_auth;
    target->appends_only = plain.appends_only;
    target->handler = plain.handler;
    surface_.router.add(plain.method, RoutePattern::parse(plain.path), std::move(target));
  }

 private:
  Surface& surface_;
  const HandlerTable& handlers_;
  HttpMetrics& metrics_;
};

bool is_kernel_service(const HandlerTable& handlers, const std::string& full_name) {
  const auto it = handlers.methods.lower_bound(full_name + "/");
  return it != handlers.methods.end() && it->first.starts_with(full_name + "/");
}

/// Every service that a store has or may have: what runs, and what the file names and does not run
/// now. The latter keep their paths, which then answer UNAVAILABLE.
struct PluginService {
  config::PluginInfoPtr plugin;
  std::string service;
  std::vector<std::string> stores;
};

std::vector<PluginService> plugin_services(const Surface& surface) {
  std::vector<PluginService> found;
  const auto note = [&found](const config::PluginInfoPtr& plugin, const std::string& service,
                             const std::string& store) {
    for (PluginService& known : found) {
      if (known.service != service || known.plugin->sha256 != plugin->sha256) continue;
      if (std::find(known.stores.begin(), known.stores.end(), store) == known.stores.end()) {
        known.stores.push_back(store);
      }
      return;
    }
    found.push_back({plugin, service, {store}});
  };
  for (const host::ServedService& served : surface.services) {
    if (served.plugin) note(served.plugin, served.service, served.store_id);
  }
  for (const config::StoreSettings& store : surface.settings) {
    for (const config::PluginSettings& plugin : store.plugins) {
      if (!plugin.library) continue;
      for (const std::string& service : plugin.library->manifest.services()) {
        note(plugin.library, service, store.id);
      }
    }
  }
  return found;
}

}  // namespace

void PluginTypes::add(std::shared_ptr<const schema::DescriptorPool> pool) {
  if (pool && std::find(pools_.begin(), pools_.end(), pool) == pools_.end()) {
    pools_.push_back(std::move(pool));
  }
}

const schema::MessageTable* PluginTypes::find_type(std::string_view name) const {
  for (const auto& pool : pools_) {
    if (const schema::MessageTable* table = pool->message(name)) return table;
  }
  return nullptr;
}

std::string Surface::label(std::uint16_t route) const {
  return metrics != nullptr ? metrics->label_text(route) : std::string();
}

std::shared_ptr<Store> Surface::store(std::string_view id) const {
  for (const auto& one : stores) {
    if (one->id == id) return one;
  }
  return nullptr;
}

std::shared_ptr<const Surface> build_surface(const std::vector<config::StoreSettings>& stores,
                                             host::Host& host, const HandlerTable& handlers,
                                             HttpMetrics& metrics, const Surface* before) {
  auto surface = std::make_shared<Surface>();
  surface->settings = stores;
  surface->metrics = &metrics;
  for (const config::StoreSettings& store : stores) {
    std::shared_ptr<Store> one = before != nullptr ? before->store(store.id) : nullptr;
    if (!one) {
      one = std::make_shared<Store>();
      one->id = store.id;
    }
    surface->stores.push_back(std::move(one));
    for (const config::PluginSettings& plugin : store.plugins) {
      if (plugin.library) surface->types.add(plugin.library->schema);
    }
  }
  surface->keys = KeyRing(stores, before != nullptr ? &before->keys : nullptr);
  // The version first: a change in between is then noticed by the next request.
  surface->services_version = host.services_version();
  surface->services = host.services();

  RouteBuilder builder(*surface, handlers, metrics);
  for (const PlainRoute& plain : handlers.plain)
    builder.add_plain(plain);
  const schema::DescriptorPool& kernel = schema::DescriptorPool::builtin();
  for (const schema::Service* service : kernel.services()) {
    if (is_kernel_service(handlers, service->full_name)) builder.add_service(*service, nullptr, {});
  }
  for (const PluginService& offered : plugin_services(*surface)) {
    surface->types.add(offered.plugin->schema);
    const schema::Service* service =
        offered.plugin->schema ? offered.plugin->schema->service(offered.service) : nullptr;
    const bool own = service != nullptr;
    if (!own) service = kernel.service(offered.service);
    if (service == nullptr) {
      base::log_warning("gateway", "a plugin names a service that no descriptor describes",
                        {{"plugin", offered.plugin->manifest.id()}, {"service", offered.service}});
      continue;
    }
    builder.add_service(*service, own ? offered.plugin->schema : nullptr, offered.stores);
  }
  // Services that Souk defines keep their paths where no plugin serves them: UNAVAILABLE, not 404.
  for (const schema::Service* service : kernel.services()) {
    if (!is_kernel_service(handlers, service->full_name))
      builder.add_service(*service, nullptr, {});
  }
  return surface;
}

}  // namespace souk::gateway
