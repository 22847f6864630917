#include "plugins/recommendations/model/huge_pages.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

// The address sanitizer watches the edges of what malloc gives, and finds pointers only there.
#if defined(__SANITIZE_ADDRESS__)
#define SOUK_PIECES_APART
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SOUK_PIECES_APART
#endif
#endif

namespace souk::recommendations {
namespace {

void* allocate_apart(std::size_t bytes) noexcept {
  return std::aligned_alloc(kCacheLine, rounded_up(std::max<std::size_t>(bytes, 1), kCacheLine));
}

#if !defined(SOUK_PIECES_APART)
constexpr std::size_t kSmall = std::size_t{16} << 10;  // below this malloc wastes less

/// Regions of one huge page, filled from their beginning.
class Regions {
 public:
  void* allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    // What is left of the last few still holds smaller pieces.
    const std::size_t first = regions_.size() - std::min(regions_.size(), kOpen);
    for (std::size_t at = first; at < regions_.size(); ++at) {
      if (kHugePage - regions_[at].used >= bytes) return take(regions_[at], bytes);
    }
    regions_.reserve(regions_.size() + 1);
    void* memory = map_huge(kHugePage);
    if (memory == nullptr) return nullptr;
    regions_.push_back({static_cast<char*>(memory), 0, 0});
    return take(regions_.back(), bytes);
  }

  void free(void* piece) {
    const std::lock_guard lock(mutex_);
    const auto base = reinterpret_cast<std::uintptr_t>(piece) / kHugePage * kHugePage;
    const auto region = std::find_if(regions_.begin(), regions_.end(), [&](const Region& r) {
      return reinterpret_cast<std::uintptr_t>(r.begin) == base;
    });
    if (region == regions_.end() || --region->pieces > 0) return;
    unmap_huge(region->begin, kHugePage);
    regions_.erase(region);
  }

 private:
  static constexpr std::size_t kOpen = 4;
  struct Region {
    char* begin;
    std::size_t used;
    std::size_t pieces;  ///< that are in use
  };

  static void* take(Region& region, std::size_t bytes) {
    void* piece = region.begin + region.used;
    region.used += rounded_up(bytes, kCacheLine);
    ++region.pieces;
    return piece;
  }

  std::mutex mutex_;
  std::vector<Region> regions_;
};

/// Never destroyed: what is destroyed at exit may still give pieces back.
Regions& regions() {
  static Regions* const all = new Regions;
  return *all;
}
#endif

}  // namespace

void* map_huge(std::size_t bytes) noexcept {
#if defined(__linux__)
  // What the system gives begins anywhere, so more is asked for and cut.
  const std::size_t asked = bytes + kHugePage;
  void* memory = mmap(nullptr, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* begin = static_cast<char*>(memory);
  const std::size_t before =
      (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
  if (before > 0) munmap(begin, before);
  if (before < kHugePage) munmap(begin + before + bytes, kHugePage - before);
  // Whatever the system answers, the memory is there.
  static_cast<void>(madvise(begin + before, bytes, MADV_HUGEPAGE));
  return begin + before;
#else
  void* memory = std::aligned_alloc(kHugePage, bytes);
  if (memory != nullptr) std::fill_n(static_cast<char*>(memory), bytes, '\0');
  return memory;
#endif
}

void unmap_huge(void* memory, std::size_t bytes) noexcept {
#if defined(__linux__)
  munmap(memory, bytes);
#else
  static_cast<void>(bytes);
  std::free(memory);
#endif
}

#if defined(SOUK_PIECES_APART)
void* allocate_piece(std::size_t bytes) noexcept { return allocate_apart(bytes); }
void free_piece(void* piece, std::size_t) noexcept { std::free(piece); }
#else
void* allocate_piece(std::size_t bytes) noexcept {
  if (bytes < kSmall) return allocate_apart(bytes);
  if (bytes > kHugePage) return map_huge(rounded_up(bytes, kHugePage));
  try {
    return regions().allocate(bytes);
  } catch (const std::bad_alloc&) {  // of the list of regions
    return nullptr;
  }
}

void free_piece(void* piece, std::size_t bytes) noexcept {
  if (piece == nullptr) return;
  if (bytes < kSmall) {
    std::free(piece);
  } else if (bytes > kHugePage) {
    unmap_huge(piece, rounded_up(bytes, kHugePage));
  } else {
    regions().free(piece);
  }
}
#endif

}  // namespace souk::recommendations
