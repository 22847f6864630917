#include "plugins/recommendations/model/aligned_array.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace souk::recommendations {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kWorthHugePages = 4 * kHugePage;

std::size_t rounded_up(std::size_t value, std::size_t to) { return (value + to - 1) / to * to; }

#if defined(__linux__)
bool is_mapped(std::size_t bytes) { return bytes >= kWorthHugePages; }

/// Whole huge pages: what the system gives begins anywhere, so more is asked for and cut.
void* map_pages(std::size_t size) {
  const std::size_t asked = size + kHugePage;
  void* memory = mmap(nullptr, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<char*>(memory);
  const std::size_t before =
      (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
  if (before > 0) munmap(begin, before);
  if (before < kHugePage) munmap(begin + before + size, kHugePage - before);
  // Whatever the system answers, the memory is there.
  static_cast<void>(madvise(begin + before, size, MADV_HUGEPAGE));
  return begin + before;
}
#endif

}  // namespace

void* allocate_aligned(std::size_t bytes) {
#if defined(__linux__)
  if (is_mapped(bytes)) return map_pages(rounded_up(bytes, kHugePage));
#endif
  const std::size_t size = rounded_up(std::max<std::size_t>(bytes, 1), kLine);
  void* memory = std::aligned_alloc(kLine, size);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, size);
  return memory;
}

void free_aligned(void* memory, std::size_t bytes) noexcept {
#if defined(__linux__)
  if (is_mapped(bytes)) {
    munmap(memory, rounded_up(bytes, kHugePage));
    return;
  }
#endif
  std::free(memory);
}

}  // namespace souk::recommendations
