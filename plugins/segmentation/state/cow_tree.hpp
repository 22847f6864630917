// A large array of values of which whole states can be kept: the fold changes it, publishes its
// root, and whoever reads that root sees one moment for as long as it is held.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <utility>

namespace souk::segmentation {

/// Words that never change. Counts its owners without atomics: only the writer takes and gives up.
class Words {
 public:
  static Words* make(std::span<const std::uint32_t> words) {
    void* memory = std::malloc(sizeof(Words) + words.size_bytes());
    if (memory == nullptr) throw std::bad_alloc();
    auto* made = new (memory) Words(static_cast<std::uint32_t>(words.size()));
    std::memcpy(made->data(), words.data(), words.size_bytes());
    return made;
  }
  [[nodiscard]] std::span<const std::uint32_t> view() const {
    return {reinterpret_cast<const std::uint32_t*>(this + 1), size_};
  }
  void take() { ++owners_; }
  void give_up() {
    if (--owners_ == 0) std::free(this);
  }

 private:
  explicit Words(std::uint32_t size) : size_(size) {}
  std::uint32_t* data() { return reinterpret_cast<std::uint32_t*>(this + 1); }

  std::uint32_t owners_ = 1;
  std::uint32_t size_;
};

/// Words by number, 0 to 2^24 − 1, in a tree of 64-fold nodes. Changing a value copies at most four
/// nodes, and none that was copied since the last share().
///
/// Threads: one writer, also for the destruction of shared trees (souk::View destroys in the
/// writer's publish()); any thread reads a shared tree that it holds.
class CowTree {
 public:
  static constexpr std::uint32_t kMost = 1U << 24U;

  CowTree() = default;
  ~CowTree() { give_up(root_, kLevels); }
  CowTree(CowTree&& other) noexcept : root_(std::exchange(other.root_, nullptr)) {}
  CowTree& operator=(CowTree&& other) noexcept {
    std::swap(root_, other.root_);
    return *this;
  }
  CowTree(const CowTree&) = delete;
  CowTree& operator=(const CowTree&) = delete;

  /// The whole as it is now. O(1). Writer only.
  [[nodiscard]] CowTree share() const {
    CowTree copy;
    copy.root_ = root_;
    if (root_ != nullptr) ++root_->owners;
    return copy;
  }

  /// The words of `number`; empty when there are none. Any thread that holds the tree.
  [[nodiscard]] std::span<const std::uint32_t> find(std::uint32_t number) const {
    const Node* node = root_;
    for (unsigned level = kLevels; node != nullptr; --level) {
      const void* child = node->children[slot(number, level)];
      if (level == 1) {
        return child == nullptr ? std::span<const std::uint32_t>()
                                : static_cast<const Words*>(child)->view();
      }
      node = static_cast<const Node*>(child);
    }
    return {};
  }

  /// Empty words remove. Writer only.
  void set(std::uint32_t number, std::span<const std::uint32_t> words) {
    Node** place = &root_;
    for (unsigned level = kLevels;; --level) {
      own(*place, level);
      void*& child = (*place)->children[slot(number, level)];
      if (level > 1) {
        place = reinterpret_cast<Node**>(&child);
        continue;
      }
      if (child != nullptr) static_cast<Words*>(child)->give_up();
      child = words.empty() ? nullptr : Words::make(words);
      return;
    }
  }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr unsigned kLevels = 4;
  static constexpr std::size_t kWidth = std::size_t{1} << kBits;

  struct Node {
    std::uint32_t owners = 1;
    std::array<void*, kWidth> children{};  ///< Node below the lowest level, Words there
  };

  static std::size_t slot(std::uint32_t number, unsigned level) {
    return (number >> (kBits * (level - 1))) & (kWidth - 1);
  }

  /// Makes the node exist and be this tree's alone.
  static void own(Node*& node, unsigned level) {
    if (node == nullptr) {
      node = new Node;
      return;
    }
    if (node->owners == 1) return;
    auto* copy = new Node;
    copy->children = node->children;
    for (void* child : copy->children) {
      if (child == nullptr) continue;
      if (level == 1) {
        static_cast<Words*>(child)->take();
      } else {
        ++static_cast<Node*>(child)->owners;
      }
    }
    --node->owners;
    node = copy;
  }

  static void give_up(Node* node, unsigned level) {
    if (node == nullptr || --node->owners > 0) return;
    for (void* child : node->children) {
      if (child == nullptr) continue;
      if (level == 1) {
        static_cast<Words*>(child)->give_up();
      } else {
        give_up(static_cast<Node*>(child), level - 1);
      }
    }
    delete node;
  }

  Node* root_ = nullptr;
};

}  // namespace souk::segmentation
