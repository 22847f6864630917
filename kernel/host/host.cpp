#include "kernel/host/host.hpp"

#include "kernel/host/host_impl.hpp"

namespace souk::host {

std::string_view state_name(InstanceState state) noexcept {
  switch (state) {
    case InstanceState::verified:
      return "verified";
    case InstanceState::loaded:
      return "loaded";
    case InstanceState::created:
      return "created";
    case InstanceState::initialised:
      return "initialised";
    case InstanceState::replaying:
      return "replaying";
    case InstanceState::running:
      return "running";
    case InstanceState::draining:
      return "draining";
    case InstanceState::stopped:
      return "stopped";
    case InstanceState::disabled:
      return "disabled";
    case InstanceState::failed_retry:
      return "failed_retry";
    case InstanceState::failed_settings:
      return "failed_settings";
    case InstanceState::failed_stop:
      return "failed_stop";
    case InstanceState::quarantined:
      return "quarantined";
  }
  return "unknown";
}

Result<std::unique_ptr<Host>> Host::open(const HostSettings& settings, log::EventLog& log,
                                         storage::Database& database, const base::Clock& clock,
                                         base::Metrics& metrics) {
  return std::unique_ptr<Host>(std::make_unique<HostImpl>(settings, log, database, clock, metrics));
}

}  // namespace souk::host
