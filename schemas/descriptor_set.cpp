#include "schemas/descriptor_set.hpp"

// The assembler reads the file: a C array of half a megabyte would cost seconds to compile.
__asm__(
    ".section .rodata.souk_descriptor_set,\"a\",@progbits\n"
    ".balign 16\n"
    ".local souk_descriptor_set_begin\n"
    ".local souk_descriptor_set_end\n"
    "souk_descriptor_set_begin:\n"
    ".incbin \"" SOUK_DESCRIPTOR_SET_FILE
    "\"\n"
    "souk_descriptor_set_end:\n"
    ".byte 0\n"
    ".text\n");

extern "C" {
extern const char souk_descriptor_set_begin[];
extern const char souk_descriptor_set_end[];
}

namespace souk::schemas {

std::string_view descriptor_set() noexcept {
  return {souk_descriptor_set_begin,
          static_cast<std::size_t>(souk_descriptor_set_end - souk_descriptor_set_begin)};
}

}  // namespace souk::schemas
