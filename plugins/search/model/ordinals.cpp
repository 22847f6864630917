#include "plugins/search/model/ordinals.hpp"

#include <algorithm>

namespace souk::search {
namespace {

// Below it, sets of bits save nothing: everything is in the first cache anyway.
constexpr std::uint32_t kSmall = 1024;
constexpr std::size_t kCheckpoints = 16;
constexpr std::size_t kMostBitmaps = 256;

}  // namespace

PackedNumbers::PackedNumbers(std::size_t count, std::uint32_t largest) {
  if (largest <= 0xff) {
    width_ = 1;
    ones_.assign(count, 0);
  } else if (largest <= 0xffff) {
    width_ = 2;
    twos_.assign(count, 0);
  } else {
    width_ = 4;
    fours_.assign(count, 0);
  }
}

void PackedNumbers::set(std::size_t at, std::uint32_t value) noexcept {
  if (width_ == 1)
    ones_[at] = static_cast<std::uint8_t>(value);
  else if (width_ == 2)
    twos_[at] = static_cast<std::uint16_t>(value);
  else
    fours_[at] = value;
}

Ordinals Ordinals::build(std::uint32_t documents, std::uint32_t values, std::vector<Pair> pairs,
                         bool ranges) {
  // Documents usually come in order: then there is nothing to do.
  if (!std::is_sorted(pairs.begin(), pairs.end())) std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  Ordinals made;
  made.documents_ = documents;
  made.values_ = values;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i == 0 || pairs[i].first != pairs[i - 1].first)
      ++made.present_count_;
    else
      made.single_ = false;
  }
  made.lay_out(pairs);
  made.invert(pairs);
  made.add_bitmaps(ranges);
  return made;
}

void Ordinals::lay_out(const std::vector<Pair>& pairs) {
  if (documents_ > 64 && present_count_ < documents_ / 8)
    layout_ = Layout::sparse;
  else
    layout_ = single_ ? Layout::flat : Layout::lists;

  if (layout_ == Layout::flat) {
    slots_ = PackedNumbers(documents_, values_);
    for (DocId doc = 0; doc < documents_; ++doc)
      slots_.set(doc, values_);
    for (const auto& [doc, ordinal] : pairs)
      slots_.set(doc, ordinal);
    return;
  }
  slots_ = PackedNumbers(pairs.size(), values_);
  for (std::size_t i = 0; i < pairs.size(); ++i)
    slots_.set(i, pairs[i].second);
  if (layout_ == Layout::lists) {
    offsets_.assign(std::size_t{documents_} + 1, 0);
    for (const auto& pair : pairs)
      ++offsets_[pair.first + 1];
    for (std::size_t doc = 0; doc < documents_; ++doc)
      offsets_[doc + 1] += offsets_[doc];
    return;
  }
  sparse_docs_.reserve(present_count_);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i != 0 && pairs[i].first == pairs[i - 1].first) continue;
    sparse_docs_.push_back(pairs[i].first);
    if (!single_) offsets_.push_back(static_cast<std::uint32_t>(i));
  }
  if (!single_) offsets_.push_back(static_cast<std::uint32_t>(pairs.size()));
}

void Ordinals::invert(const std::vector<Pair>& pairs) {
  posting_offsets_.assign(std::size_t{values_} + 1, 0);
  for (const auto& pair : pairs)
    ++posting_offsets_[pair.second + 1];
  for (std::size_t ordinal = 0; ordinal < values_; ++ordinal)
    posting_offsets_[ordinal + 1] += posting_offsets_[ordinal];
  postings_.resize(pairs.size());
  std::vector<std::uint32_t> at(posting_offsets_.begin(), posting_offsets_.end() - 1);
  for (const auto& [doc, ordinal] : pairs)
    postings_[at[ordinal]++] = doc;
}

void Ordinals::add_bitmaps(bool ranges) {
  rare_pairs_ = postings_.size();
  if (documents_ < kSmall) return;
  // From a 32nd of the documents on, bits are smaller than a list.
  for (Ordinal ordinal = 0; ordinal < values_ && bitmaps_.size() < kMostBitmaps; ++ordinal) {
    const auto docs = documents_of(ordinal);
    if (docs.size() * 32 < documents_) continue;
    bitmaps_.emplace_back(ordinal, DocSet(documents_)).second.add_all(docs);
    rare_pairs_ -= docs.size();
  }
  // A document between two values of its own would be missed by a difference of prefixes.
  if (!ranges || !single_ || layout_ == Layout::sparse || values_ < 4) return;
  checkpoint_step_ = (postings_.size() + kCheckpoints - 1) / kCheckpoints;
  DocSet before(documents_);
  for (std::size_t at = 0; at < postings_.size(); at += checkpoint_step_) {
    checkpoints_.push_back(before);
    const std::size_t end = std::min(at + checkpoint_step_, postings_.size());
    before.add_all(std::span(postings_).subspan(at, end - at));
  }
  checkpoints_.push_back(std::move(before));
}

std::pair<std::size_t, std::size_t> Ordinals::slots_of(DocId doc) const noexcept {
  switch (layout_) {
    case Layout::flat:
      return {doc, slots_[doc] == values_ ? doc : std::size_t{doc} + 1};
    case Layout::lists:
      return {offsets_[doc], offsets_[doc + 1]};
    case Layout::sparse:
      break;
  }
  const auto found = std::lower_bound(sparse_docs_.begin(), sparse_docs_.end(), doc);
  if (found == sparse_docs_.end() || *found != doc) return {0, 0};
  const auto at = static_cast<std::size_t>(found - sparse_docs_.begin());
  if (single_) return {at, at + 1};
  return {offsets_[at], offsets_[at + 1]};
}

Ordinal Ordinals::lowest(DocId doc) const noexcept {
  const auto [begin, end] = slots_of(doc);
  return begin == end ? kNone : slots_[begin];
}

Ordinal Ordinals::highest(DocId doc) const noexcept {
  const auto [begin, end] = slots_of(doc);
  return begin == end ? kNone : slots_[end - 1];
}

bool Ordinals::has_between(DocId doc, Ordinal first, Ordinal end) const noexcept {
  const auto [slot, last] = slots_of(doc);
  for (std::size_t at = slot; at < last; ++at) {
    if (slots_[at] >= first) return slots_[at] < end;
  }
  return false;
}

const DocSet* Ordinals::bitmap_of(Ordinal ordinal) const noexcept {
  const auto found =
      std::lower_bound(bitmaps_.begin(), bitmaps_.end(), ordinal,
                       [](const auto& entry, Ordinal wanted) { return entry.first < wanted; });
  return found != bitmaps_.end() && found->first == ordinal ? &found->second : nullptr;
}

void Ordinals::add_range(Ordinal first, Ordinal end, DocSet& out) const {
  end = std::min(end, values_);
  if (first >= end) return;
  if (end - first == 1) {
    if (const DocSet* const bits = bitmap_of(first)) {
      out |= *bits;
      return;
    }
  }
  const std::size_t begin_at = posting_offsets_[first];
  const std::size_t end_at = posting_offsets_[end];
  if (!checkpoints_.empty() && end_at - begin_at > checkpoint_step_) {
    add_prefix_difference(begin_at, end_at, out);
    return;
  }
  out.add_all(std::span(postings_).subspan(begin_at, end_at - begin_at));
}

void Ordinals::prefix(std::size_t end, DocSet& out) const {
  const std::size_t nearest =
      std::min((end + checkpoint_step_ / 2) / checkpoint_step_, checkpoints_.size() - 1);
  out = checkpoints_[nearest];
  const std::size_t at = std::min(nearest * checkpoint_step_, postings_.size());
  if (at < end)
    out.add_all(std::span(postings_).subspan(at, end - at));
  else
    out.remove_all(std::span(postings_).subspan(end, at - end));
}

void Ordinals::add_prefix_difference(std::size_t begin, std::size_t end, DocSet& out) const {
  DocSet range, before;
  prefix(end, range);
  if (begin != 0) {
    prefix(begin, before);
    range.subtract(before);
  }
  out |= range;
}

void Ordinals::add_present(DocSet& out) const {
  if (layout_ == Layout::sparse) {
    out.add_all(sparse_docs_);
  } else if (present_count_ == documents_) {
    out.reset(documents_, true);
  } else if (!checkpoints_.empty()) {
    out |= checkpoints_.back();
  } else {
    for (DocId doc = 0; doc < documents_; ++doc) {
      const auto [begin, end] = slots_of(doc);
      if (begin != end) out.add(doc);
    }
  }
}

std::size_t Ordinals::memory_bytes() const noexcept {
  std::size_t bytes = sizeof(*this) + slots_.memory_bytes();
  bytes += (offsets_.capacity() + sparse_docs_.capacity() + posting_offsets_.capacity() +
            postings_.capacity()) *
           4;
  for (const auto& entry : bitmaps_)
    bytes += sizeof(entry) + entry.second.memory_bytes();
  for (const DocSet& set : checkpoints_)
    bytes += sizeof(set) + set.memory_bytes();
  return bytes;
}

}  // namespace souk::search
