// Memory for large arrays that are read in any order, in huge pages where the system has them.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace souk::recommendations {

inline constexpr std::size_t kCacheLine = 64;
[[nodiscard]] constexpr std::size_t rounded_up(std::size_t value, std::size_t to) {
  return (value + to - 1) / to * to;
}

/// Whole huge pages, zeroed by the system as they are touched; nullptr when there is no memory.
/// `bytes` is a multiple of kHugePage.
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;
[[nodiscard]] void* map_huge(std::size_t bytes) noexcept;
void unmap_huge(void* memory, std::size_t bytes) noexcept;

/// A piece of `bytes`, on a boundary of 64, its contents not set; nullptr when there is no memory.
///
/// An answer reads some hundred places all over the models. In pages of 4 KiB nearly each of them
/// misses the TLB besides the caches, and in a virtual machine walking the page tables costs as
/// much as the read. Arrays grow by pieces far smaller than a huge page, so all arrays of the
/// process share regions of one; a region goes back to the system with the last of its pieces.
/// Any thread; takes a lock.
[[nodiscard]] void* allocate_piece(std::size_t bytes) noexcept;
void free_piece(void* piece, std::size_t bytes) noexcept;

/// `size` value-initialised elements in such a piece; nullptr when there is no memory.
template <class T>
[[nodiscard]] T* new_piece(std::size_t size) noexcept {
  static_assert(alignof(T) <= kCacheLine);
  void* memory = allocate_piece(size * sizeof(T));
  if (memory == nullptr) return nullptr;
  T* elements = static_cast<T*>(memory);
  std::uninitialized_value_construct_n(elements, size);
  return elements;
}
template <class T>
void delete_piece(T* piece, std::size_t size) noexcept {
  if (piece == nullptr) return;
  std::destroy_n(piece, size);
  free_piece(piece, size * sizeof(T));
}

/// Owns a piece.
template <class T>
struct PieceDeleter {
  std::size_t size = 0;
  void operator()(T* piece) const noexcept { delete_piece(piece, size); }
};
template <class T>
using Piece = std::unique_ptr<T[], PieceDeleter<T>>;

/// Throws std::bad_alloc.
template <class T>
[[nodiscard]] Piece<T> make_piece(std::size_t size) {
  T* elements = new_piece<T>(size);
  if (elements == nullptr) throw std::bad_alloc();
  return Piece<T>(elements, PieceDeleter<T>{size});
}

}  // namespace souk::recommendations
