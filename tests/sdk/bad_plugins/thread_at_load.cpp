// Starts a thread while it is loaded.
#include <thread>

#include "plain.hpp"

namespace {
const bool started = [] {
  std::thread([] {
    for (;;)
      std::this_thread::sleep_for(std::chrono::hours(1));
  }).detach();
  return true;
}();
}  // namespace

BAD_PLUGIN(bad::Plain)
