// What rules say to show, from JSON into the reply.
#pragma once

#include <string_view>

#include "souk/v1/search.souk.hpp"

namespace souk::search {

/// Leaves `out` empty when `json` is no object. Deeper than 32 levels is left out.
void write_banner(std::string_view json, google::protobuf::Struct& out);

}  // namespace souk::search
