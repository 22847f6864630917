// The note reader against the real libraries and against damage to them.
#include "kernel/base/elf_notes.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "souk/testing/declaration.hpp"

namespace souk::base {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(ElfNotes, WhatIsNoLibraryIsRefusedByReason) {
  EXPECT_EQ(read_elf_notes("/nowhere/lib.so", "souk").code(), Code::not_found);
  EXPECT_EQ(read_elf_notes("/tmp", "souk").code(), Code::invalid_argument);
  EXPECT_EQ(parse_elf_notes("", "souk").status().message(), "it is too short for an ELF file");
  EXPECT_EQ(parse_elf_notes(std::string(4096, 'x'), "souk").status().message(),
            "it is not an ELF file");
  std::string object(sizeof(Elf64_Ehdr), '\0');
  std::memcpy(object.data(), ELFMAG, SELFMAG);
  object[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(parse_elf_notes(object, "souk").status().message(),
            "it is not a little-endian 64-bit ELF file");
  const auto program = read_plugin_notes("/bin/true");
  EXPECT_EQ(program.code(), Code::invalid_argument);
}

TEST(ElfNotes, ALibraryThatIsNoPluginHasNoManifest) {
  const auto notes = read_plugin_notes(SOUK_NOT_A_PLUGIN);
  ASSERT_FALSE(notes.ok());
  EXPECT_NE(notes.status().message().find("no Souk manifest"), std::string::npos);
}

TEST(ElfNotes, ReadsThePluginsNotesWithoutLoadingIt) {
  const auto notes = read_plugin_notes(SOUK_PLUGIN_LIBRARY);
  ASSERT_TRUE(notes.ok()) << notes.status().message();
  const auto declared = souk::testing::read_declaration(notes->manifest, notes->schema);
  EXPECT_EQ(declared.id, "sdk-probe");
  EXPECT_EQ(declared.methods.size(), 5u);
}

TEST(ElfNotes, EveryTruncationIsRefused) {
  const std::string whole = slurp(SOUK_PLUGIN_LIBRARY);
  Elf64_Ehdr header{};
  std::memcpy(&header, whole.data(), sizeof(header));
  std::uint64_t loaded = 0;
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr program{};
    std::memcpy(&program,
                whole.data() + header.e_phoff + sizeof(program) * static_cast<std::size_t>(i),
                sizeof(program));
    if (program.p_type == PT_LOAD) loaded = std::max(loaded, program.p_offset + program.p_filesz);
  }
  for (std::uint64_t size = 0; size < loaded; size += 1 + size / 50) {
    EXPECT_FALSE(parse_elf_notes(std::string_view(whole).substr(0, size), "souk").ok()) << size;
  }
  EXPECT_TRUE(parse_elf_notes(std::string_view(whole).substr(0, loaded), "souk").ok());
}

TEST(ElfNotes, DamagedHeadersNeverReadOutside) {
  const std::string whole = slurp(SOUK_PLUGIN_LIBRARY);
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = whole.substr(0, 64 * 1024);
    for (int n = 0; n < 8; ++n)
      damaged[random() % 1024] = static_cast<char>(random());
    static_cast<void>(parse_elf_notes(damaged, "souk"));
  }
}

}  // namespace
}  // namespace souk::base
