// Calling into a plugin: what its functions leave on the thread, and a shield against what must not
// cross the boundary but may all the same.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include <souk/abi.h>

#include "kernel/host/crash_record.hpp"

namespace souk::host {

/// Remembers the sentence that `owner` leaves on this thread.
void leave_error(const void* owner, std::string_view text);
/// Takes the sentence that `owner` left on this thread; empty when there is none.
std::string take_error(const void* owner);

inline souk_bytes to_bytes(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view to_view(souk_bytes bytes) noexcept {
  return {bytes.data, static_cast<std::size_t>(bytes.size)};
}

/// On whose behalf a plugin's function runs.
struct Caller {
  const void* owner;
  const std::string& label;
};

/// Runs a plugin's function. An exception that crosses becomes SOUK_E_INTERNAL with its text: the
/// ABI forbids it, and the daemon lives on where the runtime allows.
template <class Call>
souk_status shielded(const Caller& caller, Call&& call) noexcept {
  const void* const owner = caller.owner;
  try {
    (void)take_error(owner);
    const RunningIn mark(caller.label);
    return call();
  } catch (const std::exception& error) {
    leave_error(owner, std::string("an exception crossed the boundary: ") + error.what());
  } catch (...) {
    leave_error(owner, "an exception crossed the boundary");
  }
  return SOUK_E_INTERNAL;
}

/// The same for create().
template <class Call>
const souk_plugin* shielded_pointer(const Caller& caller, Call&& call) noexcept {
  const souk_plugin* plugin = nullptr;
  (void)shielded(caller, [&] {
    plugin = call();
    return SOUK_OK;
  });
  return plugin;
}

}  // namespace souk::host
