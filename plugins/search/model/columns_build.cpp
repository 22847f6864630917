// Documents → columns.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <unordered_map>

#include "plugins/search/model/columns.hpp"
#include "plugins/search/model/document.hpp"
#include "plugins/search/model/value_text.hpp"

namespace souk::search {
namespace {

/// Finds strings without making one.
struct ViewHash {
  std::size_t operator()(std::string_view text) const noexcept {
    return XXH3_64bits(text.data(), text.size());
  }
};
template <class Value>
using ByText = std::unordered_map<std::string_view, Value, ViewHash>;

/// What is known of one attribute while documents are read: values in the order of their arrival.
struct TextDraft {
  std::string_view name;
  bool hierarchical = false;
  ByText<std::uint32_t> numbers;
  std::vector<std::string_view> values;
  std::vector<Ordinals::Pair> pairs;
  DocId last = ~DocId{0};
  std::uint32_t of_last = 0;  ///< values of the document `last`
};
struct NumberDraft {
  std::string_view name;
  std::vector<std::pair<DocId, double>> pairs;
  DocId last = ~DocId{0};
  std::uint32_t of_last = 0;
};

}  // namespace

Groups::Groups(std::span<const Document> documents) {
  const auto stands_alone = [](const Document& document) { return document.group.empty(); };
  if (std::all_of(documents.begin(), documents.end(), stands_alone)) return;
  keys_.reserve(documents.size());
  for (const Document& document : documents) {
    const std::uint64_t hash = XXH3_64bits(document.group.data(), document.group.size());
    keys_.push_back(document.group.empty() ? 0 : std::max<std::uint64_t>(hash, 1));
  }
}

class ColumnsBuilder {
 public:
  ColumnsBuilder(std::span<const Document> documents, const ColumnsSettings& settings)
      : documents_(documents), settings_(settings) {}
  Columns build();

 private:
  void read(DocId doc, const Document& document);
  void add_text(DocId doc, std::string_view attribute, std::string_view value);
  void add_path(DocId doc, TextDraft& draft, std::string_view path);
  void add_value(DocId doc, TextDraft& draft, std::string_view value);
  void add_number(DocId doc, const NumberValue& value);
  template <class Draft>
  bool one_more(DocId doc, Draft& draft);
  template <class Draft>
  void keep_most_used(std::vector<Draft>& drafts);
  TextColumn finish(TextDraft& draft) const;
  NumberColumn finish(NumberDraft& draft) const;

  std::span<const Document> documents_;
  const ColumnsSettings& settings_;
  ByText<std::size_t> text_names_;
  ByText<std::size_t> number_names_;
  std::vector<TextDraft> texts_;
  std::vector<NumberDraft> numbers_;
  std::vector<std::unique_ptr<std::string>> paths_;  ///< levels that no document spells out
  std::uint64_t dropped_ = 0;
};

template <class Draft>
bool ColumnsBuilder::one_more(DocId doc, Draft& draft) {
  if (draft.last != doc) {
    draft.last = doc;
    draft.of_last = 0;
  }
  if (draft.of_last >= settings_.most_values) {
    ++dropped_;
    return false;
  }
  ++draft.of_last;
  return true;
}

void ColumnsBuilder::add_value(DocId doc, TextDraft& draft, std::string_view value) {
  if (value.empty()) return;
  if (value.size() > Dictionary::kLongestValue) {
    ++dropped_;
    return;
  }
  if (!one_more(doc, draft)) return;
  const auto [found, added] =
      draft.numbers.try_emplace(value, static_cast<std::uint32_t>(draft.values.size()));
  if (added) draft.values.push_back(value);
  draft.pairs.emplace_back(doc, found->second);
}

void ColumnsBuilder::add_path(DocId doc, TextDraft& draft, std::string_view path) {
  std::string_view tidy = path;
  if (std::string written = tidy_path(path); written != path) {
    paths_.push_back(std::make_unique<std::string>(std::move(written)));
    tidy = *paths_.back();
  }
  for (std::size_t end = tidy.find(kPathSeparator); end != std::string_view::npos;
       end = tidy.find(kPathSeparator, end + kPathSeparator.size()))
    add_value(doc, draft, tidy.substr(0, end));
  add_value(doc, draft, tidy);
}

void ColumnsBuilder::add_text(DocId doc, std::string_view attribute, std::string_view value) {
  const auto [found, added] = text_names_.try_emplace(attribute, texts_.size());
  if (added) {
    TextDraft& draft = texts_.emplace_back();
    draft.name = attribute;
    draft.hierarchical = std::find(settings_.hierarchical.begin(), settings_.hierarchical.end(),
                                   attribute) != settings_.hierarchical.end();
  }
  TextDraft& draft = texts_[found->second];
  if (draft.hierarchical)
    add_path(doc, draft, value);
  else
    add_value(doc, draft, value);
}

void ColumnsBuilder::add_number(DocId doc, const NumberValue& value) {
  if (!std::isfinite(value.value)) {
    ++dropped_;
    return;
  }
  const auto [found, added] = number_names_.try_emplace(value.attribute, numbers_.size());
  if (added) numbers_.emplace_back().name = value.attribute;
  NumberDraft& draft = numbers_[found->second];
  // -0 would sort before 0 and be equal to it.
  if (one_more(doc, draft)) draft.pairs.emplace_back(doc, value.value == 0 ? 0 : value.value);
}

void ColumnsBuilder::read(DocId doc, const Document& document) {
  if (!document.id.empty()) add_text(doc, "id", document.id);
  for (const TextValue& value : document.values)
    add_text(doc, value.attribute, value.value);
  for (const NumberValue& value : document.numbers)
    add_number(doc, value);
}

template <class Draft>
void ColumnsBuilder::keep_most_used(std::vector<Draft>& drafts) {
  std::erase_if(drafts, [](const Draft& draft) { return draft.pairs.empty(); });
  const auto by_name = [](const Draft& a, const Draft& b) { return a.name < b.name; };
  if (drafts.size() > settings_.most_attributes) {
    std::sort(drafts.begin(), drafts.end(), [&](const Draft& a, const Draft& b) {
      return a.pairs.size() != b.pairs.size() ? a.pairs.size() > b.pairs.size() : by_name(a, b);
    });
    for (std::size_t i = settings_.most_attributes; i < drafts.size(); ++i)
      dropped_ += drafts[i].pairs.size();
    drafts.resize(settings_.most_attributes);
  }
  std::sort(drafts.begin(), drafts.end(), by_name);
}

TextColumn ColumnsBuilder::finish(TextDraft& draft) const {
  static std::atomic<std::uint64_t> next_id{1};
  TextColumn made;
  made.id = next_id.fetch_add(1, std::memory_order_relaxed);
  made.name = draft.name;
  made.hierarchical = draft.hierarchical;
  made.facetable = draft.name != "id";
  std::vector<Ordinal> order;
  made.dictionary = Dictionary::build(draft.values, order);
  for (auto& pair : draft.pairs)
    pair.second = order[pair.second];
  made.ordinals = Ordinals::build(static_cast<std::uint32_t>(documents_.size()),
                                  made.dictionary.size(), std::move(draft.pairs), false);
  if (!made.hierarchical) return made;
  for (Ordinal ordinal = 0; ordinal < made.dictionary.size(); ++ordinal) {
    const unsigned depth = path_depth(made.dictionary.value(ordinal));
    made.depths.push_back(static_cast<std::uint8_t>(std::min(depth, 255U)));
  }
  return made;
}

NumberColumn ColumnsBuilder::finish(NumberDraft& draft) const {
  NumberColumn made;
  made.name = draft.name;
  made.values.reserve(draft.pairs.size());
  for (const auto& pair : draft.pairs)
    made.values.push_back(pair.second);
  std::sort(made.values.begin(), made.values.end());
  made.values.erase(std::unique(made.values.begin(), made.values.end()), made.values.end());
  made.values.shrink_to_fit();
  std::vector<Ordinals::Pair> pairs;
  pairs.reserve(draft.pairs.size());
  for (const auto& [doc, value] : draft.pairs) {
    const auto at = std::lower_bound(made.values.begin(), made.values.end(), value);
    pairs.emplace_back(doc, static_cast<Ordinal>(at - made.values.begin()));
  }
  made.ordinals =
      Ordinals::build(static_cast<std::uint32_t>(documents_.size()),
                      static_cast<std::uint32_t>(made.values.size()), std::move(pairs), true);
  return made;
}

Columns ColumnsBuilder::build() {
  for (std::size_t i = 0; i < documents_.size(); ++i)
    read(static_cast<DocId>(i), documents_[i]);
  keep_most_used(texts_);
  keep_most_used(numbers_);
  Columns made;
  made.documents_ = static_cast<std::uint32_t>(documents_.size());
  for (TextDraft& draft : texts_)
    made.texts_.push_back(finish(draft));
  for (NumberDraft& draft : numbers_)
    made.numbers_.push_back(finish(draft));
  made.places_ = Places(documents_, dropped_);
  made.groups_ = Groups(documents_);
  made.dropped_ = dropped_;
  return made;
}

Columns Columns::build(std::span<const Document> documents, const ColumnsSettings& settings) {
  return ColumnsBuilder(documents, settings).build();
}

}  // namespace souk::search
