#include "plugins/recommendations/serve/bundle_search.hpp"

#include <algorithm>

namespace souk::recommendations {

void BundleSearch::clear() {
  nodes_.clear();
  found_.clear();
}

bool BundleSearch::add(const Node& node) {
  if (nodes_.size() == kMost) return false;
  for (std::size_t other = 0; other < nodes_.size(); ++other)
    set_pair(other, nodes_.size(), 0);
  nodes_.push_back(node);
  return true;
}

void BundleSearch::set_pair(std::size_t a, std::size_t b, double score) {
  pairs_[a * kMost + b] = pairs_[b * kMost + a] = score;
}

bool BundleSearch::fits(const Bundle& bundle, std::size_t node, double& gain) const {
  const Node& joins = nodes_[node];
  gain = joins.with_anchor;
  for (std::size_t m = 0; m < bundle.size; ++m) {
    const std::size_t member = bundle.nodes[m];
    // Each set is met once: its members join in order of their places.
    if (member >= node) return false;
    if (joins.category != kNoCategory && nodes_[member].category == joins.category) return false;
    const double together = pair(member, node);
    if (!(together > 0)) return false;
    gain += together;
  }
  return true;
}

bool BundleSearch::better(const Bundle& a, const Bundle& b) const {
  if (a.score != b.score) return a.score > b.score;
  for (std::size_t m = 0; m < std::min(a.size, b.size); ++m) {
    const ItemId of_a = nodes_[a.nodes[m]].item;
    const ItemId of_b = nodes_[b.nodes[m]].item;
    if (of_a != of_b) return of_a < of_b;
  }
  return a.size < b.size;
}

bool BundleSearch::within(const Bundle& small, const Bundle& large) {
  const auto end = large.nodes.begin() + large.size;
  return std::all_of(small.nodes.begin(), small.nodes.begin() + small.size,
                     [&](std::uint8_t n) { return std::find(large.nodes.begin(), end, n) != end; });
}

void BundleSearch::search(std::size_t most) {
  found_.clear();
  all_.clear();
  beam_.assign(1, Bundle{});
  const auto by_score = [this](const Bundle& a, const Bundle& b) { return better(a, b); };
  for (std::size_t size = 1; size <= kMembers && !beam_.empty(); ++size) {
    next_.clear();
    for (const Bundle& bundle : beam_) {
      for (std::size_t node = 0; node < nodes_.size(); ++node) {
        double gain = 0;
        if (!fits(bundle, node, gain)) continue;
        Bundle larger = bundle;
        larger.nodes[larger.size++] = static_cast<std::uint8_t>(node);
        larger.pairs += gain;
        larger.score = larger.pairs / (static_cast<double>(larger.size) + 1);
        next_.push_back(larger);
      }
    }
    std::sort(next_.begin(), next_.end(), by_score);
    // Of the first members all are kept: a set may begin with one that is modest by itself.
    const std::size_t kept = size == 1 ? kMost : kBeam;
    if (next_.size() > kept) next_.resize(kept);
    all_.insert(all_.end(), next_.begin(), next_.end());
    beam_ = next_;
  }
  std::sort(all_.begin(), all_.end(), by_score);
  for (const Bundle& bundle : all_) {
    if (found_.size() >= most) return;
    const bool new_set = std::none_of(found_.begin(), found_.end(), [&](const Bundle& taken) {
      return within(bundle, taken) || within(taken, bundle);
    });
    if (new_set) found_.push_back(bundle);
  }
}

}  // namespace souk::recommendations
