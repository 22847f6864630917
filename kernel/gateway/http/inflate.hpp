// Decompression of request bodies, bounded against bombs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"

namespace souk::gateway {

struct InflateLimits {
  std::size_t max_bytes = 8U << 20U;  ///< of what comes out
  std::size_t max_ratio = 300;        ///< out to in, looked at once 1 MiB has come out
};

/// Content codings of request bodies that are understood. Any thread.
enum class Coding { identity, gzip, deflate, unsupported };
[[nodiscard]] Coding coding_of(std::string_view content_encoding) noexcept;

/// `out` becomes the decompressed body. INVALID_ARGUMENT when it is damaged or truncated or
/// something follows it; RESOURCE_EXHAUSTED past a limit. "deflate" is read with and without zlib's
/// frame.
Status inflate_body(Coding coding, std::string_view body, const InflateLimits& limits,
                    std::string& out);

}  // namespace souk::gateway
