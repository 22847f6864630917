// Has no note: nobody knows what it is without loading it.
#include "plain.hpp"

BAD_ENTRY(bad::Plain, (souk_bytes{}))
