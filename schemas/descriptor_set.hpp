// The descriptors of souk/v1, compiled into the program.
#pragma once

#include <string_view>

namespace souk::schemas {

// The serialized google.protobuf.FileDescriptorSet of souk/v1/*.proto: imports first, with custom
// options and source locations (field comments). Static storage; safe from any thread.
[[nodiscard]] std::string_view descriptor_set() noexcept;

}  // namespace souk::schemas
