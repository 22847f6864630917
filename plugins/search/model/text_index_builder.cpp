#include "plugins/search/model/text_index_builder.hpp"

#include <algorithm>
#include <numeric>

#include "plugins/search/model/impact.hpp"

namespace souk::search {
namespace {

/// A part of a compound counts as much as this of the whole word.
constexpr float kPartWeight = 0.6F;

template <class T>
void release(std::vector<T>& values) {
  std::vector<T>().swap(values);
}

void put_varint(std::vector<std::uint8_t>& out, std::uint32_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

template <class T>
void put_offsets(std::vector<std::uint8_t>& out, std::span<const std::uint32_t> documents) {
  const std::size_t at = out.size();
  out.resize(at + documents.size() * sizeof(T));
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const T offset = static_cast<T>(documents[i] - documents[0]);
    std::memcpy(out.data() + at + i * sizeof(T), &offset, sizeof(T));
  }
}

}  // namespace

TextIndexBuilder::TextIndexBuilder(const TextIndexOptions& options, TextIndex::Data& data)
    : options_(options), data_(data) {}

void TextIndexBuilder::build(std::span<const Document> documents) {
  data_.documents = static_cast<std::uint32_t>(documents.size());
  data_.languages = options_.languages;
  for (const Document& document : documents) {
    read(document);
  }
  set_pivots();
  if (std::any_of(options_.languages.begin(), options_.languages.end(), joins_compounds)) {
    split_compounds();
  }
  sort_terms();
  rank_terms();
  data_.forward_at.reserve(documents.size() + 1);
  for (std::uint32_t n = 0; n < data_.documents; ++n) {
    write_forward(n);
    fold(n);
  }
  data_.forward_at.push_back(static_cast<std::uint32_t>(data_.forward.size()));
  data_.forward.shrink_to_fit();
  release(sequence_);
  write_postings();
  derive_heads(data_);
  derive_stems(data_);
  derive_typos(data_);
  derive_unions(data_, std::max(kMinUnion, documents.size() / kUnionShare));
}

void TextIndexBuilder::read(const Document& document) {
  for (std::size_t field = 0; field < kFields; ++field) {
    std::size_t length = 0;
    for (const std::string& text : document.texts[field]) {
      tokenize(text, stream_, kMaxFieldWords - std::min(length, kMaxFieldWords));
      length += stream_.places;
      for (const Token& token : stream_.tokens) {
        const std::uint32_t word = vocabulary_.intern(stream_.of(token));
        const bool overlay = token.kind == TokenKind::kJoined || token.kind == TokenKind::kQuantity;
        sequence_.push_back(overlay ? word | kOverlay : word);
        if (word == occurrences_.size()) {
          occurrences_.push_back(0);
        }
        ++occurrences_[word];
      }
    }
    field_end_.push_back(static_cast<std::uint32_t>(sequence_.size()));
    field_length_.push_back(static_cast<std::uint16_t>(std::min<std::size_t>(length, 0xFFFF)));
  }
}

/// Means over the documents that have the field at all.
void TextIndexBuilder::set_pivots() {
  for (std::size_t field = 0; field < kFields; ++field) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = field; i < field_length_.size(); i += kFields) {
      sum += field_length_[i];
      count += field_length_[i] > 0 ? 1 : 0;
    }
    const float given = options_.pivots[field];
    data_.pivots[field] = given > 0 ? given : count > 0 ? static_cast<float>(sum / count) : 1.0F;
  }
}

void TextIndexBuilder::split_compounds() { compounds_.split_all(vocabulary_, occurrences_); }

void TextIndexBuilder::sort_terms() {
  const std::uint32_t count = vocabulary_.size();
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [this](std::uint32_t a, std::uint32_t b) { return vocabulary_[a] < vocabulary_[b]; });
  term_of_.resize(count);
  data_.text.reserve(vocabulary_.text_bytes());
  data_.term_text.reserve(std::size_t{count} + 1);
  for (std::uint32_t term = 0; term < count; ++term) {
    term_of_[order[term]] = term;
    data_.term_text.push_back(static_cast<std::uint32_t>(data_.text.size()));
    data_.text.append(vocabulary_[order[term]]);
  }
  data_.term_text.push_back(static_cast<std::uint32_t>(data_.text.size()));
  data_.frequency.assign(count, 0);
}

/// Frequent words get small ranks, hence one or two bytes in the forward index.
void TextIndexBuilder::rank_terms() {
  const std::uint32_t count = vocabulary_.size();
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return occurrences_[a] != occurrences_[b] ? occurrences_[a] > occurrences_[b]
                                              : term_of_[a] < term_of_[b];
  });
  rank_of_.resize(count);
  data_.by_rank.resize(count);
  for (std::uint32_t rank = 0; rank < count; ++rank) {
    rank_of_[order[rank]] = rank;
    data_.by_rank[rank] = term_of_[order[rank]];
  }
}

std::span<const std::uint32_t> TextIndexBuilder::field_words(std::uint32_t document,
                                                             std::size_t field) const {
  const std::size_t n = std::size_t{document} * kFields + field;
  const std::size_t begin = n == 0 ? 0 : field_end_[n - 1];
  return std::span(sequence_).subspan(begin, field_end_[n] - begin);
}

void TextIndexBuilder::write_forward(std::uint32_t document) {
  data_.forward_at.push_back(static_cast<std::uint32_t>(data_.forward.size()));
  for (std::size_t field = 0; field < kFields; ++field) {
    const std::size_t length = std::min<std::size_t>(
        field_length_[std::size_t{document} * kFields + field], kMaxForwardWords);
    put_varint(data_.forward, static_cast<std::uint32_t>(length));
    std::size_t written = 0;
    for (const std::uint32_t word : field_words(document, field)) {
      if ((word & kOverlay) == 0 && written < length) {
        put_varint(data_.forward, field == 0 ? term_of_[word] : rank_of_[word]);
        ++written;
      }
    }
  }
}

/// "T Shirt" is also "tshirt" when the catalog writes that somewhere.
void TextIndexBuilder::join_neighbours(std::size_t begin, std::size_t end, std::uint32_t field) {
  std::uint32_t before = Vocabulary::kNone;
  for (std::size_t i = begin; i < end; ++i) {
    const std::uint32_t word = sequence_[i];
    if ((word & kOverlay) != 0) {
      continue;
    }
    if (before != Vocabulary::kNone) {
      joined_.assign(vocabulary_[before]).append(vocabulary_[word]);
      const std::uint32_t whole = vocabulary_.find(joined_);
      if (whole != Vocabulary::kNone) {
        gathered_.push_back({whole, field, 1});
      }
    }
    before = word;
  }
}

void TextIndexBuilder::gather(std::uint32_t document) {
  gathered_.clear();
  for (std::uint32_t field = 0; field < kFields; ++field) {
    const auto words = field_words(document, field);
    for (const std::uint32_t marked : words) {
      const std::uint32_t word = marked & ~kOverlay;
      gathered_.push_back({word, field, 1});
      for (const std::uint32_t part : compounds_.of(word)) {
        gathered_.push_back({part, field, kPartWeight});
      }
    }
    if (field <= static_cast<std::uint32_t>(Field::kTags)) {
      const auto begin = static_cast<std::size_t>(words.data() - sequence_.data());
      join_neighbours(begin, begin + words.size(), field);
    }
  }
  std::sort(gathered_.begin(), gathered_.end(),
            [](const Occurrence& a, const Occurrence& b) { return a.word < b.word; });
}

void TextIndexBuilder::fold(std::uint32_t document) {
  gather(document);
  std::array<float, kFields> share{};
  for (std::size_t field = 0; field < kFields; ++field) {
    const float length = field_length_[std::size_t{document} * kFields + field];
    const float b = options_.length_share[field];
    share[field] = options_.weights[field] / (1 - b + b * length / data_.pivots[field]);
  }
  for (std::size_t i = 0; i < gathered_.size();) {
    const std::uint32_t word = gathered_[i].word;
    float frequency = 0;
    unsigned fields = 0;
    for (; i < gathered_.size() && gathered_[i].word == word; ++i) {
      frequency += gathered_[i].count * share[gathered_[i].field];
      fields |= 1U << gathered_[i].field;
    }
    const TextIndex::Term term = term_of_[word];
    entries_.push_back({term, impact_of(frequency), static_cast<FieldMask>(fields)});
    ++data_.frequency[term];
  }
  entry_end_.push_back(static_cast<std::uint32_t>(entries_.size()));
}

void TextIndexBuilder::write_postings() {
  const std::size_t terms = data_.frequency.size();
  std::vector<std::uint32_t> at(terms + 1, 0);
  for (std::size_t term = 0; term < terms; ++term) {
    at[term + 1] = at[term] + data_.frequency[term];
  }
  documents_.resize(entries_.size());
  impacts_.resize(entries_.size());
  fields_.resize(entries_.size());
  std::size_t i = 0;
  for (std::uint32_t document = 0; document < data_.documents; ++document) {
    for (; i < entry_end_[document]; ++i) {
      const std::uint32_t place = at[entries_[i].term]++;
      documents_[place] = document;
      impacts_[place] = entries_[i].impact;
      fields_[place] = entries_[i].fields;
    }
  }
  release(entries_);
  data_.postings.reserve(documents_.size() * 4);
  std::size_t begin = 0;
  for (std::size_t term = 0; term < terms; ++term) {
    data_.term_blocks.push_back(static_cast<std::uint32_t>(data_.blocks.size()));
    const std::size_t end = begin + data_.frequency[term];
    for (; begin < end; begin = std::min(begin + PostingBlock::kSize, end)) {
      write_block(begin, std::min(begin + PostingBlock::kSize, end));
    }
  }
  data_.term_blocks.push_back(static_cast<std::uint32_t>(data_.blocks.size()));
  data_.blocks.shrink_to_fit();
  data_.postings.shrink_to_fit();
}

void TextIndexBuilder::write_block(std::size_t begin, std::size_t end) {
  PostingBlock block;
  block.first = documents_[begin];
  block.at = static_cast<std::uint32_t>(data_.postings.size());
  block.last = static_cast<std::uint8_t>(end - begin - 1);
  const std::uint32_t reach = documents_[end - 1] - block.first;
  block.width = reach < 0x100 ? 1 : reach < 0x10000 ? 2 : 4;
  const auto documents = std::span<const std::uint32_t>(documents_).subspan(begin, end - begin);
  if (block.width == 1) {
    put_offsets<std::uint8_t>(data_.postings, documents);
  } else if (block.width == 2) {
    put_offsets<std::uint16_t>(data_.postings, documents);
  } else {
    put_offsets<std::uint32_t>(data_.postings, documents);
  }
  for (std::size_t i = begin; i < end; ++i) {
    data_.postings.push_back(impacts_[i]);
    block.impact = std::max(block.impact, impacts_[i]);
  }
  for (std::size_t i = begin; i < end; ++i) {
    data_.postings.push_back(fields_[i]);
    block.fields = static_cast<FieldMask>(block.fields | fields_[i]);
  }
  data_.blocks.push_back(block);
}

}  // namespace souk::search
