// Plain numbers in memory that loops of vectors and rows picked at random like.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace souk::recommendations {

/// Zeroed memory on a boundary of 64 bytes. Large pieces ask for huge pages: rows that are read in
/// any order would otherwise miss the TLB at each of them; and they are zeroed by the system as
/// they are touched, by whichever thread does. Throws std::bad_alloc.
[[nodiscard]] void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory, std::size_t bytes) noexcept;

/// A fixed number of zeros at first. Throws std::bad_alloc.
template <class T>
class AlignedArray {
  static_assert(std::is_trivial_v<T>);

 public:
  AlignedArray() = default;
  explicit AlignedArray(std::size_t size)
      : values_(static_cast<T*>(allocate_aligned(size * sizeof(T))), Free{size * sizeof(T)}),
        size_(size) {}
  [[nodiscard]] T* data() { return values_.get(); }
  [[nodiscard]] const T* data() const { return values_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Free {
    std::size_t bytes = 0;
    void operator()(T* values) const { free_aligned(values, bytes); }
  };
  std::unique_ptr<T, Free> values_;
  std::size_t size_ = 0;
};

using AlignedFloats = AlignedArray<float>;

}  // namespace souk::recommendations
