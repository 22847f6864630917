// Asks a plugin whether it takes settings, without starting it: for `souk check`, and for a file
// that is about to be applied.
#pragma once

#include <memory>
#include <vector>

#include "kernel/config/config.hpp"
#include "kernel/host/library.hpp"

namespace souk::host {

/// Makes an instance behind a host that has no effect, gives it the settings of the entry (init,
/// then those of each account) and destroys it. What it refuses is in the answer; empty: it takes
/// all. Runs the plugin's code on a thread of its own; a plugin that does not answer within
/// `timeout_ms` is a fault, and its thread is left behind. Any thread.
[[nodiscard]] std::vector<config::SettingsFault> check_settings(
    const std::shared_ptr<const Library>& library, const config::PluginSettings& settings,
    std::int64_t timeout_ms = 10'000);

}  // namespace souk::host
