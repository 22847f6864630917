#include "plugins/recommendations/model/aligned_array.hpp"

#include <algorithm>
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

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  const bool huge = bytes >= kWorthHugePages;
  const std::size_t boundary = huge ? kHugePage : kLine;
  const std::size_t size = rounded_up(std::max<std::size_t>(bytes, 1), kLine);
  void* memory = std::aligned_alloc(boundary, huge ? rounded_up(size, kHugePage) : size);
  if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
  // Whatever the system answers, the memory is there.
  if (huge) static_cast<void>(madvise(memory, size, MADV_HUGEPAGE));
#endif
  std::memset(memory, 0, size);
  return memory;
}

void free_aligned(void* memory) noexcept { std::free(memory); }

}  // namespace souk::recommendations
