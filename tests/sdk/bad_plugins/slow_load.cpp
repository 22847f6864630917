// Takes its time while it is loaded.
#include <chrono>

#include "plain.hpp"

namespace {
const bool worked = [] {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (std::chrono::steady_clock::now() < end) {
  }
  return true;
}();
}  // namespace

BAD_PLUGIN(bad::Plain)
