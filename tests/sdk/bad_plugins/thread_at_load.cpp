// Starts a thread while it is loaded.
#include <unistd.h>

#include <thread>

#include "plain.hpp"

namespace {
const bool started = [] {
  std::thread([] {
    for (;;)
      pause();
  }).detach();
  return true;
}();
}  // namespace

BAD_PLUGIN(bad::Plain)
