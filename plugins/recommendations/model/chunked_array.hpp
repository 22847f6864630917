// Storage that grows without moving: what a reader has found stays where it is.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "plugins/recommendations/model/huge_pages.hpp"

namespace souk::recommendations {

/// An array of up to max_size() value-initialised elements, allocated in chunks of 2^kChunkBits.
///
/// Threads: one writer calls ensure(); any thread reads elements the writer has ensured and then
/// made known through a release store. T is an atomic, or is touched by the writer alone.
template <class T, unsigned kChunkBits>
class ChunkedArray {
 public:
  static constexpr std::size_t kChunk = std::size_t{1} << kChunkBits;

  explicit ChunkedArray(std::size_t max_size)
      : max_size_(max_size),
        chunks_((max_size + kChunk - 1) >> kChunkBits),
        directory_(new std::atomic<T*>[chunks_] {}) {}
  ~ChunkedArray() {
    for (std::size_t c = 0; c < chunks_; ++c)
      delete_piece(directory_[c].load(std::memory_order_relaxed), kChunk);
  }
  ChunkedArray(const ChunkedArray&) = delete;
  ChunkedArray& operator=(const ChunkedArray&) = delete;

  /// Makes `index` usable. False when it lies beyond max_size() or memory is exhausted. Writer
  /// only.
  bool ensure(std::size_t index) {
    if (index >= max_size_) return false;
    std::atomic<T*>& entry = directory_[index >> kChunkBits];
    if (entry.load(std::memory_order_relaxed) != nullptr) return true;
    T* chunk = new_piece<T>(kChunk);
    if (chunk == nullptr) return false;
    ++allocated_;
    entry.store(chunk, std::memory_order_release);
    return true;
  }

  /// Whether ensure(index) has succeeded. Any thread.
  [[nodiscard]] bool has(std::size_t index) const {
    return index < max_size_ &&
           directory_[index >> kChunkBits].load(std::memory_order_acquire) != nullptr;
  }

  /// The element, or nullptr when it is not usable yet. Any thread.
  [[nodiscard]] T* find(std::size_t index) const {
    if (index >= max_size_) return nullptr;
    T* chunk = directory_[index >> kChunkBits].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : chunk + (index & (kChunk - 1));
  }

  /// Requires has(index).
  [[nodiscard]] T& operator[](std::size_t index) const {
    return directory_[index >> kChunkBits].load(std::memory_order_acquire)[index & (kChunk - 1)];
  }

  [[nodiscard]] std::size_t max_size() const { return max_size_; }
  /// Bytes of the chunks allocated so far. Writer only.
  [[nodiscard]] std::size_t memory_bytes() const { return allocated_ * kChunk * sizeof(T); }

 private:
  std::size_t max_size_;
  std::size_t chunks_;
  std::size_t allocated_ = 0;
  std::unique_ptr<std::atomic<T*>[]> directory_;
};

}  // namespace souk::recommendations
