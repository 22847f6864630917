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

/// Words by number, 0 to 2^24 − 1, in a tree. Changing a value copies at most four nodes, and none
/// that was copied since the last share(). Lowest nodes are narrow: copying one touches all of its
/// words, upper ones only nodes that are few enough to be near.
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
      const void* child = node->children()[slot(number, level)];
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
    Node* node = own(root_, kLevels);
    root_ = node;
    for (unsigned level = kLevels; level > 1; --level) {
      void*& child = node->children()[slot(number, level)];
      node = own(static_cast<Node*>(child), level - 1);
      child = node;
    }
    void*& child = node->children()[slot(number, 1)];
    if (child != nullptr) static_cast<Words*>(child)->give_up();
    child = words.empty() ? nullptr : Words::make(words);
  }

 private:
  static constexpr unsigned kLevels = 4;
  /// By level, the lowest first: how many bits of a number are below, and how many are its own.
  static constexpr std::array<unsigned, kLevels> kBelow{0, 3, 10, 17};
  static constexpr std::array<unsigned, kLevels> kOwn{3, 7, 7, 7};

  /// Followed by its children: Node above the lowest level, Words there.
  struct alignas(void*) Node {
    std::uint32_t owners = 1;
    void** children() { return reinterpret_cast<void**>(this + 1); }
    [[nodiscard]] void* const* children() const { return reinterpret_cast<void* const*>(this + 1); }
  };

  static constexpr std::size_t width(unsigned level) { return std::size_t{1} << kOwn[level - 1]; }
  static std::size_t slot(std::uint32_t number, unsigned level) {
    return (number >> kBelow[level - 1]) & (width(level) - 1);
  }

  static Node* make(unsigned level) {
    void* memory = std::calloc(1, sizeof(Node) + width(level) * sizeof(void*));
    if (memory == nullptr) throw std::bad_alloc();
    return new (memory) Node;
  }

  /// The node, or a copy that is this tree's alone; a new one for none.
  static Node* own(Node* node, unsigned level) {
    if (node != nullptr && node->owners == 1) return node;
    Node* copy = make(level);
    if (node == nullptr) return copy;
    for (std::size_t i = 0; i < width(level); ++i) {
      void* child = node->children()[i];
      copy->children()[i] = child;
      if (child == nullptr) continue;
      if (level == 1) {
        static_cast<Words*>(child)->take();
      } else {
        ++static_cast<Node*>(child)->owners;
      }
    }
    --node->owners;
    return copy;
  }

  static void give_up(Node* node, unsigned level) {
    if (node == nullptr || --node->owners > 0) return;
    for (std::size_t i = 0; i < width(level); ++i) {
      void* child = node->children()[i];
      if (child == nullptr) continue;
      if (level == 1) {
        static_cast<Words*>(child)->give_up();
      } else {
        give_up(static_cast<Node*>(child), level - 1);
      }
    }
    std::free(node);
  }

  Node* root_ = nullptr;
};

}  // namespace souk::segmentation
