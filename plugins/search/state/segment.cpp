#include "plugins/search/state/segment.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <span>
#include <string_view>
#include <tuple>

#include "plugins/search/fold/product_vector.hpp"
#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

/// Attributes whose values nobody types to say what is looked for.
bool says_no_kind(std::string_view attribute) {
  return attribute == "id" || attribute == "sku" || attribute == "available" ||
         attribute == "availability" || attribute == "on_sale";
}

}  // namespace

std::shared_ptr<const Segment> Segment::build(std::vector<ProductEntry>& entries,
                                              const Options& options) {
  std::sort(entries.begin(), entries.end(), [](const ProductEntry& a, const ProductEntry& b) {
    if (a.document.quality != b.document.quality) return a.document.quality > b.document.quality;
    return a.key < b.key;
  });
  auto made = std::make_shared<Segment>();
  const auto size = static_cast<std::uint32_t>(entries.size());
  made->sold_out_.reset(size);
  made->for_some_.reset(size);
  made->source_ends_.push_back(0);
  made->source_ends_.reserve(std::size_t{size} + 1);
  made->keys_.reserve(size);
  made->numbers_.reserve(size);
  made->facts_.reserve(size);
  const StockState not_counted;
  if (std::any_of(entries.begin(), entries.end(),
                  [&](const ProductEntry& entry) { return !(entry.stock == not_counted); })) {
    made->stocks_.reserve(size);
    for (const ProductEntry& entry : entries)
      made->stocks_.push_back(entry.stock);
  }
  std::size_t bytes = 0;
  for (const ProductEntry& entry : entries)
    bytes += entry.document.source.size();
  made->sources_.reserve(bytes);
  std::vector<Document> documents;
  documents.reserve(size);
  for (DocId doc = 0; doc < size; ++doc) {
    ProductEntry& entry = entries[doc];
    made->keys_.push_back(entry.key);
    made->numbers_.push_back(entry.number);
    made->facts_.push_back(entry.facts);
    made->sources_ += entry.document.source;
    made->source_ends_.push_back(made->sources_.size());
    std::string().swap(entry.document.source);
    if (!entry.facts.sellable) made->sold_out_.add(doc);
    if (!entry.only_accounts.empty()) {
      made->for_some_.add(doc);
      made->any_for_some_ = true;
    }
    for (const std::string& account : entry.only_accounts)
      made->only_[account].push_back(doc);
    for (const std::string& account : entry.excluded_accounts)
      made->excluded_[account].push_back(doc);
    documents.push_back(std::move(entry.document));
  }
  made->index_keys();
  made->columns_ = Columns::build(documents, options.columns);
  made->index_values();
  made->read_vectors();
  made->text_ = TextIndex::build(documents, options.text);
  return made;
}

void Segment::read_vectors() {
  std::map<std::size_t, std::uint32_t> lengths;
  std::vector<std::string_view> found(size());
  for (DocId doc = 0; doc < size(); ++doc) {
    found[doc] = stored_vector(source(doc));
    if (!found[doc].empty()) ++lengths[found[doc].size()];
  }
  const auto most =
      std::max_element(lengths.begin(), lengths.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == lengths.end()) return;
  vectors_ = ByteVectors(size(), static_cast<std::uint32_t>(most->first));
  for (DocId doc = 0; doc < size(); ++doc) {
    if (found[doc].empty()) continue;
    if (found[doc].size() != most->first) {
      ++other_vectors_;
      continue;
    }
    ++with_vector_;
    vectors_.set_bytes(
        doc, std::span(reinterpret_cast<const std::int8_t*>(found[doc].data()), found[doc].size()));
  }
}

void Segment::index_values() {
  constexpr std::uint32_t kMostOfOne = 20'000;  // values of an attribute that is a kind, not an id
  const auto texts = columns_.texts();
  for (std::uint32_t column = 0; column < texts.size(); ++column) {
    const TextColumn& text = texts[column];
    if (!text.facetable || text.dictionary.size() > kMostOfOne || says_no_kind(text.name)) continue;
    for (Ordinal ordinal = 0; ordinal < text.dictionary.size(); ++ordinal) {
      std::string_view value = text.dictionary.value(ordinal);
      if (text.hierarchical && value.rfind(" > ") != std::string_view::npos) {
        value.remove_prefix(value.rfind(" > ") + 3);
      }
      if (value.size() > 64) continue;
      const std::string written = normalized(value);
      const auto letter = [](char c) { return c < '0' || c > '9'; };
      if (written.size() < 2 || std::none_of(written.begin(), written.end(), letter)) continue;
      values_.push_back({key_of(written), column, ordinal});
      // "Shirts" is asked for as "shirt".
      if (written.size() > 3 && written.back() == 's') {
        values_.push_back(
            {key_of(std::string_view(written).substr(0, written.size() - 1)), column, ordinal});
      }
    }
  }
  std::sort(values_.begin(), values_.end(), [](const Value& a, const Value& b) {
    return std::tie(a.hash, a.column, a.ordinal) < std::tie(b.hash, b.column, b.ordinal);
  });
  values_.shrink_to_fit();
}

std::uint64_t Segment::count(const Value& value, const DocSet& docs) const {
  return columns_.texts()[value.column].ordinals.count(value.ordinal, docs);
}

/// Keys are hashes, so their upper bits part them evenly: about four in each place.
void Segment::index_keys() {
  by_key_.resize(keys_.size());
  std::iota(by_key_.begin(), by_key_.end(), DocId{0});
  std::sort(by_key_.begin(), by_key_.end(), [&](DocId a, DocId b) { return keys_[a] < keys_[b]; });
  const auto bits = static_cast<unsigned>(std::bit_width(keys_.size() / 4 | 1));
  key_shift_ = 64 - bits;
  key_begin_.assign((std::size_t{1} << bits) + 1, size());
  std::size_t next = 0;
  for (DocId at = 0; at < size(); ++at) {
    for (const std::uint64_t place = keys_[by_key_[at]] >> key_shift_; next <= place; ++next)
      key_begin_[next] = at;
  }
}

DocId Segment::find(std::uint64_t product_key) const {
  if (key_begin_.empty()) return kNowhere;
  const std::uint64_t place = product_key >> key_shift_;
  for (DocId at = key_begin_[place]; at < key_begin_[place + 1]; ++at) {
    if (keys_[by_key_[at]] == product_key) return by_key_[at];
  }
  return kNowhere;
}

void Segment::mask(std::string_view account, DocSet& visible) const {
  if (any_for_some_) {
    DocSet hidden = for_some_;
    const auto mine = account.empty() ? only_.end() : only_.find(account);
    if (mine != only_.end()) hidden.remove_all(mine->second);
    visible.subtract(hidden);
  }
  if (account.empty() || excluded_.empty()) return;
  const auto out = excluded_.find(account);
  if (out != excluded_.end()) visible.remove_all(out->second);
}

std::size_t Segment::memory_bytes() const {
  return text_->memory_bytes() + columns_.memory_bytes() + keys_.capacity() * 8 +
         (by_key_.capacity() + key_begin_.capacity()) * sizeof(DocId) + numbers_.capacity() * 4 +
         facts_.capacity() * sizeof(ProductFacts) + stocks_.capacity() * sizeof(StockState) +
         source_ends_.capacity() * sizeof(std::size_t) + sold_out_.memory_bytes() +
         for_some_.memory_bytes() + vectors_.memory_bytes() + values_.capacity() * sizeof(Value);
}

Corpus::Place Corpus::find(std::uint64_t product_key) const {
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    const DocId doc = parts[part].segment->find(product_key);
    if (doc != Segment::kNowhere && parts[part].live->contains(doc)) return {part, doc};
  }
  return {};
}

}  // namespace souk::search
