#include "plugins/recommendations/model/aligned_array.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "plugins/recommendations/model/huge_pages.hpp"

namespace souk::recommendations {
namespace {

constexpr std::size_t kWorthHugePages = 4 * kHugePage;

bool is_mapped(std::size_t bytes) { return bytes >= kWorthHugePages; }

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  if (is_mapped(bytes)) {
    void* pages = map_huge(rounded_up(bytes, kHugePage));
    if (pages == nullptr) throw std::bad_alloc();
    return pages;
  }
  const std::size_t size = rounded_up(std::max<std::size_t>(bytes, 1), kCacheLine);
  void* memory = std::aligned_alloc(kCacheLine, size);
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, size);
  return memory;
}

void free_aligned(void* memory, std::size_t bytes) noexcept {
  if (is_mapped(bytes)) return unmap_huge(memory, rounded_up(bytes, kHugePage));
  std::free(memory);
}

}  // namespace souk::recommendations
