// Memory that goes from answer to answer: a few texts and blocks for each thread. Many threads
// share few arenas of the allocator, and one that runs only when nothing else does may hold an
// arena's lock for long; what every answer needs is not asked of them.
//
// Thread-safe: each thread has its own. What is taken on one thread may be given on another.
#pragma once

#include <cstddef>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace souk::gateway {

class TextPool {
 public:
  /// An empty text that mostly has memory.
  [[nodiscard]] static std::string take() {
    std::vector<std::string>& kept = mine();
    if (kept.empty()) return {};
    std::string text = std::move(kept.back());
    kept.pop_back();
    return text;
  }
  /// Keeps the memory of a text that is needed no more, unless there is enough.
  static void give(std::string&& text) {
    std::vector<std::string>& kept = mine();
    if (kept.size() >= kKept || text.capacity() < kLeast || text.capacity() > kMost) return;
    text.clear();
    kept.push_back(std::move(text));
  }

 private:
  static constexpr std::size_t kKept = 128;
  static constexpr std::size_t kLeast = 64;         // bytes; less is not worth a place
  static constexpr std::size_t kMost = 32U << 10U;  // bytes; so that all stay within 4 MiB

  static std::vector<std::string>& mine() {
    thread_local std::vector<std::string> kept;
    return kept;
  }
};

/// For std::allocate_shared: single objects from blocks that were freed on this thread.
template <class T>
struct PooledAllocator {
  using value_type = T;

  PooledAllocator() = default;
  template <class Other>
  PooledAllocator(const PooledAllocator<Other>&) noexcept {}  // NOLINT: allocators convert

  [[nodiscard]] T* allocate(std::size_t count) {
    Blocks& blocks = mine();
    if (count != 1 || blocks.kept.empty()) {
      return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{alignof(T)}));
    }
    void* const block = blocks.kept.back();
    blocks.kept.pop_back();
    return static_cast<T*>(block);
  }
  void deallocate(T* object, std::size_t count) noexcept {
    Blocks& blocks = mine();
    if (count == 1 && blocks.kept.size() < blocks.kept.capacity()) {
      blocks.kept.push_back(object);
    } else {
      ::operator delete (object, std::align_val_t{alignof(T)});
    }
  }
  friend bool operator==(const PooledAllocator&, const PooledAllocator&) noexcept { return true; }

 private:
  static constexpr std::size_t kKept = 128;
  struct Blocks {
    Blocks() { kept.reserve(kKept); }
    ~Blocks() {
      for (void* block : kept)
        ::operator delete (block, std::align_val_t{alignof(T)});
    }
    Blocks(const Blocks&) = delete;
    Blocks& operator=(const Blocks&) = delete;
    std::vector<void*> kept;
  };
  static Blocks& mine() {
    thread_local Blocks blocks;
    return blocks;
  }
};

}  // namespace souk::gateway
