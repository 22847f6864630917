// Settings of an index as clients of the Algolia API send them: are they of the types they must be?
#pragma once

#include <simdjson.h>

#include "kernel/base/status.hpp"

namespace souk::gateway {

/// INVALID_ARGUMENT names the first that is not. What is not known is anybody's business: it is
/// kept.
Status check_settings(const simdjson::dom::element& settings);

}  // namespace souk::gateway
