// A place in the postings of one term, which only moves forward.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "plugins/search/model/text_index_data.hpp"

namespace souk::search {

/// What cursors of one question over one segment read from.
struct PostingSource {
  const std::uint8_t* postings = nullptr;  ///< TextIndex::Data::postings
  FieldMask fields = kAllFields;           ///< postings without any of them are passed over
  bool fielded = false;                    ///< `fields` leaves some out
};

struct PostingCursor {
  const PostingBlock* block = nullptr;
  const PostingBlock* end = nullptr;
  std::uint32_t at = 0;  ///< in the block; below its number of postings while block != end

  [[nodiscard]] bool done() const { return block == end; }
  /// To the first posting that is not before `document`.
  void seek(const PostingSource& source, std::uint32_t document);
  /// Passes all postings before document `until`: visit(document, impact) for each.
  template <class Visit>
  void scan(const PostingSource& source, std::uint32_t until, Visit&& visit);
  /// At most so many postings are left before `document`.
  [[nodiscard]] std::size_t left_before(std::uint32_t document) const;

 private:
  template <class Offset>
  static std::uint32_t offset_at(const std::uint8_t* bytes, std::uint32_t i) {
    Offset offset = 0;
    std::memcpy(&offset, bytes + sizeof(Offset) * i, sizeof(Offset));
    return offset;
  }
  template <class Offset>
  void seek_in_block(const std::uint8_t* bytes, std::uint32_t offset);
  template <class Offset, class Visit>
  bool scan_block(const PostingSource& source, std::uint32_t until, Visit& visit);
  /// The last of [low, low + left) that begins at `document` or before; low[0] does.
  static const PostingBlock* last_from(const PostingBlock* low, std::size_t left,
                                       std::uint32_t document);
};

inline const PostingBlock* PostingCursor::last_from(const PostingBlock* low, std::size_t left,
                                                    std::uint32_t document) {
  // In growing steps: it is mostly near.
  std::size_t step = 1;
  while (step < left && low[step].first <= document) {
    low += step;
    left -= step;
    step *= 2;
  }
  for (std::size_t n = std::min(step, left); n > 1;) {
    const std::size_t half = n / 2;
    low += low[half].first <= document ? half : 0;
    n -= half;
  }
  return low;
}

/// Without branches that depend on what is read: they can't be foreseen.
template <class Offset>
void PostingCursor::seek_in_block(const std::uint8_t* bytes, std::uint32_t offset) {
  std::uint32_t low = at;
  std::uint32_t n = block->last + 1U - at;
  while (n > 1) {
    const std::uint32_t half = n / 2;
    low += offset_at<Offset>(bytes, low + half - 1) < offset ? half : 0;
    n -= half;
  }
  low += offset_at<Offset>(bytes, low) < offset ? 1 : 0;
  at = low;
}

inline void PostingCursor::seek(const PostingSource& source, std::uint32_t document) {
  if (block == end) {
    return;
  }
  if (block + 1 != end && block[1].first <= document) {
    block = last_from(block + 1, static_cast<std::size_t>(end - block - 1), document);
    at = 0;
  }
  if (document <= block->first) {
    return;
  }
  const std::uint8_t* bytes = source.postings + block->at;
  const std::uint32_t offset = document - block->first;
  if (block->width == 1) {
    seek_in_block<std::uint8_t>(bytes, offset);
  } else if (block->width == 2) {
    seek_in_block<std::uint16_t>(bytes, offset);
  } else {
    seek_in_block<std::uint32_t>(bytes, offset);
  }
  if (at > block->last) {
    ++block;
    at = 0;
  }
}

inline std::size_t PostingCursor::left_before(std::uint32_t document) const {
  if (block == end || block->first >= document) {
    return 0;
  }
  const PostingBlock* last = last_from(block, static_cast<std::size_t>(end - block), document - 1);
  return static_cast<std::size_t>(last - block) * PostingBlock::kSize + last->last + 1U;
}

template <class Offset, class Visit>
bool PostingCursor::scan_block(const PostingSource& source, std::uint32_t until, Visit& visit) {
  const std::uint32_t count = block->last + 1U;
  const std::uint32_t first = block->first;
  const std::uint8_t* bytes = source.postings + block->at;
  const std::uint8_t* impacts = bytes + sizeof(Offset) * count;
  const bool fielded = source.fielded;
  const FieldMask fields = source.fields;
  std::uint32_t i = at;
  for (; i < count; ++i) {
    const std::uint32_t document = first + offset_at<Offset>(bytes, i);
    if (document >= until) {
      break;
    }
    if (!fielded || (impacts[count + i] & fields) != 0) {
      visit(document, impacts[i]);
    }
  }
  at = i;
  return i == count;
}

template <class Visit>
void PostingCursor::scan(const PostingSource& source, std::uint32_t until, Visit&& visit) {
  while (block != end && block->first < until) {
    bool passed = true;
    if (block->width == 1) {
      passed = scan_block<std::uint8_t>(source, until, visit);
    } else if (block->width == 2) {
      passed = scan_block<std::uint16_t>(source, until, visit);
    } else {
      passed = scan_block<std::uint32_t>(source, until, visit);
    }
    if (!passed) {
      return;
    }
    ++block;
    at = 0;
  }
}

}  // namespace souk::search
