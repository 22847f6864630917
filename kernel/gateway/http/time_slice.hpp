// How long a thread runs before others of its processor get their turn.
#pragma once

#include <chrono>

namespace souk::gateway {

/// Asks the scheduler for turns of about `slice` (0.1 to 100 ms) instead of its default of about
/// 3 ms, for the calling thread. Its share of the processor stays the same: it is interrupted
/// sooner, and waits less for its next turn. False when the kernel does not know of it (before
/// Linux 6.12); nothing has changed then.
bool set_time_slice(std::chrono::microseconds slice) noexcept;

}  // namespace souk::gateway
