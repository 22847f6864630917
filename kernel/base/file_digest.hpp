// The digest of a file, read in pieces, and a cheap way to see later that the file is still that
// one.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/base/status.hpp"

namespace souk::base {

/// What the file system says of a file's content without reading it: every write, and every other
/// file under the same name, changes it.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  ///< of content or metadata; no program can set it

  friend bool operator==(const FileState&, const FileState&) = default;
};

struct FileDigest {
  std::string sha256;  ///< 64 lower-case hex digits
  /// As it was before the first byte was read. All zero when the file had changed so shortly before
  /// that a further change might not show.
  FileState state;
};

/// UNAVAILABLE when it cannot be read.
Result<FileDigest> digest_of_file(const std::string& path);

/// True when the file is, without reading it again, still the one that was read for `digest`.
[[nodiscard]] bool is_unchanged(const std::string& path, const FileDigest& digest) noexcept;

/// SHA-256 alone. UNAVAILABLE when it cannot be read.
Result<std::string> sha256_of_file(const std::string& path);

}  // namespace souk::base
