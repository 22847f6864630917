// The nearest of many directions, and the groups in which they are looked for.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "plugins/search/model/byte_vectors.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kFewestArranged = 8'192;  ///< documents; fewer are scanned as fast
constexpr std::size_t kLearnedOfGroup = 48;     ///< documents a group, evenly spread
constexpr int kGroupRounds = 6;                 ///< of k-means
/// At most so many documents are looked at, in the nearest groups: where words fall at random,
/// which groups least, 99 of 100 products of the first pages of 100,000 stay the same
/// (model/README.md).
constexpr std::size_t kShareLookedAt = 16;
constexpr std::size_t kFewestLookedAt = 2'048;
constexpr std::size_t kIdleGroups =
    6;  ///< groups in a row that bring nothing: nor will those behind them
constexpr std::size_t kRowsAtOnce = 64;  ///< rows whose products are made at once

}  // namespace

/// The nearest so far: a heap whose top is the farthest that is kept.
class ByteQuery::Nearest {
 public:
  using Near = ByteVectors::Near;

  Nearest(std::size_t most, float least, std::vector<Near>& out)
      : most_(most), least_(least), out_(out) {}

  /// What is farther is not kept.
  [[nodiscard]] float least() const { return least_; }
  void offer(DocId doc, float cosine) {
    if (cosine < least_) return;
    const Near entry{doc, cosine};
    if (out_.size() == most_) {
      if (!nearer(entry, out_.front())) return;
      std::pop_heap(out_.begin(), out_.end(), nearer);
      out_.pop_back();
    }
    out_.push_back(entry);
    std::push_heap(out_.begin(), out_.end(), nearer);
    if (out_.size() == most_) least_ = out_.front().cosine;
  }
  void finish() { std::sort(out_.begin(), out_.end(), nearer); }

 private:
  static bool nearer(const Near& a, const Near& b) {
    return a.cosine != b.cosine ? a.cosine > b.cosine : a.doc < b.doc;
  }
  const std::size_t most_;
  float least_;
  std::vector<Near>& out_;
};

void ByteQuery::nearest(const ByteVectors& vectors, const DocSet& among, std::size_t most,
                        float least, std::vector<ByteVectors::Near>& out) const {
  out.clear();
  if (empty() || vectors.dimensions_ != bytes_.size() || most == 0) return;
  Nearest kept(most, least, out);
  if (vectors.groups() > 0 &&
      among.count() > vectors.documents() / kShareLookedAt + kFewestLookedAt) {
    scan_groups(vectors, among, kept);
  } else {
    among.for_each([&](DocId doc) {
      if (vectors.has(doc)) kept.offer(doc, cosine(vectors, doc));
    });
  }
  kept.finish();
}

void ByteQuery::scan_groups(const ByteVectors& vectors, const DocSet& among, Nearest& kept) const {
  thread_local std::vector<std::int32_t> dots;
  thread_local std::vector<std::pair<float, std::uint32_t>> order;
  const std::size_t size = vectors.dimensions_;
  const std::size_t groups = vectors.groups();
  dots.resize(std::max(groups, kRowsAtOnce));
  byte_dots(bytes_.data(), vectors.middles_.data(), size, groups, dots.data());
  order.clear();
  for (std::uint32_t group = 0; group < groups; ++group)
    order.emplace_back(-static_cast<float>(dots[group]) * vectors.middle_scale_[group], group);
  std::sort(order.begin(), order.end());
  const std::size_t enough =
      std::max<std::size_t>(kFewestLookedAt, vectors.docs_.size() / kShareLookedAt);
  std::size_t seen = 0;
  std::size_t idle = 0;
  for (const auto& [far, group] : order) {
    const std::size_t end = vectors.begins_[group + 1];
    ++idle;
    for (std::size_t row = vectors.begins_[group]; row < end; row += kRowsAtOnce) {
      const std::size_t rows = std::min(kRowsAtOnce, end - row);
      byte_dots(bytes_.data(), vectors.bytes_.data() + row * size, size, rows, dots.data());
      for (std::size_t i = 0; i < rows; ++i) {
        const float scale = vectors.scale_[row + i];
        const float near = static_cast<float>(dots[i]) * scale_ * scale;
        if (near < kept.least() || scale == 0) continue;
        const DocId doc = vectors.docs_[row + i];
        if (!among.contains(doc)) continue;
        kept.offer(doc, near);
        idle = 0;
      }
    }
    seen += end - vectors.begins_[group];
    if (seen >= enough || (seen >= kFewestLookedAt && idle >= kIdleGroups)) return;
  }
}

std::uint32_t ByteVectors::nearest_middle(DocId doc, std::vector<std::int32_t>& dots) const {
  const std::size_t count = middle_scale_.size();
  dots.resize(count);
  byte_dots(bytes(doc).data(), middles_.data(), dimensions_, count, dots.data());
  std::uint32_t best = 0;
  float nearest = -INFINITY;
  for (std::uint32_t group = 0; group < count; ++group) {
    const float near = static_cast<float>(dots[group]) * middle_scale_[group];
    if (near > nearest) {
      nearest = near;
      best = group;
    }
  }
  return best;
}

void ByteVectors::learn_middles(std::size_t groups) {
  const std::size_t learned = std::min<std::size_t>(documents(), groups * kLearnedOfGroup);
  const auto doc_of = [&](std::size_t number) {
    return static_cast<DocId>(number * documents() / learned);
  };
  middles_.resize(groups * dimensions_);
  middle_scale_.resize(groups);
  std::vector<float> sums(groups * dimensions_);
  std::vector<std::int32_t> dots;
  const auto set_middle = [&](std::size_t group) {
    const auto place = std::span(middles_).subspan(group * dimensions_, dimensions_);
    const auto sum = std::span<const float>(sums).subspan(group * dimensions_, dimensions_);
    if (!to_byte_direction(sum, place)) return;
    const auto square = byte_dot(place.data(), place.data(), place.size());
    middle_scale_[group] = 1 / std::sqrt(static_cast<float>(square));
  };
  const auto add = [&](std::size_t group, DocId doc) {
    const auto direction = bytes(doc);
    for (std::size_t i = 0; i < dimensions_; ++i)
      sums[group * dimensions_ + i] += static_cast<float>(direction[i]) * scale_[doc];
  };
  for (std::size_t group = 0; group < groups; ++group) {
    add(group, doc_of(group * learned / groups));
    set_middle(group);
  }
  for (int round = 0; round < kGroupRounds; ++round) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::size_t i = 0; i < learned; ++i) {
      const DocId doc = doc_of(i);
      if (has(doc)) add(nearest_middle(doc, dots), doc);
    }
    // A group that nobody is nearest to stays where it was.
    for (std::size_t group = 0; group < groups; ++group)
      set_middle(group);
  }
}

void ByteVectors::arrange() {
  if (documents() < kFewestArranged || dimensions_ == 0 || !rows_.empty()) return;
  const auto groups = static_cast<std::size_t>(std::sqrt(static_cast<double>(documents())));
  learn_middles(groups);
  std::vector<std::uint32_t> group_of(documents());
  std::vector<std::int32_t> dots;
  begins_.assign(groups + 1, 0);
  for (DocId doc = 0; doc < documents(); ++doc) {
    group_of[doc] = nearest_middle(doc, dots);
    ++begins_[group_of[doc] + 1];
  }
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
  std::vector<std::int8_t> sorted(bytes_.size());
  std::vector<float> scale(documents());
  std::vector<std::uint32_t> rows(documents());
  docs_.resize(documents());
  for (DocId doc = 0; doc < documents(); ++doc) {
    const std::uint32_t row = next[group_of[doc]]++;
    rows[doc] = row;
    docs_[row] = doc;
    scale[row] = scale_[doc];
    const auto from = bytes(doc);
    std::copy(from.begin(), from.end(),
              sorted.begin() + static_cast<std::ptrdiff_t>(std::size_t{row} * dimensions_));
  }
  bytes_.swap(sorted);
  scale_.swap(scale);
  rows_.swap(rows);
}

}  // namespace souk::search
