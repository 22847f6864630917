#include "kernel/gateway/http/time_slice.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace souk::gateway {
namespace {

/// sched_setattr(2); the C library of Debian 12 has neither the type nor the call.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;  ///< the slice, for SCHED_OTHER
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

}  // namespace

bool set_time_slice(std::chrono::microseconds slice) noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::chrono::nanoseconds(slice).count());
  Attributes now;
  if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0) return false;
  if (now.policy != SCHED_OTHER) return false;  // somebody has decided otherwise
  Attributes asked;
  asked.nice = now.nice;
  asked.runtime_ns = wanted;
  if (syscall(SYS_sched_setattr, 0, &asked, 0) != 0) return false;
  // A kernel that does not know of it takes the value and forgets it.
  return syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) == 0 && now.runtime_ns == wanted;
}

}  // namespace souk::gateway
