// What a shared library exports, imports and needs, read from its file. Not trusted: bounded
// throughout.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "souk/result.hpp"

namespace souk::plugin_check {

struct ElfDynamic {
  std::vector<std::string> exported;   ///< defined global or weak symbols that others may bind to
  std::vector<std::string> undefined;  ///< needed from others; weak ones are left out
  std::vector<std::string> needed;     ///< DT_NEEDED: "libc.so.6"
  bool nodelete = false;               ///< linked with -z nodelete
};

/// `file` is the whole library. INVALID_ARGUMENT when its tables are malformed.
Result<ElfDynamic> read_elf_dynamic(std::string_view file);

}  // namespace souk::plugin_check
