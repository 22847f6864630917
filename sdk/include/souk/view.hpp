// View<T>: one side publishes whole, immutable objects; any number of threads read the newest one.
//
// The fold owns mutable state and publishes from it; a job publishes what it has trained; calls
// read. Readers take no lock, never wait and never retry: a read is one claim of a slot, one load,
// one store, whatever writers do. (std::atomic<std::shared_ptr> of gcc 12 spins on a lock bit.)
//
// How it works: each reader announces in a slot what it holds. First it writes the mark `kAny` ("I
// am about to pick: free nothing"), then it loads the current pointer, then it replaces the mark by
// that pointer. A writer exchanges the current pointer, keeps the old object on a list, and frees
// from that list what no slot names, provided that no slot holds the mark. All of mark, load,
// exchange and scan are sequentially consistent: a scan that misses the mark precedes it, so the
// exchange before that scan does too, and the reader's load gives the newer object.
//
// An object that is held for long delays only its own release. Slots come in blocks of 64; readers
// beyond that add a block, which stays until the View is destroyed.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace souk {
inline namespace abi1 {

namespace detail {

/// Spreads threads over slots: a number of the calling thread, from 0 in order of first use.
[[nodiscard]] inline std::size_t thread_number() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

/// The slots in which readers announce what they hold.
class ReaderSlots {
 public:
  struct alignas(64) Slot {
    std::atomic<std::uintptr_t> held{kFree};
  };
  static constexpr std::uintptr_t kFree = 0;
  static constexpr std::uintptr_t kAny = 1;

  ReaderSlots() = default;
  ReaderSlots(const ReaderSlots&) = delete;
  ReaderSlots& operator=(const ReaderSlots&) = delete;
  ~ReaderSlots() {
    for (Block* block = first_.next.load(std::memory_order_relaxed); block != nullptr;) {
      Block* next = block->next.load(std::memory_order_relaxed);
      delete block;
      block = next;
    }
  }

  /// Claims a free slot and writes kAny into it.
  [[nodiscard]] Slot& claim() {
    const std::size_t start = thread_number();
    for (Block* block = &first_;; block = &next_block(*block)) {
      for (std::size_t i = 0; i < kSlotsInBlock; ++i) {
        Slot& slot = block->slots[(start + i) % kSlotsInBlock];
        std::uintptr_t expected = kFree;
        if (slot.held.load(std::memory_order_relaxed) == kFree &&
            slot.held.compare_exchange_strong(expected, kAny, std::memory_order_seq_cst)) {
          return slot;
        }
      }
    }
  }

  /// Appends what readers hold; false when one of them is about to pick.
  [[nodiscard]] bool collect(std::vector<std::uintptr_t>& held) const {
    for (const Block* block = &first_; block != nullptr;
         block = block->next.load(std::memory_order_seq_cst)) {
      for (const Slot& slot : block->slots) {
        const std::uintptr_t value = slot.held.load(std::memory_order_seq_cst);
        if (value == kAny) return false;
        if (value != kFree) held.push_back(value);
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kSlotsInBlock = 64;
  struct Block {
    std::array<Slot, kSlotsInBlock> slots;
    std::atomic<Block*> next{nullptr};
  };

  static Block& next_block(Block& block) {
    Block* next = block.next.load(std::memory_order_seq_cst);
    if (next != nullptr) return *next;
    auto made = std::make_unique<Block>();
    if (block.next.compare_exchange_strong(next, made.get(), std::memory_order_seq_cst)) {
      return *made.release();
    }
    return *next;
  }

  Block first_;
};

}  // namespace detail

/// What a reader holds: a pointer to one published object, which lives until this is destroyed.
/// May be moved to another thread; must not outlive its View.
template <class T>
class Reading {
 public:
  Reading() noexcept = default;
  Reading(Reading&& other) noexcept
      : slot_(std::exchange(other.slot_, nullptr)),
        object_(std::exchange(other.object_, nullptr)) {}
  Reading& operator=(Reading&& other) noexcept {
    std::swap(slot_, other.slot_);
    std::swap(object_, other.object_);
    return *this;
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() {
    if (slot_ != nullptr) {
      slot_->held.store(detail::ReaderSlots::kFree, std::memory_order_release);
    }
  }

  /// False before the first publication.
  explicit operator bool() const noexcept { return object_ != nullptr; }
  [[nodiscard]] const T* get() const noexcept { return object_; }
  const T& operator*() const noexcept { return *object_; }
  const T* operator->() const noexcept { return object_; }

 private:
  template <class U>
  friend class View;
  Reading(detail::ReaderSlots::Slot& slot, const T* object) noexcept
      : slot_(&slot), object_(object) {}

  detail::ReaderSlots::Slot* slot_ = nullptr;
  const T* object_ = nullptr;
};

/// Holds the newest published T. read() from any thread, publish() from any thread (one at a time
/// waits for the other). Every Reading must be gone before the View is destroyed.
template <class T>
class View {
 public:
  /// Empty: read() gives a Reading that is false.
  View() = default;
  explicit View(std::unique_ptr<const T> first) : current_(first.release()) {}
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View() {
    delete current_.load(std::memory_order_acquire);
    for (const T* object : retired_)
      delete object;
  }

  /// The newest object. Wait-free once the thread's slot exists; no lock, no copy.
  [[nodiscard]] Reading<T> read() const {
    detail::ReaderSlots::Slot& slot = slots_.claim();
    const T* object = current_.load(std::memory_order_seq_cst);
    slot.held.store(reinterpret_cast<std::uintptr_t>(object), std::memory_order_seq_cst);
    if (object == nullptr) return {};
    return Reading<T>(slot, object);
  }

  /// Makes `next` what readers get from now on. Frees former objects that nobody holds any more (on
  /// this thread, after the new one is visible); never waits for readers.
  void publish(std::unique_ptr<const T> next) {
    std::vector<const T*> unused;
    {
      const std::lock_guard lock(writer_);
      const T* old = current_.exchange(next.release(), std::memory_order_seq_cst);
      if (old != nullptr) retired_.push_back(old);
      take_unused(unused);
    }
    for (const T* object : unused)
      delete object;
  }
  void publish(T next) { publish(std::make_unique<const T>(std::move(next))); }

  /// How many former objects wait for their readers.
  [[nodiscard]] std::size_t retired() const {
    const std::lock_guard lock(writer_);
    return retired_.size();
  }

 private:
  void take_unused(std::vector<const T*>& unused) {
    // A reader is between mark and pointer for a few nanoseconds, unless its thread was
    // interrupted.
    constexpr int kAttempts = 16;
    for (int attempt = 0; attempt < kAttempts && !retired_.empty(); ++attempt) {
      held_.clear();
      if (!slots_.collect(held_)) continue;
      std::erase_if(retired_, [&](const T* object) {
        const auto address = reinterpret_cast<std::uintptr_t>(object);
        for (const std::uintptr_t held : held_) {
          if (held == address) return false;
        }
        unused.push_back(object);
        return true;
      });
      return;
    }
  }

  std::atomic<const T*> current_{nullptr};
  mutable detail::ReaderSlots slots_;
  mutable std::mutex writer_;
  std::vector<const T*> retired_;     // guarded by writer_
  std::vector<std::uintptr_t> held_;  // guarded by writer_: scratch, kept for its capacity
};

}  // namespace abi1
}  // namespace souk
