// Opens a file while it is loaded.
#include <fcntl.h>

#include "plain.hpp"

namespace {
const int opened = open("/dev/null", O_RDONLY);
}  // namespace

BAD_PLUGIN(bad::Plain)
