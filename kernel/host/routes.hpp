// The routing table that follows from what runs: see bus::CallRouter.
#pragma once

#include <memory>
#include <vector>

#include "kernel/bus/call_router.hpp"
#include "kernel/host/host.hpp"
#include "kernel/host/supervisor.hpp"

namespace souk::host {

/// Full names of the methods that a plugin serves, in the order of souk_call.method. A service that
/// its descriptors do not define contributes none.
[[nodiscard]] std::vector<std::string> method_names(const config::PluginInfo& plugin);

/// A store's instances first, account-only modules after them: a module's methods win for its
/// account.
[[nodiscard]] bus::RoutingTable make_routes(
    const std::vector<std::shared_ptr<Supervisor>>& supervisors);

/// The services of every instance that is not disabled, whatever its state.
[[nodiscard]] std::vector<ServedService> served_services(
    const std::vector<std::shared_ptr<Supervisor>>& supervisors);

}  // namespace souk::host
