// Takes its time while it is loaded.
#include <chrono>
#include <thread>

#include "plain.hpp"

namespace {
const bool slept = [] {
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  return true;
}();
}  // namespace

BAD_PLUGIN(bad::Plain)
