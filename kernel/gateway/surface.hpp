// Surface: all that requests are judged and routed by, as one immutable piece: stores, keys,
// routes, types of custom events. A reload or a change of plugins makes a new one; requests that
// have begun keep the one they began with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel/gateway/exchange.hpp"
#include "kernel/gateway/http_metrics.hpp"
#include "kernel/gateway/key_ring.hpp"
#include "kernel/gateway/router.hpp"
#include "kernel/host/host.hpp"

namespace souk::gateway {

/// A path of the kernel that no descriptor declares.
struct PlainRoute {
  HttpMethod method = HttpMethod::get;
  std::string path;
  Scope scope = kScopePublic;
  bool own_auth = false;
  bool appends_only = false;
  Handler handler;
};

/// What the gateway's parts offer: handlers by method ("souk.v1.Products/GetProduct"), and plain
/// paths.
struct HandlerTable {
  std::map<std::string, Handler> methods;
  std::vector<PlainRoute> plain;
  Handler service_call;  ///< every method that is none of the above: asks a plugin
};

/// Types of custom events, from the descriptors that plugins ship.
class PluginTypes final : public schema::TypeFinder {
 public:
  void add(std::shared_ptr<const schema::DescriptorPool> pool);
  [[nodiscard]] const schema::MessageTable* find_type(std::string_view name) const override;

 private:
  std::vector<std::shared_ptr<const schema::DescriptorPool>> pools_;
};

struct Surface {
  std::vector<config::StoreSettings> settings;
  std::vector<std::shared_ptr<Store>> stores;  ///< as in settings
  KeyRing keys;
  Router router;
  PluginTypes types;
  std::uint64_t services_version = 0;
  std::vector<host::ServedService> services;
  HttpMetrics* metrics = nullptr;

  [[nodiscard]] std::string label(std::uint16_t route) const;
  /// nullptr when there is no such store.
  [[nodiscard]] std::shared_ptr<Store> store(std::string_view id) const;
};

/// `before` may be null; its stores' counters and its keys' limits go on.
std::shared_ptr<const Surface> build_surface(const std::vector<config::StoreSettings>& stores,
                                             host::Host& host, const HandlerTable& handlers,
                                             HttpMetrics& metrics, const Surface* before);

}  // namespace souk::gateway
