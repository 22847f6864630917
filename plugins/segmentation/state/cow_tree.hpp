// A large array of values of which whole states can be kept: the fold changes it, publishes a
// state, and whoever reads that state sees one moment for as long as it is held.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace souk::segmentation {

/// The memory of one tree and of the states that were shared of it. Nothing counts its owners:
/// each block knows in which version it was born, and one that is replaced waits with the newest
/// state that can still see it. So a change touches only what it copies, never the neighbours.
///
/// Writer only.
class CowHeap {
 public:
  struct Block {
    std::uint64_t born;
  };

  CowHeap() = default;
  CowHeap(const CowHeap&) = delete;
  CowHeap& operator=(const CowHeap&) = delete;
  ~CowHeap() {
    for (Held& held : held_)
      for (Block* block : held.replaced)
        std::free(block);
  }

  template <class T>
  T* make(std::size_t bytes, bool zeroed) {
    void* memory = zeroed ? std::calloc(1, bytes) : std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    T* made = static_cast<T*>(memory);
    made->born = version_;
    return made;
  }
  /// Whether no shared state can see it.
  [[nodiscard]] bool is_new(const Block& block) const { return block.born == version_; }
  /// It is no part of the writer's tree any more.
  void replace(Block* block) {
    if (held_.empty() || held_.back().version < block->born) return std::free(block);
    held_.back().replaced.push_back(block);
  }

  /// A state is shared; returns its name for release().
  std::uint64_t hold() {
    held_.push_back({version_, std::move(spare_)});
    spare_ = {};
    return version_++;
  }
  void release(std::uint64_t version) {
    const auto at = std::lower_bound(
        held_.begin(), held_.end(), version,
        [](const Held& held, std::uint64_t wanted) { return held.version < wanted; });
    Held* older = at == held_.begin() ? nullptr : &*(at - 1);
    for (Block* block : at->replaced) {
      if (older != nullptr && block->born <= older->version) {
        older->replaced.push_back(block);
      } else {
        std::free(block);
      }
    }
    at->replaced.clear();
    spare_ = std::move(at->replaced);
    held_.erase(at);
  }

 private:
  struct Held {
    std::uint64_t version;
    std::vector<Block*> replaced;  ///< seen by this state and by none after it
  };

  std::uint64_t version_ = 1;
  std::vector<Held> held_;  ///< states that somebody holds, oldest first
  std::vector<Block*> spare_;
};

/// Words by number, 0 to 2^24 − 1, in a tree. Changing a value copies at most four nodes, and none
/// that was copied since the last share().
///
/// Threads: one writer, also for the destruction of shared trees (souk::View destroys in the
/// writer's publish()); any thread reads a shared tree that it holds.
class CowTree {
 public:
  static constexpr std::uint32_t kMost = 1U << 24U;

  CowTree() = default;
  ~CowTree() {
    if (heap_ == nullptr) return;
    if (held_ != 0) {
      heap_->release(held_);
    } else {
      give_up(root_, kLevels);
    }
  }
  CowTree(CowTree&& other) noexcept { swap(other); }
  CowTree& operator=(CowTree&& other) noexcept {
    swap(other);
    return *this;
  }
  CowTree(const CowTree&) = delete;
  CowTree& operator=(const CowTree&) = delete;

  /// The whole as it is now. O(1). Writer only; not of a shared tree.
  [[nodiscard]] CowTree share() const {
    CowTree copy;
    if (root_ == nullptr) return copy;
    copy.heap_ = heap_;
    copy.root_ = root_;
    copy.held_ = heap_->hold();
    return copy;
  }

  /// The words of `number`; empty when there are none. Any thread that holds the tree.
  [[nodiscard]] std::span<const std::uint32_t> find(std::uint32_t number) const {
    const Node* node = root_;
    for (unsigned level = kLevels; node != nullptr; --level) {
      const CowHeap::Block* child = node->children()[slot(number, level)];
      if (level == 1) {
        return child == nullptr ? std::span<const std::uint32_t>()
                                : static_cast<const Words*>(child)->view();
      }
      node = static_cast<const Node*>(child);
    }
    return {};
  }

  /// Empty words remove. Writer only; not of a shared tree.
  void set(std::uint32_t number, std::span<const std::uint32_t> words) {
    if (heap_ == nullptr) heap_ = std::make_shared<CowHeap>();
    Node* node = own(root_, kLevels);
    root_ = node;
    for (unsigned level = kLevels; level > 1; --level) {
      CowHeap::Block*& child = node->children()[slot(number, level)];
      node = own(static_cast<Node*>(child), level - 1);
      child = node;
    }
    CowHeap::Block*& child = node->children()[slot(number, 1)];
    if (child != nullptr) heap_->replace(child);
    child = words.empty() ? nullptr : write(words);
  }

 private:
  static constexpr unsigned kLevels = 4;
  /// By level, the lowest first: how many bits of a number are below, and how many are its own.
  /// Lower nodes are narrow, as they are the ones that most changes copy.
  static constexpr std::array<unsigned, kLevels> kBelow{0, 3, 9, 16};
  static constexpr std::array<unsigned, kLevels> kOwn{3, 6, 7, 8};

  /// Followed by its children: Node above the lowest level, Words there.
  struct Node : CowHeap::Block {
    CowHeap::Block** children() { return reinterpret_cast<CowHeap::Block**>(this + 1); }
    [[nodiscard]] CowHeap::Block* const* children() const {
      return reinterpret_cast<CowHeap::Block* const*>(this + 1);
    }
  };
  /// Followed by the words themselves.
  struct Words : CowHeap::Block {
    [[nodiscard]] const std::uint32_t* size() const {
      return reinterpret_cast<const std::uint32_t*>(this + 1);
    }
    [[nodiscard]] std::span<const std::uint32_t> view() const { return {size() + 1, *size()}; }
  };

  static constexpr std::size_t width(unsigned level) { return std::size_t{1} << kOwn[level - 1]; }
  static std::size_t slot(std::uint32_t number, unsigned level) {
    return (number >> kBelow[level - 1]) & (width(level) - 1);
  }

  void swap(CowTree& other) noexcept {
    std::swap(heap_, other.heap_);
    std::swap(root_, other.root_);
    std::swap(held_, other.held_);
  }

  CowHeap::Block* write(std::span<const std::uint32_t> words) {
    auto* made =
        heap_->make<Words>(sizeof(Words) + sizeof(std::uint32_t) + words.size_bytes(), false);
    auto* at = reinterpret_cast<std::uint32_t*>(made + 1);
    *at = static_cast<std::uint32_t>(words.size());
    std::memcpy(at + 1, words.data(), words.size_bytes());
    return made;
  }

  /// The node, or a copy that no shared state sees; a new one for none.
  Node* own(Node* node, unsigned level) {
    if (node != nullptr && heap_->is_new(*node)) return node;
    const std::size_t children = width(level) * sizeof(CowHeap::Block*);
    Node* copy = heap_->make<Node>(sizeof(Node) + children, node == nullptr);
    if (node == nullptr) return copy;
    std::memcpy(copy->children(), node->children(), children);
    heap_->replace(node);
    return copy;
  }

  /// Of the writer's tree: whatever a shared state still sees stays until that goes.
  void give_up(Node* node, unsigned level) {
    if (node == nullptr) return;
    for (std::size_t i = 0; i < width(level); ++i) {
      CowHeap::Block* child = node->children()[i];
      if (child == nullptr) continue;
      if (level == 1) {
        heap_->replace(child);
      } else {
        give_up(static_cast<Node*>(child), level - 1);
      }
    }
    heap_->replace(node);
  }

  std::shared_ptr<CowHeap> heap_;  ///< lives until the last shared state has gone
  Node* root_ = nullptr;
  std::uint64_t held_ = 0;  ///< of a shared tree; 0: the writer's
};

}  // namespace souk::segmentation
