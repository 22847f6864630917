// Which products make a set: all of them support each other, and no two are the same thing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/state/catalog.hpp"

namespace souk::recommendations {

/// Beam search for sets among few products, given how well each goes with the anchor (the product
/// at hand, or the cart) and with each other.
///
/// A set is as good as the mean degree of its graph, the anchor being a node: the sum of all its
/// pairs' scores over its number of nodes (the density of Charikar, APPROX 2000). So one more
/// member must bring more than half of what the set has on average, or it stays out.
///
/// Every pair of a set must have a score above 0, and members are of different categories. Same
/// input, same sets: ties go to the smaller ItemId. Work: kBeam · kMost · kMembers steps. Re-used
/// by one thread.
class BundleSearch {
 public:
  static constexpr std::size_t kMost = 24;    ///< products looked at
  static constexpr std::size_t kMembers = 3;  ///< of a set, without the anchor
  static constexpr std::size_t kBeam = 12;

  struct Node {
    ItemId item = kNoItem;
    CategoryId category = kNoCategory;  ///< kNoCategory: a thing of its own
    double with_anchor = 0;
    std::uint32_t support = 0;  ///< orders that hold it and the anchor
  };
  struct Bundle {
    std::array<std::uint8_t, kMembers> nodes{};  ///< in order of joining
    std::uint8_t size = 0;
    double pairs = 0;  ///< sum of the scores of all its pairs
    double score = 0;  ///< pairs / nodes
  };

  void clear();
  /// At most kMost, those that go best with the anchor first.
  bool add(const Node& node);
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  /// How well two nodes go together; 0: they do not.
  void set_pair(std::size_t a, std::size_t b, double score);
  [[nodiscard]] double pair(std::size_t a, std::size_t b) const { return pairs_[a * kMost + b]; }

  /// The best sets, none part of another, at most `most`.
  void search(std::size_t most);
  [[nodiscard]] const std::vector<Bundle>& found() const { return found_; }

 private:
  [[nodiscard]] bool fits(const Bundle& bundle, std::size_t node, double& gain) const;
  [[nodiscard]] bool better(const Bundle& a, const Bundle& b) const;
  [[nodiscard]] static bool within(const Bundle& small, const Bundle& large);

  std::vector<Node> nodes_;
  std::array<double, kMost * kMost> pairs_{};
  std::vector<Bundle> beam_, next_, all_, found_;
};

}  // namespace souk::recommendations
