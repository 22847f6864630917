#include "tools/plugin_check/elf_dynamic.hpp"

#include <elf.h>

#include <cstring>

namespace souk::plugin_check {
namespace {

constexpr std::uint64_t kMaxSymbols = 1'000'000;

/// A copy of the T at `offset`; false outside the file.
template <class T>
bool read_at(std::string_view file, std::uint64_t offset, T& out) {
  if (offset > file.size() || sizeof(T) > file.size() - offset) return false;
  std::memcpy(&out, file.data() + offset, sizeof(T));
  return true;
}

Status malformed(const char* what) { return {Code::invalid_argument, what}; }

/// The NUL-terminated text at `offset` of a string table.
std::string text_at(std::string_view table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  const std::string_view rest = table.substr(static_cast<std::size_t>(offset));
  return std::string(rest.substr(0, rest.find('\0')));
}

std::string_view contents(std::string_view file, const Elf64_Shdr& section) {
  if (section.sh_offset > file.size() || section.sh_size > file.size() - section.sh_offset)
    return {};
  return file.substr(static_cast<std::size_t>(section.sh_offset),
                     static_cast<std::size_t>(section.sh_size));
}

void add_symbols(std::string_view table, std::string_view names, ElfDynamic& out) {
  for (std::uint64_t at = sizeof(Elf64_Sym); at < table.size(); at += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol{};
    if (!read_at(table, at, symbol)) return;
    const unsigned bind = ELF64_ST_BIND(symbol.st_info);
    const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    if (bind == STB_LOCAL) continue;
    std::string name = text_at(names, symbol.st_name);
    if (symbol.st_shndx == SHN_UNDEF) {
      if (bind != STB_WEAK) out.undefined.push_back(std::move(name));
    } else if (visibility == STV_DEFAULT || visibility == STV_PROTECTED) {
      // The symbols that name versions are absolute and of no use to anybody.
      if (symbol.st_shndx != SHN_ABS) out.exported.push_back(std::move(name));
    }
  }
}

void add_dynamic(std::string_view table, std::string_view names, ElfDynamic& out) {
  for (std::uint64_t at = 0; at < table.size(); at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry{};
    if (!read_at(table, at, entry) || entry.d_tag == DT_NULL) return;
    if (entry.d_tag == DT_NEEDED) out.needed.push_back(text_at(names, entry.d_un.d_val));
    if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_NODELETE) != 0) out.nodelete = true;
  }
}

}  // namespace

Result<ElfDynamic> read_elf_dynamic(std::string_view file) {
  Elf64_Ehdr header{};
  if (!read_at(file, 0, header)) return malformed("it is too short for an ELF file");
  if (header.e_shnum == 0 || header.e_shentsize != sizeof(Elf64_Shdr)) {
    return malformed("it has no section headers");
  }
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (header.e_shoff > file.size() ||
        !read_at(file, header.e_shoff + i * sizeof(Elf64_Shdr), sections[i])) {
      return malformed("it is truncated: a section header lies beyond its end");
    }
  }
  ElfDynamic found;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_DYNSYM && section.sh_type != SHT_DYNAMIC) continue;
    if (section.sh_link >= sections.size()) return malformed("a table has no names");
    const std::string_view table = contents(file, section);
    const std::string_view names = contents(file, sections[section.sh_link]);
    if (table.size() / sizeof(Elf64_Sym) > kMaxSymbols) return malformed("it has too many symbols");
    if (section.sh_type == SHT_DYNSYM) {
      add_symbols(table, names, found);
    } else {
      add_dynamic(table, names, found);
    }
  }
  return found;
}

}  // namespace souk::plugin_check
