// Reads the ELF notes in which a plugin library says what it is, without loading it: constructors
// run inside dlopen(), so whatever is checked after that is checked too late.
//
// The file is not trusted: every offset and size is checked against the file and the limits below,
// and nothing of it is read but headers and notes. Functions are safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"

namespace souk::base {

struct ElfNote {
  std::uint32_t type = 0;
  std::string bytes;
};

/// Limits of one library; a file beyond them is refused.
inline constexpr std::uint64_t kMaxNoteBytes = 16 * 1024 * 1024;  ///< of all notes together
inline constexpr std::uint32_t kMaxProgramHeaders = 1024;

/// The notes of `owner` in the shared library at `path`, in the order of the file. NOT_FOUND when
/// the file does not open; INVALID_ARGUMENT, with the reason, when it is no little-endian 64-bit
/// ELF shared library, is truncated or malformed. No note of that owner is an empty list.
Result<std::vector<ElfNote>> read_elf_notes(const std::string& path, std::string_view owner);

/// The same of a file that is in memory.
Result<std::vector<ElfNote>> parse_elf_notes(std::string_view file, std::string_view owner);

/// The two notes of a plugin. INVALID_ARGUMENT also when there is no manifest or two of a kind; the
/// schema may be missing and is then empty.
struct PluginNotes {
  std::string manifest;  ///< wire bytes of souk.v1.PluginManifest
  std::string schema;    ///< wire bytes of google.protobuf.FileDescriptorSet
};
Result<PluginNotes> read_plugin_notes(const std::string& path);

}  // namespace souk::base
