// ServiceClaims: who serves what in one store, so that a question has one plugin to go to.
//
// Two plugins of a store may not serve the same service, nor may two modules of one account: which
// one answers would be chance. An account's module may serve what a plugin of the store serves: for
// that account it takes its place. Two services may not answer under the same path.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <utility>

#include "kernel/config/config.hpp"
#include "kernel/config/yaml_reader.hpp"

namespace souk::config {

/// For one store. Not thread-safe.
class ServiceClaims {
 public:
  explicit ServiceClaims(FaultList& faults) : faults_(faults) {}

  /// Notes what the plugin serves; a fault at `where` when another one that was noted before serves
  /// the same.
  void add(const PluginSettings& plugin, const YAML::Mark& where);

 private:
  struct Claim {
    std::string plugin;
    std::string service;
    int line = 0;
  };

  void add_paths(const schema::Service& service, const Claim& claim, const YAML::Mark& where);

  FaultList& faults_;
  std::map<std::pair<std::string, std::string>, Claim> services_;  // account, service
  std::map<std::string, Claim> paths_;                             // "GET /v1/products/{}"
};

}  // namespace souk::config
