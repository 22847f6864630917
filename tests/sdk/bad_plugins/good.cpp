// No fault: what all fixtures are but for one thing.
#include "plain.hpp"

BAD_PLUGIN(bad::Plain)
