// One immutable piece of the catalog: texts, columns, what ranking looks at, and the products
// themselves.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/fold/product_document.hpp"
#include "plugins/search/model/byte_vectors.hpp"
#include "plugins/search/model/columns.hpp"
#include "plugins/search/model/doc_set.hpp"
#include "plugins/search/model/text_index.hpp"

namespace souk::search {

class Segment {
 public:
  struct Options {
    TextIndexOptions text;
    ColumnsSettings columns;
  };
  static constexpr DocId kNowhere = ~DocId{0};

  /// Takes what it needs out of `entries`, whose order it changes: the best first.
  static std::shared_ptr<const Segment> build(std::vector<ProductEntry>& entries,
                                              const Options& options);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  [[nodiscard]] const TextIndex& text() const { return *text_; }
  [[nodiscard]] const Columns& columns() const { return columns_; }

  /// kNowhere when it is not here.
  [[nodiscard]] DocId find(std::uint64_t product_key) const;
  [[nodiscard]] std::uint64_t key(DocId doc) const { return keys_[doc]; }
  [[nodiscard]] std::uint32_t number(DocId doc) const { return numbers_[doc]; }
  [[nodiscard]] const ProductFacts& facts(DocId doc) const { return facts_[doc]; }
  [[nodiscard]] const StockState& stock(DocId doc) const {
    static constexpr StockState kNotCounted;
    return stocks_.empty() ? kNotCounted : stocks_[doc];
  }
  /// Wire bytes of the product.
  [[nodiscard]] std::string_view source(DocId doc) const {
    return std::string_view(sources_).substr(source_ends_[doc],
                                             source_ends_[doc + 1] - source_ends_[doc]);
  }
  /// What can't be bought now.
  [[nodiscard]] const DocSet& sold_out() const { return sold_out_; }

  /// What the merchant's own model makes of the products; of no dimensions when nothing has one.
  /// Of vectors of several lengths those that most have.
  [[nodiscard]] const ByteVectors& vectors() const { return vectors_; }
  [[nodiscard]] std::uint32_t with_vector() const { return with_vector_; }
  /// Products whose vector has another length than most.
  [[nodiscard]] std::uint32_t other_vectors() const { return other_vectors_; }

  /// Takes out of `visible` what this account, or nobody in particular, may not see.
  void mask(std::string_view account, DocSet& visible) const;

  /// A value of a text attribute.
  struct Value {
    std::uint64_t hash = 0;  ///< of the value, normalized; of a path, of its last level
    std::uint32_t column = 0;
    Ordinal ordinal = 0;
  };
  /// visit(Value) for each that people write like this; `hash` is of normalized text.
  template <class Visit>
  void find_value(std::uint64_t hash, Visit&& visit) const {
    auto at = std::lower_bound(values_.begin(), values_.end(), hash,
                               [](const Value& v, std::uint64_t key) { return v.hash < key; });
    for (; at != values_.end() && at->hash == hash; ++at)
      visit(*at);
  }
  [[nodiscard]] std::string_view attribute(const Value& value) const {
    return columns_.texts()[value.column].name;
  }
  [[nodiscard]] std::string_view text_of(const Value& value) const {
    return columns_.texts()[value.column].dictionary.value(value.ordinal);
  }
  /// How many of `docs` have it.
  [[nodiscard]] std::uint64_t count(const Value& value, const DocSet& docs) const;

  /// Everything but the products' own bytes.
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] std::size_t source_bytes() const { return sources_.capacity(); }
  /// Keys, numbers, what ranking looks at.
  [[nodiscard]] std::size_t facts_bytes() const {
    return memory_bytes() - text_->memory_bytes() - columns_.memory_bytes();
  }

 private:
  std::shared_ptr<const TextIndex> text_;
  Columns columns_;
  std::vector<std::uint64_t> keys_;
  std::vector<DocId> by_key_;
  std::vector<DocId> key_begin_;  ///< by the upper bits of a key: where those begin in by_key_
  unsigned key_shift_ = 63;
  void index_keys();
  std::vector<std::uint32_t> numbers_;
  std::vector<ProductFacts> facts_;
  std::vector<StockState> stocks_;  ///< empty where no product's stock is counted
  std::string sources_;
  std::vector<std::size_t> source_ends_;
  DocSet sold_out_;
  DocSet for_some_;  ///< seen by some accounts only; empty set when there are none
  bool any_for_some_ = false;
  void index_values();
  void read_vectors();
  ByteVectors vectors_;
  std::uint32_t with_vector_ = 0;
  std::uint32_t other_vectors_ = 0;
  std::vector<Value> values_;  ///< by hash
  std::map<std::string, std::vector<DocId>, std::less<>> only_;
  std::map<std::string, std::vector<DocId>, std::less<>> excluded_;
};

/// The catalog as readers see it.
struct Corpus {
  struct Part {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<const DocSet> live;
    std::uint32_t living = 0;
  };
  struct Place {
    std::uint32_t part = 0;
    DocId doc = Segment::kNowhere;
    explicit operator bool() const { return doc != Segment::kNowhere; }
  };
  std::vector<Part> parts;  ///< the largest first
  std::uint64_t products = 0;
  std::uint64_t last_sequence = 0;

  [[nodiscard]] Place find(std::uint64_t product_key) const;
};

}  // namespace souk::search
