// What the documents of a segment say of one attribute, as small numbers ("ordinals" of a sorted
// dictionary that its owner keeps), and the way back: the documents of each ordinal.
//
// Since ordinals are in the order of their values, the documents listed by ordinal are the
// documents sorted by value: one array serves equality, ranges and sorts. Three layouts, by how
// many documents say something:
//   flat    one slot a document (1, 2 or 4 bytes), when none says two things
//   lists   a slot for each thing said, and where each document's begin
//   sparse  the same, but only for the documents that say anything: a shop has hundreds of
//           attributes that a few products have
// On top of it bits for the values that many documents have, and for numbers bits for every 16th of
// the sorted order, so that a range is two sets and a few documents at either end.
//
// Immutable once built: any number of threads may read.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "plugins/search/model/doc_set.hpp"

namespace souk::search {

using Ordinal = std::uint32_t;

/// How many of some documents have a value.
struct OrdinalCount {
  Ordinal ordinal = 0;
  std::uint32_t count = 0;
  friend bool operator==(const OrdinalCount&, const OrdinalCount&) = default;
};

/// Memory for counting, kept by the caller from one request to the next. Always zeros in between.
/// Not for two threads at once.
struct CountScratch {
  /// Counters side by side for attributes of few values: an addition need not wait for the one
  /// before it.
  static constexpr std::size_t kLanes = 4;
  static constexpr std::size_t kLaneValues = 256;
  std::vector<std::uint32_t> lanes = std::vector<std::uint32_t>(kLanes * kLaneValues, 0);
  std::vector<std::uint32_t> counts;
  std::vector<Ordinal> touched;
};

/// Numbers in 1, 2 or 4 bytes each.
class PackedNumbers {
 public:
  PackedNumbers() = default;
  PackedNumbers(std::size_t count, std::uint32_t largest);
  void set(std::size_t at, std::uint32_t value) noexcept;
  [[nodiscard]] std::uint32_t operator[](std::size_t at) const noexcept {
    if (width_ == 1) return ones_[at];
    return width_ == 2 ? twos_[at] : fours_[at];
  }
  /// Calls use(pointer to the first) with the type that the numbers have.
  template <class Use>
  auto visit(Use&& use) const {
    if (width_ == 1) return use(ones_.data());
    if (width_ == 2) return use(twos_.data());
    return use(fours_.data());
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return ones_.capacity() + twos_.capacity() * 2 + fours_.capacity() * 4;
  }

 private:
  std::vector<std::uint8_t> ones_;
  std::vector<std::uint16_t> twos_;
  std::vector<std::uint32_t> fours_;
  std::uint8_t width_ = 1;
};

class Ordinals {
 public:
  using Pair = std::pair<DocId, Ordinal>;
  static constexpr Ordinal kNone = 0xffffffff;

  Ordinals() = default;
  /// Of `documents` documents and `values` ordinals (each < values). `pairs` in any order; the same
  /// pair twice counts once. `ranges`: ranges of ordinals will be asked for.
  static Ordinals build(std::uint32_t documents, std::uint32_t values, std::vector<Pair> pairs,
                        bool ranges);

  [[nodiscard]] std::uint32_t documents() const noexcept { return documents_; }
  [[nodiscard]] std::uint32_t values() const noexcept { return values_; }
  /// Pairs of document and ordinal.
  [[nodiscard]] std::size_t pairs() const noexcept { return postings_.size(); }
  [[nodiscard]] bool single_valued() const noexcept { return single_; }
  /// How many documents say anything.
  [[nodiscard]] std::uint32_t documents_present() const noexcept { return present_count_; }

  /// Calls visit(Ordinal) for each of the document's, smallest first.
  template <class Visit>
  void for_each(DocId doc, Visit&& visit) const {
    const auto [begin, end] = slots_of(doc);
    for (std::size_t at = begin; at < end; ++at)
      visit(Ordinal{slots_[at]});
  }
  /// The smallest and the largest of the document's, or kNone.
  [[nodiscard]] Ordinal lowest(DocId doc) const noexcept;
  [[nodiscard]] Ordinal highest(DocId doc) const noexcept;
  /// Does the document have one of [first, end)?
  [[nodiscard]] bool has_between(DocId doc, Ordinal first, Ordinal end) const noexcept;

  /// The documents of an ordinal, smallest first.
  [[nodiscard]] std::span<const DocId> documents_of(Ordinal ordinal) const noexcept {
    return std::span(postings_).subspan(posting_offsets_[ordinal],
                                        posting_offsets_[ordinal + 1] - posting_offsets_[ordinal]);
  }
  /// How many of `docs` have the ordinal.
  [[nodiscard]] std::uint32_t count(Ordinal ordinal, const DocSet& docs) const noexcept;
  /// Every pair's document in the order of the ordinals: the documents sorted.
  [[nodiscard]] std::span<const DocId> sorted() const noexcept { return postings_; }
  /// Where in sorted() an ordinal begins; values() is allowed and gives the end.
  [[nodiscard]] std::size_t begin_of(Ordinal ordinal) const noexcept {
    return posting_offsets_[ordinal];
  }

  /// Adds the documents with one of [first, end).
  void add_range(Ordinal first, Ordinal end, DocSet& out) const;
  /// Adds the documents that say anything.
  void add_present(DocSet& out) const;

  /// Some documents, to count over.
  struct Counted {
    const DocSet& docs;
    std::uint32_t matches = 0;           ///< docs.count()
    std::span<const DocId> listed = {};  ///< docs in order, or empty: they are not listed
  };
  /// Counts the ordinals of documents; those with a count, smallest first. Goes over the documents,
  /// over those that are not in it, or over the values, whichever is estimated to be least work.
  void count(const Counted& counted, CountScratch& scratch, std::vector<OrdinalCount>& out) const;

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  enum class Layout : std::uint8_t { flat, lists, sparse };

  [[nodiscard]] std::pair<std::size_t, std::size_t> slots_of(DocId doc) const noexcept;
  void lay_out(const std::vector<Pair>& pairs);
  void invert(const std::vector<Pair>& pairs);
  void add_bitmaps(bool ranges);
  [[nodiscard]] const DocSet* bitmap_of(Ordinal ordinal) const noexcept;
  void add_prefix_difference(std::size_t begin, std::size_t end, DocSet& out) const;
  void prefix(std::size_t end, DocSet& out) const;
  void count_documents(const Counted& counted, CountScratch& scratch) const;
  void count_others(const DocSet& docs, CountScratch& scratch) const;
  void count_values(const DocSet& docs, CountScratch& scratch) const;

  std::uint32_t documents_ = 0;
  std::uint32_t values_ = 0;
  std::uint32_t present_count_ = 0;
  Layout layout_ = Layout::sparse;
  bool single_ = true;
  PackedNumbers slots_;                 ///< flat: values_ stands for "says nothing"
  std::vector<std::uint32_t> offsets_;  ///< lists: by document; sparse: by place in sparse_docs_
  std::vector<DocId> sparse_docs_;
  std::vector<std::uint32_t> posting_offsets_;
  std::vector<DocId> postings_;
  std::vector<std::pair<Ordinal, DocSet>> bitmaps_;  ///< of frequent values, smallest first
  std::size_t rare_pairs_ = 0;                       ///< pairs of values without a bitmap
  std::vector<DocSet> checkpoints_;                  ///< the documents before each 16th of sorted()
  std::size_t checkpoint_step_ = 0;
};

}  // namespace souk::search
