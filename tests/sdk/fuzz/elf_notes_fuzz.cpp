// The note reader and the manifest reader on arbitrary files.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/base/elf_notes.hpp"
#include "souk/testing/declaration.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const auto notes = souk::base::parse_elf_notes(file, "souk");
  if (notes.ok()) {
    for (const auto& note : notes.value()) {
      static_cast<void>(souk::testing::read_declaration(note.bytes, note.bytes));
    }
  }
  static_cast<void>(souk::testing::read_declaration(file, file));
  return 0;
}
