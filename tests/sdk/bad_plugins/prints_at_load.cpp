// Prints while it is loaded.
#include <cstdio>

#include "plain.hpp"

namespace {
const int printed = std::puts("thank you for choosing bad-plugin");
}  // namespace

BAD_PLUGIN(bad::Plain)
