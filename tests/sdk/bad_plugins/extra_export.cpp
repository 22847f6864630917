// Exports a second symbol, to which another library may bind.
#include "plain.hpp"

extern "C" SOUK_EXPORT int souk_helper(void) { return 1; }

BAD_PLUGIN(bad::Plain)
