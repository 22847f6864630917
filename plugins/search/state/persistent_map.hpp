// A map from 64-bit hashes to immutable values, of which a copy costs nothing: writers go on, and
// whoever has a copy sees it as it was. A hash array mapped trie (Bagwell 2001) of 32 branches a
// level; nodes that only the writer knows are changed in place, others are copied first.
//
//   PersistentMap<Entry> map;  map.set(key, entry);  PersistentMap<Entry> seen = map.share();
//
// Keys must be well mixed, as xxHash makes them. One thread writes; copies are read by any.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace souk::search {

template <class Value>
class PersistentMap {
 public:
  using Pointer = std::shared_ptr<const Value>;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Null when there is none. Valid as long as this copy lives and is not written.
  [[nodiscard]] const Value* find(std::uint64_t key) const noexcept {
    const Node* node = root_.get();
    for (unsigned shift = 0; node != nullptr; shift += kBits) {
      const std::uint32_t bit = bit_of(key, shift);
      if ((node->leaf_bits & bit) != 0) {
        const Leaf& leaf = node->leaves[index_of(node->leaf_bits, bit)];
        return leaf.key == key ? leaf.value.get() : nullptr;
      }
      if ((node->child_bits & bit) == 0) return nullptr;
      node = node->children[index_of(node->child_bits, bit)].get();
    }
    return nullptr;
  }
  [[nodiscard]] bool contains(std::uint64_t key) const noexcept { return find(key) != nullptr; }

  /// Adds or replaces.
  void set(std::uint64_t key, Pointer value) { set_in(root_, key, std::move(value), 0); }

  /// False when there was none.
  bool erase(std::uint64_t key) {
    if (!contains(key)) return false;
    erase_in(root_, key, 0);
    --size_;
    return true;
  }
  void clear() {
    root_.reset();
    size_ = 0;
  }

  /// A copy for readers; what is written here later does not change it.
  [[nodiscard]] PersistentMap share() {
    ++epoch_;
    return *this;
  }

  /// What it holds, values included; `of_value(value)` says what one takes.
  template <class OfValue>
  [[nodiscard]] std::size_t memory_bytes(OfValue&& of_value) const {
    return bytes_of(root_.get(), of_value);
  }

  /// visit(key, value) for each, in an order that depends on the keys alone.
  template <class Visit>
  void for_each(Visit&& visit) const {
    visit_in(root_.get(), visit);
  }

 private:
  static constexpr unsigned kBits = 5;
  struct Leaf {
    std::uint64_t key = 0;
    Pointer value;
  };
  struct Node {
    std::uint32_t leaf_bits = 0;
    std::uint32_t child_bits = 0;
    std::uint64_t epoch = 0;  ///< of the writer that made it; a node of an earlier one is shared
    std::vector<Leaf> leaves;
    std::vector<std::shared_ptr<Node>> children;
  };
  using NodePointer = std::shared_ptr<Node>;

  static std::uint32_t bit_of(std::uint64_t key, unsigned shift) noexcept {
    // Beyond 60 bits there are four left: two keys that differ still part there.
    return std::uint32_t{1} << ((shift < 64 ? key >> shift : 0) & 31);
  }
  static std::size_t index_of(std::uint32_t bits, std::uint32_t bit) noexcept {
    return static_cast<std::size_t>(std::popcount(bits & (bit - 1)));
  }

  Node& own(NodePointer& node) {
    if (node == nullptr) {
      node = std::make_shared<Node>();
      node->epoch = epoch_;
    } else if (node->epoch != epoch_) {
      node = std::make_shared<Node>(*node);
      node->epoch = epoch_;
    }
    return *node;
  }

  void set_in(NodePointer& at, std::uint64_t key, Pointer value, unsigned shift) {
    Node& node = own(at);
    const std::uint32_t bit = bit_of(key, shift);
    if ((node.child_bits & bit) != 0) {
      set_in(node.children[index_of(node.child_bits, bit)], key, std::move(value), shift + kBits);
      return;
    }
    const std::size_t place = index_of(node.leaf_bits, bit);
    if ((node.leaf_bits & bit) == 0) {
      node.leaves.insert(node.leaves.begin() + static_cast<std::ptrdiff_t>(place),
                         Leaf{key, std::move(value)});
      node.leaf_bits |= bit;
      ++size_;
      return;
    }
    if (node.leaves[place].key == key) {
      node.leaves[place].value = std::move(value);
      return;
    }
    // Two keys in one place: both go a level down.
    Leaf other = std::move(node.leaves[place]);
    node.leaves.erase(node.leaves.begin() + static_cast<std::ptrdiff_t>(place));
    node.leaf_bits &= ~bit;
    NodePointer child;
    --size_;  // counted again below
    set_in(child, other.key, std::move(other.value), shift + kBits);
    set_in(child, key, std::move(value), shift + kBits);
    node.children.insert(
        node.children.begin() + static_cast<std::ptrdiff_t>(index_of(node.child_bits, bit)),
        std::move(child));
    node.child_bits |= bit;
  }

  void erase_in(NodePointer& at, std::uint64_t key, unsigned shift) {
    Node& node = own(at);
    const std::uint32_t bit = bit_of(key, shift);
    if ((node.leaf_bits & bit) != 0) {
      node.leaves.erase(node.leaves.begin() +
                        static_cast<std::ptrdiff_t>(index_of(node.leaf_bits, bit)));
      node.leaf_bits &= ~bit;
      return;
    }
    const std::size_t place = index_of(node.child_bits, bit);
    erase_in(node.children[place], key, shift + kBits);
    const Node& child = *node.children[place];
    if (child.leaf_bits != 0 || child.child_bits != 0) return;
    node.children.erase(node.children.begin() + static_cast<std::ptrdiff_t>(place));
    node.child_bits &= ~bit;
  }

  template <class Visit>
  static void visit_in(const Node* node, Visit& visit) {
    if (node == nullptr) return;
    for (const Leaf& leaf : node->leaves)
      visit(leaf.key, *leaf.value);
    for (const auto& child : node->children)
      visit_in(child.get(), visit);
  }

  template <class OfValue>
  static std::size_t bytes_of(const Node* node, OfValue& of_value) {
    constexpr std::size_t kCounts = 16;  // of references, beside each object
    if (node == nullptr) return 0;
    std::size_t bytes = sizeof(Node) + kCounts + node->leaves.capacity() * sizeof(Leaf) +
                        node->children.capacity() * sizeof(NodePointer);
    for (const Leaf& leaf : node->leaves)
      bytes += kCounts + of_value(*leaf.value);
    for (const auto& child : node->children)
      bytes += bytes_of(child.get(), of_value);
    return bytes;
  }

  NodePointer root_;
  std::size_t size_ = 0;
  std::uint64_t epoch_ = 1;
};

}  // namespace souk::search
