#include "kernel/base/elf_notes.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "souk/abi.h"

namespace souk::base {
namespace {

/// A file of known size that is read at offsets. read() fails on anything outside it.
struct Source {
  std::uint64_t size = 0;
  std::function<bool(std::uint64_t offset, char* out, std::size_t size)> read_at;

  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t length) const {
    return offset <= size && length <= size - offset;
  }
  template <class T>
  [[nodiscard]] bool read(std::uint64_t offset, T& out) const {
    return holds(offset, sizeof(T)) && read_at(offset, reinterpret_cast<char*>(&out), sizeof(T));
  }
  [[nodiscard]] bool read(std::uint64_t offset, std::uint64_t length, std::string& out) const {
    if (!holds(offset, length)) return false;
    out.resize(static_cast<std::size_t>(length));
    return read_at(offset, out.data(), out.size());
  }
};

Status malformed(std::string what) { return {Code::invalid_argument, std::move(what)}; }

Status check_header(const Elf64_Ehdr& header) {
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return malformed("it is not an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return malformed("it is not a little-endian 64-bit ELF file");
  }
  if (header.e_type != ET_DYN) return malformed("it is not a shared library");
  if (header.e_phentsize != sizeof(Elf64_Phdr))
    return malformed("its program headers are malformed");
  if (header.e_phnum == 0 || header.e_phnum > kMaxProgramHeaders) {
    return malformed("it has no program headers, or too many");
  }
  return {};
}

/// Notes are padded to 4 bytes, also in segments that are aligned to 8 (only GNU's own differ, and
/// those have sizes that are multiples of 8).
constexpr std::uint64_t padded(std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; }

/// Appends the notes of `owner` in one segment. Rests that are too short for a header are padding.
Status append_notes(std::string_view segment, std::string_view owner, std::vector<ElfNote>& notes) {
  while (segment.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header{};
    std::memcpy(&header, segment.data(), sizeof(header));
    segment.remove_prefix(sizeof(header));
    const std::uint64_t name_size = padded(header.n_namesz);
    if (name_size > segment.size()) return malformed("a note is cut off");
    std::string_view name = segment.substr(0, header.n_namesz);
    segment.remove_prefix(static_cast<std::size_t>(name_size));
    if (header.n_descsz > segment.size()) return malformed("a note is cut off");
    const std::string_view bytes = segment.substr(0, header.n_descsz);
    // The last note's padding may be missing.
    segment.remove_prefix(
        static_cast<std::size_t>(std::min<std::uint64_t>(padded(header.n_descsz), segment.size())));
    while (!name.empty() && name.back() == '\0')
      name.remove_suffix(1);
    if (name == owner) notes.push_back({header.n_type, std::string(bytes)});
  }
  return {};
}

Result<std::vector<ElfNote>> notes_of(const Source& source, std::string_view owner) {
  Elf64_Ehdr header{};
  if (!source.read(0, header)) return malformed("it is too short for an ELF file");
  if (Status status = check_header(header); !status.ok()) return status;
  std::vector<ElfNote> notes;
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < header.e_phnum; ++i) {
    const std::uint64_t offset = std::uint64_t{i} * sizeof(Elf64_Phdr);
    Elf64_Phdr program{};
    if (header.e_phoff > source.size || !source.read(header.e_phoff + offset, program)) {
      return malformed("it is truncated: a program header lies beyond its end");
    }
    // A library that was cut short would load and then fault.
    if (program.p_type == PT_LOAD && !source.holds(program.p_offset, program.p_filesz)) {
      return malformed("it is truncated: a segment lies beyond its end");
    }
    if (program.p_type != PT_NOTE) continue;
    if (program.p_filesz > kMaxNoteBytes - total) return malformed("its notes exceed 16 MiB");
    total += program.p_filesz;
    std::string segment;
    if (!source.read(program.p_offset, program.p_filesz, segment)) {
      return malformed("it is truncated: a note lies beyond its end");
    }
    if (Status status = append_notes(segment, owner, notes); !status.ok()) return status;
  }
  return notes;
}

/// Closes the file at the end of a scope.
class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

bool read_fully(int fd, std::uint64_t offset, char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t got = pread(fd, out, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

Result<std::vector<ElfNote>> parse_elf_notes(std::string_view file, std::string_view owner) {
  Source source;
  source.size = file.size();
  source.read_at = [file](std::uint64_t offset, char* out, std::size_t size) {
    if (size > 0) std::memcpy(out, file.data() + offset, size);
    return true;
  };
  return notes_of(source, owner);
}

Result<std::vector<ElfNote>> read_elf_notes(const std::string& path, std::string_view owner) {
  const File file(path);
  struct stat facts {};
  if (file.get() < 0 || fstat(file.get(), &facts) != 0) {
    return Status(Code::not_found, path + ": " + std::strerror(errno));
  }
  if (!S_ISREG(facts.st_mode)) return malformed(path + ": it is not a file");
  Source source;
  source.size = static_cast<std::uint64_t>(facts.st_size);
  source.read_at = [&file](std::uint64_t offset, char* out, std::size_t size) {
    return read_fully(file.get(), offset, out, size);
  };
  Result<std::vector<ElfNote>> notes = notes_of(source, owner);
  if (!notes.ok()) return Status(notes.code(), path + ": " + notes.status().message());
  return notes;
}

Result<PluginNotes> read_plugin_notes(const std::string& path) {
  Result<std::vector<ElfNote>> notes = read_elf_notes(path, SOUK_NOTE_OWNER);
  if (!notes.ok()) return notes.status();
  PluginNotes found;
  int manifests = 0;
  int schemas = 0;
  for (ElfNote& note : notes.value()) {
    if (note.type == SOUK_NOTE_MANIFEST) {
      ++manifests;
      found.manifest = std::move(note.bytes);
    } else if (note.type == SOUK_NOTE_SCHEMA) {
      ++schemas;
      found.schema = std::move(note.bytes);
    }
  }
  if (manifests == 0) return malformed(path + ": it has no Souk manifest: is it a Souk plugin?");
  if (manifests > 1 || schemas > 1) {
    return malformed(path +
                     ": it has more than one manifest or schema: are two plugins in one library?");
  }
  return found;
}

}  // namespace souk::base
