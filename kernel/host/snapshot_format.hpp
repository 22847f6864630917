// The bytes of a snapshot: the host's part (timers), then the plugin's.
//
//   "SOUKSNP1"  8 bytes
//   timers      as bus::TimerQueue::save()
//   plugin      as souk_snapshot_v1.save wrote it, to the end
//
// Position, format version and plugin version stand beside it in storage::SnapshotInfo.
#pragma once

#include <string>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/bus/timer_queue.hpp"

namespace souk::host {

/// Begins a snapshot: the caller appends the plugin's part.
[[nodiscard]] std::string begin_snapshot(const bus::TimerQueue& timers);
/// Fills `timers` and returns the plugin's part, a view into `bytes`. DATA_LOSS when it is
/// malformed.
Result<std::string_view> open_snapshot(std::string_view bytes, bus::TimerQueue& timers);

}  // namespace souk::host
