// Directions in a byte a dimension: 64 to 1024 bytes a product instead of four times that. What
// cosine of two stored ones is differs from that of the originals by less than 0.01.
//
// Scanned whole, or, once arranged, in the groups that lie nearest: an inverted file (Sivic,
// Zisserman, ICCV 2003; Jégou et al., PAMI 2011). Rows of a group stand side by side.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plugins/search/model/doc_set.hpp"

namespace souk::search {

/// The largest value becomes ±127, so that nothing is lost to rounding in long vectors. False, and
/// `out` is zero, when `from` has no direction or holds what is no number.
bool to_byte_direction(std::span<const float> from, std::span<std::int8_t> out);

/// Sums of products, by the widest instructions that this machine has.
[[nodiscard]] std::int32_t byte_dot(const std::int8_t* a, const std::int8_t* b, std::size_t size);

/// Adds up products of `query`, which has no -128, with each of `count` rows one behind the other.
void byte_dots(const std::int8_t* query, const std::int8_t* rows, std::size_t size,
               std::size_t count, std::int32_t* out);

/// Directions of the documents of one segment. Written by its maker, then read by any thread.
class ByteVectors {
 public:
  struct Near {
    DocId doc = 0;
    float cosine = 0;
  };

  ByteVectors() = default;
  ByteVectors(std::uint32_t documents, std::uint32_t dimensions);

  void set(DocId doc, std::span<const float> direction);
  void set_bytes(DocId doc, std::span<const std::int8_t> direction);
  /// Groups what was set, by spherical k-means: a second of CPU for 200,000; nothing where a scan
  /// of all is as fast. Nothing may be set afterwards. The same directions make the same groups.
  void arrange();

  [[nodiscard]] std::uint32_t dimensions() const { return dimensions_; }
  [[nodiscard]] std::uint32_t documents() const {
    return static_cast<std::uint32_t>(scale_.size());
  }
  [[nodiscard]] bool has(DocId doc) const { return scale_[row_of(doc)] > 0; }
  [[nodiscard]] std::span<const std::int8_t> bytes(DocId doc) const {
    return std::span(bytes_).subspan(std::size_t{row_of(doc)} * dimensions_, dimensions_);
  }
  /// How many there are; 0: not arranged.
  [[nodiscard]] std::size_t groups() const { return middles_.size() / std::max(dimensions_, 1U); }
  [[nodiscard]] std::size_t memory_bytes() const {
    return bytes_.capacity() + middles_.capacity() +
           (scale_.capacity() + rows_.capacity() + docs_.capacity() + begins_.capacity() +
            middle_scale_.capacity()) *
               4;
  }

 private:
  friend class ByteQuery;
  [[nodiscard]] std::uint32_t row_of(DocId doc) const { return rows_.empty() ? doc : rows_[doc]; }
  void learn_middles(std::size_t groups);
  [[nodiscard]] std::uint32_t nearest_middle(DocId doc, std::vector<std::int32_t>& dots) const;

  std::uint32_t dimensions_ = 0;
  std::vector<std::int8_t> bytes_;
  std::vector<float> scale_;  ///< by row: 1 / length of the bytes; 0: has none
  // Of what is arranged; empty before.
  std::vector<std::int8_t> middles_;   ///< a direction a group
  std::vector<float> middle_scale_;    ///< 1 / length of each
  std::vector<std::uint32_t> begins_;  ///< row of each group's first, and the end
  std::vector<DocId> docs_;            ///< by row
  std::vector<std::uint32_t> rows_;    ///< by document
};

/// A direction that is looked for.
class ByteQuery {
 public:
  /// Empty when `direction` has none.
  explicit ByteQuery(std::span<const float> direction);
  [[nodiscard]] bool empty() const { return scale_ == 0; }
  [[nodiscard]] std::uint32_t dimensions() const {
    return static_cast<std::uint32_t>(bytes_.size());
  }

  /// 0 when the document has none, or `vectors` other dimensions.
  [[nodiscard]] float cosine(const ByteVectors& vectors, DocId doc) const;
  /// Replaces `out` by the `most` nearest of `among` with at least `least`, the nearest first; ties
  /// by document. Exact where they are not arranged or `among` is few of them; else those of the
  /// nearest groups, a sixteenth of all at most.
  void nearest(const ByteVectors& vectors, const DocSet& among, std::size_t most, float least,
               std::vector<ByteVectors::Near>& out) const;

 private:
  class Nearest;
  void scan_groups(const ByteVectors& vectors, const DocSet& among, Nearest& kept) const;
  std::vector<std::int8_t> bytes_;
  float scale_ = 0;
};

}  // namespace souk::search
