#include "kernel/config/service_claims.hpp"

namespace souk::config {
namespace {

/// What the router tells apart: names of variables do not count.
std::string path_of(const schema::Route& route) {
  std::string path = route.http_method + " ";
  for (const schema::PathSegment& segment : route.segments) {
    path += "/" + (segment.field != nullptr ? "{}" : segment.text);
  }
  return route.verb.empty() ? path : path + ":" + route.verb;
}

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

void ServiceClaims::add(const PluginSettings& plugin, const YAML::Mark& where) {
  for (const std::string& name : plugin.library->manifest.services()) {
    const Claim claim{plugin.id, name, where.line + 1};
    const auto [known, added] = services_.try_emplace({plugin.account_id, name}, claim);
    if (!added) {
      faults_.add(where, "plugin " + in_quotes(plugin.id) + " serves " + name + ", which plugin " +
                             in_quotes(known->second.plugin) + " (line " +
                             std::to_string(known->second.line) +
                             ") serves here already; one service is served by one plugin: "
                             "switch one of them off");
      continue;
    }
    const schema::Service* const service =
        plugin.library->schema != nullptr ? plugin.library->schema->service(name) : nullptr;
    if (service != nullptr) add_paths(*service, claim, where);
  }
}

void ServiceClaims::add_paths(const schema::Service& service, const Claim& claim,
                              const YAML::Mark& where) {
  for (const schema::Method& method : service.methods) {
    for (const schema::Route& route : method.routes) {
      const Claim& known = paths_.try_emplace(path_of(route), claim).first->second;
      if (known.service == claim.service || known.plugin == claim.plugin) continue;
      faults_.add(where, "plugin " + in_quotes(claim.plugin) + " answers " + route.http_method +
                             " " + route.path + " as " + claim.service + ", and plugin " +
                             in_quotes(known.plugin) + " (line " + std::to_string(known.line) +
                             ") answers the same path as " + known.service +
                             "; switch one of them off");
      return;
    }
  }
}

}  // namespace souk::config
