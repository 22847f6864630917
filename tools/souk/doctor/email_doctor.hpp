// `souk doctor email`: will the messages of this file arrive?
#pragma once

#include <cstdint>
#include <string>

#include "kernel/base/status.hpp"
#include "kernel/config/config.hpp"
#include "tools/souk/doctor/finding.hpp"

namespace souk::cli {

struct DoctorTask {
  std::string dns;                   ///< "ADDRESS:PORT"; empty: the system's
  std::int64_t timeout_ms = 10'000;  ///< of each connection
};

/// Examines the settings of one store's e-mail plugin. Fails only where nothing can be examined.
Result<Findings> examine_email(const config::PluginSettings& plugin, const DoctorTask& task);

}  // namespace souk::cli
